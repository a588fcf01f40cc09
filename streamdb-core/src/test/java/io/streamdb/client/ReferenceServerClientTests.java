package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import io.streamdb.testsupport.EnabledWithNode;
import io.streamdb.testsupport.ReferenceServer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests of the client with the reference server, which knows nothing of it.
 */
@EnabledWithNode
@Timeout(120)
class ReferenceServerClientTests {

	private static ReferenceServer server;

	@BeforeAll
	static void start() {
		server = ReferenceServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	private static DurableStream stream(String name) {
		return DurableStream.builder(server.url(name)).build();
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	@Test
	@Spec({ "P1.1", "P1.5", "P1.7", "P1.8", "P1.9", "P1.15", "P7.2", "P7.4", "P7.5", "P7.6" })
	void streamLivesFromCreateToDelete() throws Exception {
		DurableStream stream = stream("life");
		assertThat(get(stream.create(CreateOptions.json())).created()).isTrue();
		assertThat(get(stream.create(CreateOptions.json())).created()).isFalse();
		failure(stream.create(new CreateOptions("text/plain", null, null, false, null)), StreamExistsException.class);
		AppendResult appended = get(stream.append(AppendOptions.of(bytes("{\"a\":1}"))));
		assertThat(get(stream.head()))
			.isEqualTo(new StreamMetadata("application/json", appended.offset(), false, false, null, null));
		get(stream.append(new AppendOptions(bytes("2"), null, "b", false)));
		failure(stream.append(new AppendOptions(bytes("3"), null, "a", false)), StreamSequenceException.class);
		failure(stream.append(new AppendOptions(bytes("x"), "text/plain", null, false)), StreamConflictException.class);
		failure(stream.append(AppendOptions.of(bytes("not json"))), StreamBadRequestException.class);
		AppendResult closed = get(stream.closeStream());
		assertThat(closed.closed()).isTrue();
		assertThat(get(stream.closeStream())).isEqualTo(closed);
		assertThat(failure(stream.append(AppendOptions.of(bytes("4"))), StreamClosedException.class).offset())
			.isEqualTo(closed.offset());
		get(stream.delete());
		failure(stream.head(), StreamNotFoundException.class);
		failure(stream.delete(), StreamNotFoundException.class);
	}

	@Test
	@Spec({ "P1.2", "P1.3", "P1.4" })
	void streamCanBeCreatedWithABodyAndATimeToLive() throws Exception {
		DurableStream stream = stream("created");
		get(stream.create(new CreateOptions("text/plain", Duration.ofHours(1), null, true, bytes("all of it"))));
		StreamMetadata head = get(stream.head());
		assertThat(head.closed()).isTrue();
		assertThat(head.ttl()).isEqualTo(Duration.ofHours(1));
		Collector collector = new Collector();
		get(stream.read(new ReadOptions("-1", LiveMode.AUTO), collector).completion());
		assertThat(collector.text()).isEqualTo("all of it");
	}

	@ParameterizedTest
	@Spec({ "P1.11", "P1.12" })
	@EnumSource(names = "OFF", mode = EnumSource.Mode.EXCLUDE)
	void writtenMessagesAreReadOnceInOrder(LiveMode live) throws Exception {
		DurableStream stream = stream("order-" + live);
		get(stream.create(CreateOptions.json()));
		Collector early = new Collector();
		StreamReader reader = stream.read(new ReadOptions("-1", live), early);
		Random random = new Random(live.ordinal());
		List<String> expected = new ArrayList<>();
		try (IdempotentProducer producer = stream.producer(ProducerOptions.defaults())) {
			for (int i = 0; i < 2000; i++) {
				String message = "{\"n\":" + i + ",\"text\":\"" + "\u00e9\\n".repeat(random.nextInt(30)) + "\"}";
				expected.add(message);
				CompletableFuture<AppendResult> result = producer.append(() -> bytes(message));
				if (random.nextInt(50) == 0) {
					get(result);
				}
			}
			get(producer.flush());
		}
		get(stream.closeStream());
		get(reader.completion());
		assertThat(early.messages()).isEqualTo(expected);
		Collector late = new Collector();
		get(stream.read(new ReadOptions("-1", live), late).completion());
		assertThat(late.messages()).isEqualTo(expected);
	}

	@ParameterizedTest
	@EnumSource(names = "OFF", mode = EnumSource.Mode.EXCLUDE)
	void bytesAreReadAsTheyWere(LiveMode live) throws Exception {
		DurableStream stream = stream("bytes-" + live);
		get(stream.create(new CreateOptions("application/octet-stream", null, null, false, null)));
		Collector collector = new Collector();
		StreamReader reader = stream.read(new ReadOptions("-1", live), collector);
		Random random = new Random(7);
		List<Byte> expected = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			byte[] part = new byte[1 + random.nextInt(20_000)];
			random.nextBytes(part);
			for (byte b : part) {
				expected.add(b);
			}
			get(stream.append(new AppendOptions(part, "application/octet-stream", null, false)));
		}
		get(stream.closeStream());
		get(reader.completion());
		assertThat(collector.bytes()).isEqualTo(expected);
	}

	@Test
	@Spec("P1.14")
	void readFromNowSeesOnlyWhatFollows() throws Exception {
		DurableStream stream = stream("now");
		get(stream.create(CreateOptions.json()));
		get(stream.append(AppendOptions.of(bytes("1"))));
		Collector collector = new Collector();
		StreamReader reader = stream.read(new ReadOptions(ReadOptions.NOW, LiveMode.AUTO), collector);
		await().until(() -> !collector.ends.isEmpty());
		get(stream.append(AppendOptions.of(bytes("2"))));
		get(stream.closeStream());
		get(reader.completion());
		assertThat(collector.messages()).containsExactly("2");
	}

	@Test
	void readGoesOnFromAnOffset() throws Exception {
		DurableStream stream = stream("offset");
		get(stream.create(CreateOptions.json()));
		AppendResult first = get(stream.append(AppendOptions.of(bytes("1"))));
		get(stream.append(AppendOptions.of(bytes("2"))));
		Collector collector = new Collector();
		get(stream.read(new ReadOptions(first.offset(), LiveMode.OFF), collector).completion());
		assertThat(collector.messages()).containsExactly("2");
	}

	@Test
	void producersFenceEachOther() throws Exception {
		DurableStream stream = stream("fence");
		get(stream.create(CreateOptions.json()));
		ProducerOptions options = new ProducerOptions("one", 3, false, Duration.ZERO, 1 << 20, 10,
				Duration.ofSeconds(10));
		ProducerOptions old = new ProducerOptions("one", 1, false, Duration.ZERO, 1 << 20, 10, Duration.ofSeconds(10));
		ProducerOptions claiming = new ProducerOptions("one", 0, true, Duration.ZERO, 1 << 20, 10,
				Duration.ofSeconds(10));
		try (IdempotentProducer current = stream.producer(options);
				IdempotentProducer fenced = stream.producer(old);
				IdempotentProducer claimer = stream.producer(claiming)) {
			get(current.append(() -> bytes("1")));
			failure(fenced.append(() -> bytes("2")), ProducerFencedException.class);
			get(claimer.append(() -> bytes("3")));
			failure(current.append(() -> bytes("4")), ProducerFencedException.class);
		}
		assertThat(read(stream)).containsExactly("1", "3");
	}

	@Test
	void repeatedBatchIsADuplicate() throws Exception {
		DurableStream stream = stream("duplicate");
		get(stream.create(CreateOptions.json()));
		ProducerOptions options = new ProducerOptions("two", 0, false, Duration.ZERO, 1 << 20, 10,
				Duration.ofSeconds(10));
		AppendResult first;
		try (IdempotentProducer producer = stream.producer(options)) {
			first = get(producer.append(() -> bytes("1")));
		}
		try (IdempotentProducer again = stream.producer(options)) {
			assertThat(get(again.append(() -> bytes("1")))).isEqualTo(new AppendResult(first.offset(), true, false));
		}
		assertThat(read(stream)).containsExactly("1");
	}

	@Test
	void badMessageOfABatchFailsAlone() throws Exception {
		DurableStream stream = stream("bad");
		get(stream.create(CreateOptions.json()));
		ProducerOptions options = new ProducerOptions("three", 0, false, Duration.ofHours(1), 1 << 20, 3,
				Duration.ofSeconds(10));
		try (IdempotentProducer producer = stream.producer(options)) {
			CompletableFuture<AppendResult> first = producer.append(() -> bytes("1"));
			CompletableFuture<AppendResult> second = producer.append(() -> bytes("{broken"));
			CompletableFuture<AppendResult> third = producer.append(() -> bytes("3"));
			get(first);
			failure(second, StreamBadRequestException.class);
			get(third);
		}
		assertThat(read(stream)).containsExactly("1", "3");
	}

	@Test
	void readerAndProducerOutliveAServerThatIsKilled(@TempDir Path directory) throws Exception {
		try (ReferenceServer mortal = ReferenceServer.start(directory)) {
			DurableStream stream = DurableStream.builder(mortal.url("mortal"))
				.retryPolicy(new RetryPolicy(5, Duration.ofMillis(50), Duration.ofMillis(200)))
				.readRetryPolicy(new RetryPolicy(RetryPolicy.UNBOUNDED, Duration.ofMillis(50), Duration.ofMillis(200)))
				.build();
			get(stream.create(CreateOptions.json()));
			Collector collector = new Collector();
			StreamReader reader = stream.read(new ReadOptions("-1", LiveMode.AUTO), collector);
			List<String> expected = new ArrayList<>();
			try (IdempotentProducer producer = stream.producer(ProducerOptions.defaults())) {
				for (int i = 0; i < 3; i++) {
					String message = Integer.toString(i);
					expected.add(message);
					get(producer.append(() -> bytes(message)));
					await().until(() -> collector.messages().contains(message));
					mortal.kill();
					String next = "\"sent while the server is away " + i + "\"";
					expected.add(next);
					CompletableFuture<AppendResult> result = producer.append(() -> bytes(next));
					int failures = collector.retries.size();
					await().until(() -> collector.retries.size() > failures);
					mortal.restart();
					get(result);
				}
			}
			get(stream.closeStream());
			get(reader.completion());
			assertThat(collector.messages()).isEqualTo(expected);
			assertThat(read(stream)).isEqualTo(expected);
		}
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(30));
	}

	private static List<String> read(DurableStream stream) throws Exception {
		Collector collector = new Collector();
		get(stream.read(new ReadOptions("-1", LiveMode.OFF), collector).completion());
		return collector.messages();
	}

	private static <T> T get(CompletableFuture<T> future) throws Exception {
		return future.get(30, TimeUnit.SECONDS);
	}

	private static <T extends Throwable> T failure(CompletableFuture<?> future, Class<T> type) {
		ExecutionException failure = catchThrowableOfType(ExecutionException.class, () -> get(future));
		assertThat(failure).as("a failure").isNotNull();
		assertThat(failure.getCause()).isExactlyInstanceOf(type);
		return type.cast(failure.getCause());
	}

	/**
	 * Keeps what was confirmed.
	 */
	private static final class Collector implements BatchHandler {

		private static final JsonMapper MAPPER = new JsonMapper();

		private final List<byte[]> committed = new CopyOnWriteArrayList<>();

		private final List<byte[]> pending = new ArrayList<>();

		private final List<BatchEnd> ends = new CopyOnWriteArrayList<>();

		private final List<Throwable> retries = new CopyOnWriteArrayList<>();

		@Override
		public void data(InputStream body) throws IOException {
			this.pending.add(body.readAllBytes());
		}

		@Override
		public void end(BatchEnd end) {
			this.committed.addAll(this.pending);
			this.pending.clear();
			this.ends.add(end);
		}

		@Override
		public void abort(Throwable cause) {
			this.pending.clear();
		}

		@Override
		public void retrying(Throwable cause, int attempt) {
			this.retries.add(cause);
		}

		List<String> messages() {
			List<String> messages = new ArrayList<>();
			for (byte[] part : this.committed) {
				for (JsonNode message : MAPPER.readTree(part)) {
					messages.add(message.toString());
				}
			}
			return messages;
		}

		List<Byte> bytes() {
			List<Byte> bytes = new ArrayList<>();
			for (byte[] part : this.committed) {
				for (byte b : part) {
					bytes.add(b);
				}
			}
			return bytes;
		}

		String text() {
			StringBuilder text = new StringBuilder();
			this.committed.forEach((part) -> text.append(new String(part, StandardCharsets.UTF_8)));
			return text.toString();
		}

	}

}
