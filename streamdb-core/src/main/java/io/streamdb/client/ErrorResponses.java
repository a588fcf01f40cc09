package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;

import org.jspecify.annotations.Nullable;

/**
 * Turns what went wrong with a request into the exceptions of SPEC P7.
 */
final class ErrorResponses {

	private static final int MAX_TEXT = 1024;

	private final URI url;

	private final Clock clock;

	ErrorResponses(URI url, Clock clock) {
		this.url = url;
		this.clock = clock;
	}

	URI url() {
		return this.url;
	}

	/**
	 * Makes the failure of a response with a status that is no success.
	 * @param request what was asked
	 * @param response the response; its body is read as far as it is shown
	 * @return the failure
	 */
	RequestFailure ofStatus(StreamRequest request, Exchange response) {
		String next = response.header(ProtocolNames.NEXT_OFFSET);
		String offset = (next != null) ? next : request.offset();
		int status = response.status();
		String what = what(request) + " was answered " + status + ": ";
		String said = text(response);
		Long epoch = (status == 403) ? number(response.header(ProtocolNames.PRODUCER_EPOCH)) : null;
		Long expected = (status == 409) ? number(response.header(ProtocolNames.PRODUCER_EXPECTED_SEQ)) : null;
		DurableStreamException error = switch (status) {
			case 400 -> new StreamBadRequestException(what
					+ "the server finds the request malformed; check the body, its content type and the offset." + said,
					this.url, status, offset, null);
			case 401 -> new StreamUnauthorizedException(
					what + "the credentials are missing or no longer valid; check the supplier of the Authorization "
							+ "header." + said,
					this.url, status, offset, null);
			case 403 -> forbidden(what, said, status, offset, epoch);
			case 404 ->
				new StreamNotFoundException(what + "the stream does not exist; create it, or check the URL." + said,
						this.url, status, offset, null);
			case 409 -> conflict(request, response, what, said, offset);
			case 410 -> new StreamGoneException(
					what + "the stream was deleted, or the offset is no longer kept; read again from the start of "
							+ "what is left." + said,
					this.url, status, offset, response.header(ProtocolNames.INCARNATION), null);
			case 413 -> new StreamPayloadTooLargeException(
					what + "the body is larger than the server takes; append it in smaller parts." + said, this.url,
					status, offset, null);
			case 429 -> new StreamRateLimitedException(
					what + "the server limits the rate of requests; send fewer, or raise the limit." + said, this.url,
					status, offset, null);
			default -> other(what, said, status, offset, response.header("Location"));
		};
		return new RequestFailure(error, RetryAfter.parse(response.header(ProtocolNames.RETRY_AFTER), this.clock),
				epoch, expected);
	}

	private DurableStreamException forbidden(String what, String said, int status, @Nullable String offset,
			@Nullable Long epoch) {
		if (epoch != null) {
			return new ProducerFencedException(what + "a producer with epoch " + epoch
					+ " has taken over the producer id; use an id of your own, or allow the epoch to be claimed."
					+ said, this.url, status, offset, null);
		}
		return new StreamUnauthorizedException(
				what + "the credentials do not allow this; check what they are granted." + said, this.url, status,
				offset, null);
	}

	private DurableStreamException conflict(StreamRequest request, Exchange response, String what, String said,
			@Nullable String offset) {
		if (request.method().equals("PUT")) {
			return new StreamExistsException(
					what + "a stream with another configuration exists there; use it as it is, or another URL." + said,
					this.url, 409, offset, null);
		}
		if (response.flag(ProtocolNames.CLOSED)) {
			return new StreamClosedException(
					what + "the stream is closed; it can be read and takes no more appends." + said, this.url, 409,
					offset, null);
		}
		String expected = response.header(ProtocolNames.PRODUCER_EXPECTED_SEQ);
		if (expected != null) {
			return new StreamSequenceException(
					what + "the server expects producer sequence " + expected + " and got "
							+ request.headers().get(ProtocolNames.PRODUCER_SEQ)
							+ "; it has lost or never had what was appended before." + said,
					this.url, 409, offset, null);
		}
		if (request.headers().containsKey(ProtocolNames.STREAM_SEQ)) {
			return new StreamSequenceException(
					what + "Stream-Seq '" + request.headers().get(ProtocolNames.STREAM_SEQ)
							+ "' does not follow the last one, or the content type is not the stream's." + said,
					this.url, 409, offset, null);
		}
		return new StreamConflictException(
				what + "the request conflicts with the stream; check that the content type is the stream's." + said,
				this.url, 409, offset, null);
	}

	private DurableStreamException other(String what, String said, int status, @Nullable String offset,
			@Nullable String location) {
		if (status >= 500) {
			String hint = (status == 501) ? "the server does not support this on this stream."
					: "the server or a proxy before it failed; look into its log.";
			return new StreamServerException(what + hint + said, this.url, status, offset, null);
		}
		if (status >= 300 && status < 400) {
			String target = (location != null) ? " It points to " + withoutQuery(location) + "." : "";
			return new DurableStreamException(
					what + "redirects are not followed; use the URL of the stream itself." + target + said, this.url,
					status, offset, null);
		}
		String hint = (status == 405) ? "the server does not support this on this stream."
				: "this is no answer of the Durable Streams Protocol; check that the URL is a stream's.";
		return new DurableStreamException(what + hint + said, this.url, status, offset, null);
	}

	/**
	 * Makes the failure of a response that is not what the protocol says.
	 * @param request what was asked
	 * @param status the status of the response
	 * @param what what is wrong with it
	 * @param cause the cause, or {@code null}
	 * @return the failure
	 */
	RequestFailure unreadable(StreamRequest request, int status, String what, @Nullable Throwable cause) {
		return new RequestFailure(new StreamParseException(
				what(request) + " was answered " + status + ", but " + what
						+ "; check that the URL is a Durable Stream's and that no proxy changes the response.",
				this.url, status, request.offset(), cause));
	}

	/**
	 * Makes the failure of a response of success that no Durable Streams server has
	 * given.
	 * @param request what was asked
	 * @param status the status of the response
	 * @return the failure
	 */
	RequestFailure foreign(StreamRequest request, int status) {
		return new RequestFailure(new StreamForeignResponseException(what(request) + " was answered " + status
				+ ", but without the header " + ProtocolNames.NEXT_OFFSET
				+ "; check that the URL is a Durable Stream's and that no proxy answers in place of its server.",
				this.url, status, request.offset()));
	}

	/**
	 * Makes the failure of a response that another stream than before has given.
	 * @param request what was asked
	 * @param status the status of the response
	 * @param sign what tells it from the one before
	 * @return the failure
	 */
	RequestFailure recreated(StreamRequest request, int status, String sign) {
		return new RequestFailure(new StreamRecreatedException(
				what(request) + " was answered " + status + ": " + sign
						+ ". The stream was deleted and created again; read it from its start.",
				this.url, status, request.offset()));
	}

	/**
	 * Makes the failure of a request for which there was no response, or only a part of
	 * one.
	 * @param request what was asked
	 * @param cause why
	 * @return the failure
	 */
	RequestFailure ofCause(StreamRequest request, Throwable cause) {
		String what = what(request);
		if (cause instanceof HttpTimeoutException) {
			return new RequestFailure(new StreamTimeoutException(
					what + " took too long: " + reason(cause)
							+ "; check the server and the network, or allow more time.",
					this.url, 0, request.offset(), cause));
		}
		if (cause instanceof ConnectException) {
			return new RequestFailure(new StreamConnectionException(
					what + " failed, no connection could be made: " + reason(cause)
							+ "; check that the server runs and that the URL is right.",
					this.url, 0, request.offset(), cause));
		}
		if (cause instanceof IOException) {
			return new RequestFailure(new StreamConnectionException(
					what + " failed, the connection broke: " + reason(cause) + "; check the server and the network.",
					this.url, 0, request.offset(), cause));
		}
		return new RequestFailure(new DurableStreamException(what + " could not be sent: " + reason(cause), this.url, 0,
				request.offset(), cause));
	}

	/**
	 * Makes the exception of a thread that was interrupted while it worked on the stream.
	 * @param cause the interruption
	 * @return the exception
	 */
	DurableStreamException interrupted(InterruptedException cause) {
		return new DurableStreamException("The thread that worked on " + this.url
				+ " was interrupted; its executor was probably shut down before the stream's users were closed.",
				this.url, 0, null, cause);
	}

	private String what(StreamRequest request) {
		String offset = request.offset();
		return request.method() + " " + this.url + ((offset != null) ? " at offset " + offset : "");
	}

	private static String reason(Throwable cause) {
		String message = cause.getMessage();
		if (cause instanceof SupplierFailedException && message != null) {
			return message;
		}
		return (message != null) ? cause.getClass().getSimpleName() + ": " + message : cause.getClass().getSimpleName();
	}

	private static String text(Exchange response) {
		String text;
		try (InputStream body = response.body()) {
			text = new String(body.readNBytes(MAX_TEXT), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			// The status says enough; the text is only an addition.
			return "";
		}
		String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").trim();
		return line.isEmpty() ? "" : " The server said: " + line;
	}

	private static @Nullable Long number(@Nullable String value) {
		try {
			return (value != null) ? Long.valueOf(value.trim()) : null;
		}
		catch (NumberFormatException ex) {
			// Neither an epoch nor a sequence: an ordinary status then.
			return null;
		}
	}

	private static String withoutQuery(String location) {
		int query = location.indexOf('?');
		String text = (query < 0) ? location : location.substring(0, query);
		return text.replaceFirst("//[^/@]*@", "//");
	}

}
