package io.streamdb.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A server in a process of its own that answers like one of streams, and keeps nothing:
 * what is measured with it is the ceiling of {@link ServerBenchmark}. An append goes to
 * all live readers as it came, a read is answered with the same bytes every time. One
 * thread does it all.
 */
final class AnsweringServer {

	private static final int BUFFER = 512 * 1024;

	private static final int READ_BYTES = 16 * 1024 * 1024;

	private static final ByteBuffer APPENDED = ascii(
			"HTTP/1.1 204 \r\nStream-Next-Offset: 0000000000000000_0000\r\n\r\n");

	private static final ByteBuffer READ_HEAD = ascii("HTTP/1.1 200 \r\nStream-Next-Offset: 0000000000000000_0000\r\n"
			+ "Stream-Up-To-Date: true\r\nContent-Length: " + READ_BYTES + "\r\n\r\n");

	private static final ByteBuffer FOLLOWED = ascii(
			"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("event: control\ndata:{}\n\n"));

	private final ByteBuffer body = ByteBuffer.allocateDirect(READ_BYTES);

	private final Selector selector;

	private final List<Peer> readers = new ArrayList<>();

	private AnsweringServer(Selector selector) {
		this.selector = selector;
	}

	/**
	 * Serves until the process ends, and prints the URL of its streams.
	 */
	public static void main(String[] args) throws IOException {
		try (Selector selector = Selector.open(); ServerSocketChannel listener = ServerSocketChannel.open()) {
			listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ServerBenchmark.READERS);
			listener.configureBlocking(false);
			listener.register(selector, SelectionKey.OP_ACCEPT);
			System.out.println("http://127.0.0.1:" + listener.socket().getLocalPort() + "/");
			AnsweringServer server = new AnsweringServer(selector);
			while (true) {
				selector.select(server::serve);
			}
		}
	}

	private void serve(SelectionKey key) {
		try {
			if (key.isAcceptable()) {
				accept((ServerSocketChannel) key.channel());
				return;
			}
			Peer peer = (Peer) key.attachment();
			if (key.isReadable() && !peer.receive()) {
				peer.close();
				this.readers.remove(peer);
				return;
			}
			peer.flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void accept(ServerSocketChannel listener) throws IOException {
		SocketChannel channel = listener.accept();
		channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
		channel.configureBlocking(false);
		SelectionKey key = channel.register(this.selector, SelectionKey.OP_READ);
		key.attach(new Peer(channel, key));
	}

	private static String chunk(String text) {
		return Integer.toHexString(text.length()).toUpperCase(Locale.ROOT) + "\r\n" + text + "\r\n";
	}

	private static ByteBuffer ascii(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	/**
	 * One connection.
	 */
	private final class Peer {

		private final SocketChannel channel;

		private final SelectionKey key;

		private ByteBuffer input = ByteBuffer.allocate(2048);

		private final List<ByteBuffer> output = new ArrayList<>();

		Peer(SocketChannel channel, SelectionKey key) {
			this.channel = channel;
			this.key = key;
		}

		/**
		 * Takes what has come.
		 * @return whether the connection is open
		 */
		boolean receive() throws IOException {
			if (this.channel.read(this.input) < 0) {
				return false;
			}
			this.input.flip();
			while (answer()) {
				// The next one may be there already.
			}
			this.input.compact();
			if (!this.input.hasRemaining()) {
				this.input = ByteBuffer.allocate(BUFFER).put(this.input.flip());
			}
			return true;
		}

		private boolean answer() throws IOException {
			int begin = this.input.position();
			String text = new String(this.input.array(), begin, Math.min(this.input.remaining(), 1024),
					StandardCharsets.ISO_8859_1);
			int headEnd = text.indexOf("\r\n\r\n");
			if (headEnd < 0) {
				return false;
			}
			int lengthAt = text.indexOf("Content-Length: ");
			int length = (lengthAt < 0 || lengthAt > headEnd) ? 0
					: Integer.parseInt(text.substring(lengthAt + 16, text.indexOf('\r', lengthAt)));
			int end = begin + headEnd + 4 + length;
			if (this.input.limit() < end) {
				return false;
			}
			answer(text, end - length, length);
			this.input.position(end);
			return true;
		}

		private void answer(String head, int bodyAt, int length) throws IOException {
			if (!head.startsWith("GET")) {
				this.output.add(APPENDED.duplicate());
				if (!AnsweringServer.this.readers.isEmpty()) {
					tell(new String(this.input.array(), bodyAt, length, StandardCharsets.ISO_8859_1));
				}
			}
			else if (head.contains("live=sse")) {
				this.output.add(FOLLOWED.duplicate());
				AnsweringServer.this.readers.add(this);
			}
			else {
				this.output.add(READ_HEAD.duplicate());
				this.output.add(AnsweringServer.this.body.duplicate());
			}
		}

		private void tell(String message) throws IOException {
			ByteBuffer event = ascii(chunk("event: data\ndata:[" + message + "]\n\nevent: control\ndata:{}\n\n"));
			for (Peer reader : AnsweringServer.this.readers) {
				reader.output.add(event.duplicate());
				reader.flush();
			}
		}

		void flush() throws IOException {
			while (!this.output.isEmpty()) {
				ByteBuffer first = this.output.get(0);
				this.channel.write(first);
				if (first.hasRemaining()) {
					this.key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
					return;
				}
				this.output.remove(0);
			}
			this.key.interestOps(SelectionKey.OP_READ);
		}

		void close() throws IOException {
			this.key.cancel();
			this.channel.close();
		}

	}

}
