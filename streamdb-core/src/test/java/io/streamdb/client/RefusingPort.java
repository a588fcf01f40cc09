package io.streamdb.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

/**
 * A port of 127.0.0.1 that refuses connections. It is taken as long as this is open, so
 * that nobody else can begin to listen on it, as on one that was merely free a moment
 * ago.
 */
final class RefusingPort implements AutoCloseable {

	private final Socket socket = new Socket();

	RefusingPort() {
		try {
			this.socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	URI url() {
		return URI.create("http://127.0.0.1:" + this.socket.getLocalPort() + "/stream");
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
