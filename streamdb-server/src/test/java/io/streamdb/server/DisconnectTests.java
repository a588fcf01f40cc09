package io.streamdb.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Clients that go away in the middle of an answer, beside clients that stay: those must
 * get whole answers of their own streams, whoever had their place in the web server
 * before.
 */
class DisconnectTests {

	private static final long SEED = 815;

	private static final int STREAMS = 4;

	private static final int CLIENTS_OF_EACH_KIND = 4;

	private static final int REQUESTS = 50;

	private static final String[] MODES = { "", "&live=long-poll", "&live=sse" };

	private final CountDownLatch over = new CountDownLatch(1);

	@Test
	void clientsThatGoHarmNobodyElse() throws Exception {
		DurableStreamServer server = DurableStreamServer.builder()
			.heartbeat(Duration.ofMillis(30))
			.longPollTimeout(Duration.ofMillis(50))
			.sseDuration(Duration.ofMillis(150))
			.build();
		ExecutorService threads = Executors.newCachedThreadPool();
		try (TomcatServer tomcat = new TomcatServer(server, "/streams", 6)) {
			StreamClient writer = StreamClient.inProcess(server);
			for (int i = 0; i < STREAMS; i++) {
				writer.put("stream" + i, "application/json", "[\"stream" + i + "\"]");
			}
			List<Future<?>> healthy = new ArrayList<>();
			List<Future<?>> others = new ArrayList<>();
			others.add(threads.submit(() -> append(writer, new Random(SEED))));
			for (int i = 1; i <= CLIENTS_OF_EACH_KIND; i++) {
				Random stays = new Random(SEED + i);
				Random goes = new Random(SEED - i);
				healthy.add(threads.submit(() -> readWholeAnswers(tomcat.port(), stays)));
				others.add(threads.submit(() -> readAndGo(tomcat.port(), goes)));
			}
			for (Future<?> client : healthy) {
				client.get(60, TimeUnit.SECONDS);
			}
			this.over.countDown();
			for (Future<?> other : others) {
				other.get(60, TimeUnit.SECONDS);
			}
			await().until(() -> server.liveReaders() == 0);
			await().until(() -> tomcat.connections() == 0);
			assertThat(tomcat.errorPages()).isZero();
		}
		finally {
			this.over.countDown();
			threads.shutdownNow();
		}
	}

	private Void append(StreamClient writer, Random random) throws InterruptedException {
		while (!this.over.await(5, TimeUnit.MILLISECONDS)) {
			int stream = random.nextInt(STREAMS);
			writer.post("stream" + stream, "application/json",
					"[\"stream" + stream + ' ' + "x".repeat(random.nextInt(3000)) + "\"]");
		}
		return null;
	}

	private Void readAndGo(int port, Random random) throws Exception {
		while (this.over.getCount() > 0) {
			try (RawConnection connection = new RawConnection(port, receiveBuffer(random))) {
				for (int whole = random.nextInt(3); whole > 0; whole--) {
					readWhole(connection, random);
				}
				request(connection, random.nextInt(STREAMS), random);
				if (random.nextBoolean()) {
					connection.input().read();
				}
			}
		}
		return null;
	}

	private static Void readWholeAnswers(int port, Random random) throws Exception {
		int requests = 0;
		while (requests < REQUESTS) {
			try (RawConnection connection = new RawConnection(port, receiveBuffer(random))) {
				for (int left = 1 + random.nextInt(4); left > 0; left--) {
					readWhole(connection, random);
					requests++;
				}
			}
		}
		return null;
	}

	private static void readWhole(RawConnection connection, Random random) throws IOException {
		int stream = random.nextInt(STREAMS);
		String mode = request(connection, stream, random);
		RawConnection.Response head = connection.receiveHead();
		if (head.status() == 204) {
			assertThat(mode).isEqualTo("&live=long-poll");
			return;
		}
		assertThat(head.status()).isEqualTo(200);
		String body;
		if (mode.equals("&live=sse")) {
			body = connection.receiveChunks();
			assertThat(body).endsWith("\n\n");
		}
		else {
			int length = Integer.parseInt(head.headers().get("content-length"));
			body = new String(connection.input().readNBytes(length), StandardCharsets.UTF_8);
			assertThat(body).hasSize(length).startsWith("[").endsWith("]");
		}
		assertThat(body.replace("stream" + stream, "")).doesNotContainPattern("stream\\d");
	}

	private static String request(RawConnection connection, int stream, Random random) throws IOException {
		String mode = MODES[random.nextInt(MODES.length)];
		String offset = random.nextBoolean() ? "now" : "-1";
		connection.send("GET /streams/stream" + stream + "?offset=" + offset + mode + " HTTP/1.1\nHost: localhost", "");
		return mode;
	}

	private static int receiveBuffer(Random random) {
		return random.nextBoolean() ? 2048 : 65_536;
	}

}
