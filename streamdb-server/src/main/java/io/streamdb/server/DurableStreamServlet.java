package io.streamdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;

/**
 * Serves the streams of a {@link DurableStreamServer} over HTTP. To be mapped to a path
 * prefix (such as {@code /streams/*}) with asynchronous processing supported, by the
 * filters before it too. Requests whose answer is not there at once, or is not small,
 * hold no thread of the web server (SPEC S6).
 * <p>
 * What the web server itself and filters do to a request comes before: they must leave
 * {@link HttpServletRequest#getRequestURI()} as it was sent, and must not read the body.
 * A request whose body was read, as Spring's {@code FormContentFilter} does with forms,
 * is refused: what it meant to append is not there any more.
 */
public final class DurableStreamServlet extends HttpServlet {

	private static final long serialVersionUID = 1L;

	/** How much of a body is read at first. */
	private static final int PIECE = 8192;

	private static final Pattern FORM = Pattern
		.compile("\\s*(application/x-www-form-urlencoded|multipart/form-data)\\b", Pattern.CASE_INSENSITIVE);

	private static final String CONSUMED = "The body did not arrive here as it was sent: something before the stream "
			+ "server has read it, such as a filter that parses forms. Send it with another Content-Type than that of "
			+ "a form, or keep the filter away from the streams";

	private final transient DurableStreamServer server;

	/**
	 * Creates a servlet.
	 * @param server the server, which lives on when the servlet is destroyed
	 */
	public DurableStreamServlet(DurableStreamServer server) {
		this.server = server;
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
		if (!request.isAsyncSupported()) {
			throw new IllegalStateException(
					"The DurableStreamServlet and the filters before it must be registered with asynchronous processing "
							+ "supported");
		}
		ServletExchange.failIfBrokenOff(request);
		CompletableFuture<ProtocolResponse> answer = this.server.handler().handle(translate(request));
		if (answer.isDone()) {
			ProtocolResponse immediate = ServletExchange.get(answer);
			if (ServletExchange.isSmall(immediate)) {
				ServletExchange.writeNow(immediate, response);
				return;
			}
		}
		ServletExchange.begin(startAsync(request, answer), response, answer);
	}

	private static AsyncContext startAsync(HttpServletRequest request, CompletableFuture<ProtocolResponse> answer) {
		try {
			return request.startAsync();
		}
		catch (RuntimeException ex) {
			ServletExchange.giveUp(answer);
			throw ex;
		}
	}

	private static ProtocolRequest translate(HttpServletRequest request) {
		return new ProtocolRequest(request.getMethod(), request.getRequestURI(), mount(request),
				request.getQueryString(), request::getHeader, (limit, room) -> readBody(request, limit, room),
				new ServletAccessRequest(request), () -> request.getRequestURL().toString());
	}

	private static String mount(HttpServletRequest request) {
		if (request.getHttpServletMapping().getMappingMatch() != MappingMatch.PATH) {
			// Of the mapping "/" the whole path is the stream's.
			return request.getContextPath();
		}
		return request.getContextPath() + PercentEncoding.encodePath(request.getServletPath());
	}

	private static byte[] readBody(HttpServletRequest request, int limit, ProtocolRequest.Room room)
			throws IOException, BodyTooLargeException, ServerBusyException {
		long declared = request.getContentLengthLong();
		if (declared > limit) {
			throw new BodyTooLargeException(limit);
		}
		InputStream stream = request.getInputStream();
		byte[] body = read(stream, (declared >= 0) ? (int) declared : limit, room);
		if (declared < 0 && body.length == limit && stream.read() >= 0) {
			throw new BodyTooLargeException(limit);
		}
		if (isConsumed(request, body)) {
			throw new BadRequestException(CONSUMED);
		}
		return body;
	}

	/**
	 * Reads a body as it arrives. Whoever announces much and sends nothing takes no room
	 * from others.
	 */
	private static byte[] read(InputStream stream, int length, ProtocolRequest.Room room)
			throws IOException, ServerBusyException {
		byte[] body = new byte[0];
		int wanted = Math.min(length, PIECE);
		while (wanted > 0) {
			room.take(wanted);
			byte[] piece = stream.readNBytes(wanted);
			byte[] before = body;
			body = (before.length == 0) ? piece : Arrays.copyOf(before, before.length + piece.length);
			if (before.length > 0) {
				System.arraycopy(piece, 0, body, before.length, piece.length);
			}
			// As much again as there is, so that it is not copied too often.
			wanted = (piece.length < wanted) ? 0 : Math.min(length - body.length, body.length);
		}
		return body;
	}

	/**
	 * Returns whether somebody before has read the body, or a part of it: filters and the
	 * web server do so with forms, and what is left looks like a body that ends there. Of
	 * a form whose length is not told that cannot be known, so none is taken to be empty.
	 */
	private static boolean isConsumed(HttpServletRequest request, byte[] body) {
		long length = request.getContentLengthLong();
		if (length >= 0) {
			return body.length != length;
		}
		String type = request.getContentType();
		return body.length == 0 && type != null && FORM.matcher(type).lookingAt();
	}

}
