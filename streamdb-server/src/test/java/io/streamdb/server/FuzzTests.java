package io.streamdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import io.streamdb.server.subscription.SubscriptionSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Requests that make no sense, by the thousand: none is answered as a failure of the
 * server, and nothing is left of them. {@code -Dstreamdb.fuzz.seed} and
 * {@code -Dstreamdb.fuzz.requests} say which and how many.
 */
class FuzzTests {

	private static final long SEED = Long.getLong("streamdb.fuzz.seed", 20261123L);

	private static final int REQUESTS = Integer.getInteger("streamdb.fuzz.requests", 4_000);

	private static final int CLIENTS = 4;

	/** Fewer than the web server has threads: a body that does not come holds one. */
	private static final int HALF_OPEN = 25;

	/**
	 * How Tomcat refuses a request line that it cannot read: as HTTP/0.9, without a head.
	 */
	private static final Pattern HEADLESS_REFUSAL = Pattern.compile("^<!doctype html>.*<title>HTTP Status (\\d{3}) ");

	private static final Pattern OFFSET = Pattern.compile("Stream-Next-Offset: ([0-9_]+)", Pattern.CASE_INSENSITIVE);

	/**
	 * How much more may be in memory afterwards, since so much is loaded and cached on
	 * the way.
	 */
	private static final long SLACK = 24 << 20;

	private final AtomicReference<String> offset = new AtomicReference<>("0000000000000000_0000000000000000");

	private final Queue<String> failures = new ConcurrentLinkedQueue<>();

	/** Connections on which a request stops half-way, while all others go on. */
	private final Queue<Socket> halfOpen = new ConcurrentLinkedQueue<>();

	private final Map<Integer, Integer> statuses = new ConcurrentHashMap<>();

	@Test
	void noRequestMakesTheServerFailOrLeavesAnythingBehind() throws Exception {
		DurableStreamServer server = DurableStreamServer.builder()
			.longPollTimeout(Duration.ofMillis(100))
			.sseDuration(Duration.ofMillis(100))
			.limits(ServerLimits.defaults().withMaxBodyBytes(5_000).withMaxChunkBytes(1_000))
			.subscriptions(SubscriptionSettings.defaults())
			.build();
		try (TomcatServer tomcat = new TomcatServer(server, "/streams")) {
			int warmUp = Math.min(2_000, REQUESTS / 4);
			run(tomcat.port(), 0, warmUp);
			settle(tomcat);
			long handles = openHandles();
			Set<String> threads = threadsOutsideOfPools();
			long memory = usedMemory();
			run(tomcat.port(), warmUp, REQUESTS);
			settle(tomcat);
			assertThat(this.failures).isEmpty();
			assertThat(new TreeMap<>(this.statuses).keySet()).contains(200, 201, 204, 400, 404, 405, 409, 413);
			assertThat(server.metrics().usedBytes()).isZero();
			await().untilAsserted(() -> assertThat(threads).containsAll(threadsOutsideOfPools()));
			await().untilAsserted(() -> assertThat(openHandles()).isLessThanOrEqualTo(handles + 8));
			await().untilAsserted(() -> assertThat(usedMemory()).isLessThan(memory + SLACK));
			StreamClient client = StreamClient.overHttp(tomcat);
			assertThat(client.put("after", "text/plain", "all").status()).isEqualTo(201);
			assertThat(client.get("after").body()).isEqualTo("all");
		}
	}

	/**
	 * Waits until all requests are over, and deletes all streams that they have made.
	 */
	private void settle(TomcatServer tomcat) {
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			ServerMetrics metrics = tomcat.server().metrics();
			assertThat(metrics.openRequests()).isZero();
			assertThat(metrics.pendingBytes()).isZero();
			assertThat(metrics.liveReads()).isZero();
			assertThat(tomcat.requestsInProgress()).isZero();
			assertThat(tomcat.connections()).isZero();
		});
		await().untilAsserted(() -> {
			tomcat.server().store().paths().forEach(tomcat.server().store()::delete);
			assertThat(tomcat.server().metrics().streams()).isZero();
		});
	}

	private void run(int port, int from, int to) throws Exception {
		ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
		try {
			List<Future<?>> runs = new ArrayList<>();
			for (int client = 0; client < CLIENTS; client++) {
				int first = from + client;
				runs.add(clients.submit(() -> {
					for (int i = first; i < to && this.failures.isEmpty(); i += CLIENTS) {
						exchange(port, SEED + i);
					}
					return null;
				}));
			}
			for (Future<?> run : runs) {
				run.get();
			}
		}
		finally {
			clients.shutdown();
			for (Socket socket = this.halfOpen.poll(); socket != null; socket = this.halfOpen.poll()) {
				socket.close();
			}
		}
	}

	private void exchange(int port, long seed) throws IOException {
		byte[] request = new MalformedRequest(seed, this.offset::get).bytes();
		Random random = new Random(~seed);
		if (random.nextInt(50) == 0 && this.halfOpen.size() < HALF_OPEN) {
			Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
			this.halfOpen.add(socket);
			socket.getOutputStream().write(request, 0, random.nextInt(request.length + 1));
			return;
		}
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
			socket.setSoTimeout(15_000);
			if (random.nextInt(10) == 0) {
				// Goes away in the middle, with or without saying so.
				socket.getOutputStream().write(request, 0, random.nextInt(request.length + 1));
				if (random.nextBoolean()) {
					socket.setSoLinger(true, 0);
				}
				return;
			}
			socket.getOutputStream().write(request);
			socket.shutdownOutput();
			String answer = new String(readAll(socket.getInputStream()), StandardCharsets.ISO_8859_1);
			judge(seed, request, answer);
		}
		catch (SocketTimeoutException ex) {
			this.failures.add(describe(seed, request, "no end of the answer"));
		}
		catch (SocketException ex) {
			// The server may close a connection whose request it does not want to read.
			this.statuses.merge(0, 1, Integer::sum);
		}
	}

	private static byte[] readAll(InputStream input) throws IOException {
		return input.readNBytes(100_000);
	}

	private void judge(long seed, byte[] request, String answer) {
		if (answer.isEmpty()) {
			return;
		}
		boolean headless = !answer.startsWith("HTTP/1.1 ");
		Matcher refusal = HEADLESS_REFUSAL.matcher(answer);
		if (headless && !refusal.find()) {
			this.failures.add(describe(seed, request, answer));
			return;
		}
		int status = Integer.parseInt(headless ? refusal.group(1) : answer.substring(9, 12));
		this.statuses.merge(status, 1, Integer::sum);
		boolean failed = status >= 500 && !isAllowed(status, new String(request, StandardCharsets.ISO_8859_1));
		if (failed || (headless && status < 400)) {
			this.failures.add(describe(seed, request, answer));
		}
		Matcher matcher = OFFSET.matcher(answer);
		if (matcher.find()) {
			this.offset.set(matcher.group(1));
		}
	}

	/**
	 * What the server does not have, it says so: versions and codings of HTTP.
	 */
	private static boolean isAllowed(int status, String request) {
		return switch (status) {
			case 505 -> !request.contains(" HTTP/1.1");
			case 501 -> request.startsWith("CONNECT") || request.contains("Transfer-Encoding: ");
			default -> false;
		};
	}

	private static String describe(long seed, byte[] request, String answer) {
		return "seed " + seed + ":\n" + new String(request, StandardCharsets.ISO_8859_1) + "\n=>\n"
				+ answer.substring(0, Math.min(500, answer.length()));
	}

	/**
	 * Names the threads but those of the web server and of the stream server, of which
	 * there are more or fewer at times, and never too many; and those of the waiting
	 * test.
	 */
	private static Set<String> threadsOutsideOfPools() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> !name.contains("-exec-") && !name.startsWith("streamdb-server-")
					&& !name.startsWith("awaitility"))
			.collect(Collectors.toSet());
	}

	private static long usedMemory() {
		System.gc();
		Runtime runtime = Runtime.getRuntime();
		return runtime.totalMemory() - runtime.freeMemory();
	}

	private static long openHandles() throws IOException {
		Path handles = Path.of("/proc/self/fd");
		if (!Files.isDirectory(handles)) {
			return 0;
		}
		try (Stream<Path> open = Files.list(handles)) {
			return open.count();
		}
	}

}
