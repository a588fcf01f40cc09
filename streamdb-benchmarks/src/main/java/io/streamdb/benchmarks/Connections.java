package io.streamdb.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.function.BooleanSupplier;

/**
 * Many connections to one server, all served by the thread that calls: it takes little of
 * the processor for each, so that most of that is left to the server that is measured.
 */
final class Connections implements AutoCloseable {

	private static final int BUFFER = 256 * 1024;

	private static final long PATIENCE_NANOS = 60_000_000_000L;

	private static final long WAIT_MILLIS = 100;

	private final InetSocketAddress address;

	private final Selector selector;

	private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

	Connections(InetSocketAddress address) throws IOException {
		this.address = address;
		this.selector = Selector.open();
	}

	/**
	 * Opens a connection.
	 * @param body takes the bodies of its responses
	 * @param end called at the end of each response
	 */
	Connection open(ResponseReader.Body body, Connection.End end) throws IOException {
		Connection connection = new Connection(this, new ResponseReader(body), end);
		connection.connect();
		return connection;
	}

	/**
	 * Opens a channel for a connection.
	 */
	SocketChannel open(Connection connection) throws IOException {
		SocketChannel channel = SocketChannel.open(this.address);
		channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
		channel.configureBlocking(false);
		channel.register(this.selector, SelectionKey.OP_READ, connection);
		return channel;
	}

	/**
	 * Takes what arrives until something is the case. Fails when that takes too long.
	 */
	void until(BooleanSupplier done) throws IOException {
		long deadline = System.nanoTime() + PATIENCE_NANOS;
		while (!done.getAsBoolean()) {
			if (System.nanoTime() - deadline > 0) {
				throw new IOException("What " + this.address + " should send has not come");
			}
			take(WAIT_MILLIS);
		}
	}

	/**
	 * Takes what arrives for so long.
	 */
	void during(long nanos) throws IOException {
		long end = System.nanoTime() + nanos;
		for (long left = nanos; left > 0; left = end - System.nanoTime()) {
			take(Math.max(1, Math.min(WAIT_MILLIS, left / 1_000_000)));
		}
	}

	private void take(long waitMillis) throws IOException {
		this.selector.select(this::take, waitMillis);
	}

	private void take(SelectionKey key) {
		((Connection) key.attachment()).take(this.buffer);
	}

	@Override
	public void close() throws IOException {
		for (SelectionKey key : this.selector.keys()) {
			key.channel().close();
		}
		this.selector.close();
	}

}
