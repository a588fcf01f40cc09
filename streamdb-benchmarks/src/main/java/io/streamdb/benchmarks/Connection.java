package io.streamdb.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A connection that is kept open for one request after the other. Where the server ends
 * it, as Tomcat does after a hundred requests, another one takes its place.
 */
final class Connection {

	private final Connections connections;

	private final ResponseReader reader;

	private final End end;

	private @Nullable SocketChannel channel;

	Connection(Connections connections, ResponseReader reader, End end) {
		this.connections = connections;
		this.reader = reader;
		this.end = end;
	}

	void connect() throws IOException {
		this.channel = this.connections.open(this);
	}

	/**
	 * Sends a request whole. It fits into the buffers of the system, or the server takes
	 * it before it answers.
	 */
	void send(ByteBuffer request) throws IOException {
		ByteBuffer rest = request.duplicate();
		while (rest.hasRemaining()) {
			if (channel().write(rest) == 0) {
				Thread.onSpinWait();
			}
		}
	}

	void take(ByteBuffer buffer) {
		try {
			buffer.clear();
			if (channel().read(buffer) < 0) {
				throw new IOException("The server has closed the connection");
			}
			buffer.flip();
			while (this.reader.read(buffer)) {
				if (this.reader.status() >= 300) {
					throw new IOException("The server answered with status " + this.reader.status());
				}
				if ("close".equals(this.reader.header("connection"))) {
					channel().close();
					connect();
				}
				this.end.ended(this, this.reader);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private SocketChannel channel() {
		return Objects.requireNonNull(this.channel, "The connection is not open yet");
	}

	/**
	 * Is told that a response has ended.
	 */
	@FunctionalInterface
	interface End {

		void ended(Connection connection, ResponseReader response) throws IOException;

	}

}
