package io.streamdb.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Many readers that wait (SPEC S6), half of them for server-sent events and half in long
 * polls, on a server with two processors and 512 MiB of heap.
 * {@code -Dstreamdb.idle-readers} says how many.
 */
class IdleReadersTests {

	private static final Logger logger = LoggerFactory.getLogger(IdleReadersTests.class);

	private static final int READERS = Integer.getInteger("streamdb.idle-readers", 500);

	/** The web server's 20, and what the virtual machine and the stream server have. */
	private static final int THREADS = 60;

	/** So much an idle reader takes at most; all but a few KiB is the web server's. */
	private static final long BYTES_PER_READER = 96 * 1024;

	/** Each on a connection of its own, which may stay open for a while. */
	private static final int APPENDS = 2;

	private final List<SocketChannel> channels = new ArrayList<>();

	private Process process;

	private BufferedReader answers;

	private int port;

	@BeforeEach
	void startServer() throws IOException {
		this.process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx512m", "-XX:ActiveProcessorCount=2", "-cp", System.getProperty("java.class.path"),
				IdleReadersServer.class.getName(), Integer.toString(READERS))
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		this.answers = this.process.inputReader(StandardCharsets.UTF_8);
		this.port = (int) read("port");
	}

	@AfterEach
	void stopServer() throws IOException {
		for (SocketChannel channel : this.channels) {
			channel.close();
		}
		this.process.destroyForcibly();
	}

	@Test
	@Spec({ "S6.1", "S6.2" })
	void readersThatWaitHoldNoThreadAndLittleMemory() throws Exception {
		long memory = ask("memory");
		try (Selector selector = Selector.open()) {
			for (int i = 0; i < READERS; i++) {
				open((i % 2 == 0) ? "sse" : "long-poll", selector);
			}
			await().atMost(Duration.ofMinutes(1)).until(() -> ask("reads") == READERS);
			long threads = ask("threads");
			long more = ask("memory") - memory;
			logger.info("{} idle readers: {} threads, {} KiB of heap each", READERS, threads, more / READERS / 1024);
			assertThat(threads).isLessThan(THREADS);
			assertThat(more).isLessThan(BYTES_PER_READER * READERS);
			append("[\"news\"]");
			awaitNews(selector);
			assertThat(ask("threads")).isLessThan(THREADS);
		}
		for (SocketChannel channel : this.channels) {
			channel.close();
		}
		append("[\"more news\"]");
		await().atMost(Duration.ofMinutes(1)).until(() -> ask("reads") == 0);
		await().atMost(Duration.ofMinutes(1)).until(() -> ask("connections") <= APPENDS);
	}

	private void open(String live, Selector selector) throws IOException {
		SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.port));
		this.channels.add(channel);
		channel.write(
				ByteBuffer.wrap(("GET /streams/main?offset=now&live=" + live + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
					.getBytes(StandardCharsets.US_ASCII)));
		channel.configureBlocking(false);
		channel.register(selector, SelectionKey.OP_READ, new StringBuilder());
	}

	private void append(String body) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + this.port + "/streams/main"))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build();
		HttpResponse<Void> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
		assertThat(response.statusCode()).isEqualTo(204);
	}

	private void awaitNews(Selector selector) {
		Set<SelectionKey> informed = new HashSet<>();
		ByteBuffer buffer = ByteBuffer.allocate(8192);
		await().atMost(Duration.ofMinutes(1)).pollDelay(Duration.ZERO).until(() -> {
			selector.select((key) -> {
				if (hasNews(key, buffer)) {
					informed.add(key);
				}
			}, 100);
			return informed.size() == READERS;
		});
	}

	private static boolean hasNews(SelectionKey key, ByteBuffer buffer) {
		StringBuilder received = (StringBuilder) key.attachment();
		try {
			buffer.clear();
			int count = ((SocketChannel) key.channel()).read(buffer);
			received.append(new String(buffer.array(), 0, Math.max(0, count), StandardCharsets.UTF_8));
			if (count < 0) {
				key.cancel();
			}
		}
		catch (IOException ex) {
			key.cancel();
		}
		return received.indexOf("\"news\"") >= 0;
	}

	private long ask(String question) throws IOException {
		OutputStream questions = this.process.getOutputStream();
		questions.write((question + "\n").getBytes(StandardCharsets.UTF_8));
		questions.flush();
		return read(question);
	}

	private long read(String what) throws IOException {
		String prefix = what + "=";
		String line = this.answers.readLine();
		while (line != null && !line.startsWith(prefix)) {
			line = this.answers.readLine();
		}
		if (line == null) {
			throw new IOException("The server has ended: " + this.process.onExit().join().exitValue());
		}
		return Long.parseLong(line.substring(prefix.length()));
	}

}
