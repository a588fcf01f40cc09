package io.streamdb.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A web server over plain sockets that does exactly what a test says, the wrong things
 * included: cut bodies, wrong framing, silence. Answers are scripted one by one with
 * {@link #then}; when there is none left, {@link #otherwise} answers.
 */
public final class FaultServer implements AutoCloseable {

	private final ServerSocket socket;

	private final Thread acceptor;

	private final Queue<Answer> script = new ConcurrentLinkedQueue<>();

	private final List<Request> requests = new CopyOnWriteArrayList<>();

	private final List<Throwable> failures = new CopyOnWriteArrayList<>();

	private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

	private final AtomicInteger connectionCount = new AtomicInteger();

	private volatile Answer otherwise = (request, reply) -> reply.send(500, "nothing is scripted for " + request);

	private volatile boolean closed;

	public FaultServer() {
		try {
			this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.acceptor = start(this::accept, "fault-server");
	}

	/**
	 * Adds the answer to the next request that has none yet.
	 */
	public FaultServer then(Answer answer) {
		this.script.add(answer);
		return this;
	}

	/**
	 * Sets the answer to all requests that have none.
	 */
	public FaultServer otherwise(Answer answer) {
		this.otherwise = answer;
		return this;
	}

	public URI url() {
		return URI.create("http://127.0.0.1:" + this.socket.getLocalPort() + "/stream");
	}

	/**
	 * Returns what was asked so far.
	 */
	public List<Request> requests() {
		return List.copyOf(this.requests);
	}

	public Request request(int index) {
		return this.requests.get(index);
	}

	public int connectionCount() {
		return this.connectionCount.get();
	}

	/**
	 * Cuts all connections.
	 */
	public void cutAll() {
		this.connections.forEach(FaultServer::closeQuietly);
	}

	@Override
	public void close() {
		this.closed = true;
		try {
			this.socket.close();
			// The port still takes connections until the accepting thread has left it.
			this.acceptor.join();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		cutAll();
		if (!this.failures.isEmpty()) {
			throw new AssertionError("An answer of the fault server failed", this.failures.get(0));
		}
	}

	private void accept() {
		while (!this.closed) {
			try {
				Socket connection = this.socket.accept();
				connection.setTcpNoDelay(true);
				this.connections.add(connection);
				int number = this.connectionCount.incrementAndGet();
				start(() -> serve(connection, number), "fault-server-" + number);
			}
			catch (IOException ex) {
				if (!this.closed) {
					this.failures.add(ex);
				}
				return;
			}
		}
	}

	private void serve(Socket connection, int number) {
		try (connection) {
			InputStream in = new BufferedInputStream(connection.getInputStream());
			Request request = Request.read(in, number);
			while (request != null) {
				this.requests.add(request);
				Answer answer = this.script.poll();
				Reply reply = new Reply(connection);
				((answer != null) ? answer : this.otherwise).write(request, reply);
				if (reply.cut) {
					return;
				}
				request = Request.read(in, number);
			}
		}
		catch (IOException ex) {
			// The client has gone away, which it may.
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (Throwable ex) {
			this.failures.add(ex);
		}
		finally {
			this.connections.remove(connection);
		}
	}

	private static Thread start(Runnable task, String name) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	private static void closeQuietly(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Answers a request.
	 */
	@FunctionalInterface
	public interface Answer {

		void write(Request request, Reply reply) throws Exception;

	}

	/**
	 * A request as it arrived.
	 */
	public record Request(String method, String target, Map<String, String> headers, byte[] body, int connection) {

		static Request read(InputStream in, int connection) throws IOException {
			String line = line(in);
			if (line == null) {
				return null;
			}
			String[] parts = line.split(" ");
			Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
			for (String header = line(in); header != null && !header.isEmpty(); header = line(in)) {
				int colon = header.indexOf(':');
				headers.put(header.substring(0, colon), header.substring(colon + 1).trim());
			}
			int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
			byte[] body = in.readNBytes(length);
			if (body.length < length) {
				throw new EOFException();
			}
			return new Request(parts[0], parts[1], headers, body, connection);
		}

		private static String line(InputStream in) throws IOException {
			ByteArrayOutputStream line = new ByteArrayOutputStream();
			int next = in.read();
			if (next < 0) {
				return null;
			}
			while (next >= 0 && next != '\n') {
				if (next != '\r') {
					line.write(next);
				}
				next = in.read();
			}
			return line.toString(StandardCharsets.UTF_8);
		}

		public String header(String name) {
			return this.headers.get(name);
		}

		public String text() {
			return new String(this.body, StandardCharsets.UTF_8);
		}

		public String query() {
			int question = this.target.indexOf('?');
			return (question < 0) ? "" : this.target.substring(question + 1);
		}

		public String parameter(String name) {
			Map<String, String> parameters = new LinkedHashMap<>();
			for (String part : query().split("&")) {
				int equals = part.indexOf('=');
				if (equals > 0) {
					parameters.put(part.substring(0, equals),
							URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
				}
			}
			return parameters.get(name);
		}

		@Override
		public String toString() {
			return this.method + " " + this.target;
		}

	}

	/**
	 * Writes a response, byte by byte if need be.
	 */
	public static final class Reply {

		private final Socket socket;

		private final OutputStream out;

		private boolean cut;

		Reply(Socket socket) throws IOException {
			this.socket = socket;
			this.out = socket.getOutputStream();
		}

		/**
		 * Sends a whole response.
		 */
		public void send(int status, String body, String... headers) throws IOException {
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			if (status == 204 || status == 304) {
				head(status, headers);
				return;
			}
			head(status, with(headers, "Content-Length", Integer.toString(bytes.length)));
			this.out.write(bytes);
			this.out.flush();
		}

		/**
		 * Sends the head of a response without any framing of its body.
		 */
		public Reply head(int status, String... headers) throws IOException {
			StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Status\r\n");
			for (int i = 0; i < headers.length; i += 2) {
				head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
			}
			return raw(head.append("\r\n").toString());
		}

		/**
		 * Begins a chunked response.
		 */
		public Reply chunked(int status, String... headers) throws IOException {
			return head(status, with(headers, "Transfer-Encoding", "chunked"));
		}

		/**
		 * Begins a response of server-sent events.
		 */
		public Reply events(String... headers) throws IOException {
			return chunked(200, with(headers, "Content-Type", "text/event-stream"));
		}

		public Reply chunk(String text) throws IOException {
			byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
			if (bytes.length == 0) {
				// An empty chunk would be the end.
				return this;
			}
			ByteArrayOutputStream chunk = new ByteArrayOutputStream();
			chunk.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.UTF_8));
			chunk.writeBytes(bytes);
			chunk.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
			this.out.write(chunk.toByteArray());
			this.out.flush();
			return this;
		}

		/**
		 * Ends a chunked response as it should be.
		 */
		public void finish() throws IOException {
			raw("0\r\n\r\n");
		}

		public Reply raw(String text) throws IOException {
			this.out.write(text.getBytes(StandardCharsets.UTF_8));
			this.out.flush();
			return this;
		}

		/**
		 * Closes the connection where the response is.
		 */
		public void cut() throws IOException {
			this.cut = true;
			this.socket.close();
		}

		/**
		 * Resets the connection.
		 */
		public void reset() throws IOException {
			this.socket.setSoLinger(true, 0);
			cut();
		}

		/**
		 * Says nothing more until the client goes away.
		 */
		public void silence() throws IOException {
			this.cut = true;
			InputStream in = this.socket.getInputStream();
			while (in.read() >= 0) {
				continue;
			}
		}

		private static String[] with(String[] headers, String name, String value) {
			String[] all = new String[headers.length + 2];
			all[0] = name;
			all[1] = value;
			System.arraycopy(headers, 0, all, 2, headers.length);
			return all;
		}

	}

}
