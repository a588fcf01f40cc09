package io.streamdb.schema;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

import io.streamdb.Spec;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.DecodingThreads;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.InvalidEvent;
import io.streamdb.event.MalformedBodyException;
import io.streamdb.event.Operation;
import io.streamdb.testsupport.RandomJson;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What holds for every event and every body, on seeded random ones. The seed is in the
 * message of a failure.
 */
class EventPropertyTests {

	private static final int SEEDS = 400;

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	private static final JsonMapper MAPPER = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private static final JsonMapper STRICT_MAPPER = JsonMapper.builder()
		.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
		.build();

	private final CollectionDefinition<Thing> things = CollectionDefinition.of(Thing.class).build();

	private final CollectionDefinition<Counter> counters = CollectionDefinition.of(Counter.class).build();

	private final StateSchema schema = StateSchema.of(MAPPER, List.of(this.things, this.counters));

	private final TreeDecoder oracle = new TreeDecoder(this.schema, MAPPER);

	@Test
	@Spec({ "E1.1", "E1.2", "E1.4", "E1.5" })
	void eventSurvivesARoundTripInAnyOrderOfFieldsAndAnyPieces() throws IOException {
		for (int seed = 0; seed < SEEDS; seed++) {
			Random random = new Random(seed);
			RandomJson json = new RandomJson(random);
			List<ChangeEvent<?>> events = new ArrayList<>();
			ByteArrayOutputStream body = new ByteArrayOutputStream();
			body.write('[');
			for (int i = random.nextInt(5); i >= 0; i--) {
				ChangeEvent<?> event = event(random, json);
				byte[] encoded = this.schema.encode(event);
				if (random.nextBoolean()) {
					encoded = bytes(shuffled(json, (ObjectNode) MAPPER.readTree(encoded)));
				}
				events.add(event);
				body.write(encoded);
				body.write((i > 0) ? ',' : ']');
			}
			RecordingHandler handler = new RecordingHandler();
			this.schema.decode(new Pieces(body.toByteArray(), random), handler);
			assertThat(handler.items).as("seed %d: %s", seed, body).isEqualTo(events);
		}
	}

	@Test
	void itemsAreWhatTheirTreesSay() throws IOException {
		for (int seed = 0; seed < SEEDS; seed++) {
			Random random = new Random(seed);
			byte[] body = bytes(items(random, new RandomJson(random)).toString());
			RecordingHandler handler = new RecordingHandler();
			this.schema.decode(new Pieces(body, random), handler);
			assertThat(kinds(handler.items)).as("seed %d: %s", seed, text(body)).isEqualTo(expected(body));
		}
	}

	@Test
	void bodyThatBreaksOffTellsWhatWasCompleteAndNothingElse() throws IOException {
		IOException broken = new IOException("connection reset");
		for (int seed = 0; seed < SEEDS / 80; seed++) {
			Random random = new Random(seed);
			byte[] body = bytes(items(random, new RandomJson(random)).toString());
			RecordingHandler whole = new RecordingHandler();
			this.schema.decode(new ByteArrayInputStream(body), whole);
			for (int length = 0; length < body.length; length++) {
				byte[] part = Arrays.copyOf(body, length);
				String description = "seed %d, %d bytes".formatted(seed, length);
				RecordingHandler reset = new RecordingHandler();
				assertThat(failure(new Pieces(part, random, broken), reset)).as(description).isSameAs(broken);
				assertPrefix(description, reset, whole);
				RecordingHandler ended = new RecordingHandler();
				if (length > 0) {
					assertThat(failure(new Pieces(part, random), ended)).as(description)
						.isInstanceOf(MalformedBodyException.class);
				}
				assertPrefix(description, ended, whole);
			}
		}
	}

	private @Nullable Throwable failure(InputStream body, RecordingHandler handler) {
		return catchThrowable(() -> this.schema.decode(body, handler));
	}

	private static void assertPrefix(String description, RecordingHandler part, RecordingHandler whole) {
		assertThat(kinds(part.items)).as(description).isEqualTo(kinds(whole.items).subList(0, part.items.size()));
	}

	@Test
	void corruptedBodyIsMalformedOrMeansWhatItSays() throws IOException {
		int malformed = 0;
		int read = 0;
		for (int seed = 0; seed < SEEDS * 10; seed++) {
			Random random = new Random(seed);
			byte[] body = corrupted(random, bytes(items(random, new RandomJson(random)).toString()));
			RecordingHandler handler = new RecordingHandler();
			Throwable failure = failure(new Pieces(body, random), handler);
			if (failure != null) {
				assertThat(failure).as("seed %d", seed).isInstanceOf(MalformedBodyException.class);
			}
			malformed += (failure != null) ? 1 : 0;
			read += (failure != null) ? 0 : 1;
			if (hasDuplicateNames(body)) {
				// A tree forgets all but the last, and so cannot say what does not bind.
				continue;
			}
			try {
				List<Object> expected = expected(body);
				assertThat((failure != null) ? null : kinds(handler.items)).as("seed %d: %s", seed, text(body))
					.isEqualTo(expected);
			}
			catch (NumberFormatException ex) {
				assertThat(text(body)).as("seed %d: a number too large for a tree", seed).containsIgnoringCase("e");
			}
		}
		assertThat(malformed).isGreaterThan(SEEDS);
		assertThat(read).isGreaterThan(SEEDS);
	}

	@Test
	@Spec({ "P2.1", "M9.1", "M9.8", "M9.16" })
	void manyThreadsTellWhatOneThreadTells() throws Exception {
		int malformed = 0;
		int split = 0;
		ExecutorService pool = Executors.newCachedThreadPool();
		try {
			for (int seed = 0; seed < SEEDS * 10; seed++) {
				Random random = new Random(seed);
				byte[] body = longBody(random);
				IOException broken = null;
				switch (random.nextInt(4)) {
					case 0 -> body = corrupted(random, body);
					case 1 -> {
						body = Arrays.copyOf(body, random.nextInt(body.length));
						broken = random.nextBoolean() ? new IOException("connection reset") : null;
					}
					default -> {
					}
				}
				HelpingThreads threads = new HelpingThreads(pool, random);
				RecordingHandler one = new RecordingHandler();
				Throwable oneFailure = failure(new Pieces(body, new Random(seed), broken), one);
				RecordingHandler many = new RecordingHandler();
				InputStream pieces = new Pieces(body, new Random(seed), broken);
				Throwable manyFailure = catchThrowable(() -> this.schema.decode(pieces, many, threads));
				String description = "seed %d: %s".formatted(seed, text(body));
				assertThat(many.items.toString()).as(description).isEqualTo(one.items.toString());
				assertThat(String.valueOf(manyFailure)).as(description).isEqualTo(String.valueOf(oneFailure));
				malformed += (oneFailure instanceof MalformedBodyException) ? 1 : 0;
				split += threads.isUsed() ? 1 : 0;
			}
		}
		finally {
			pool.shutdownNow();
		}
		assertThat(malformed).isGreaterThan(SEEDS);
		assertThat(split).isGreaterThan(SEEDS);
	}

	/**
	 * Makes a body of many items with space between them.
	 */
	private byte[] longBody(Random random) {
		RandomJson json = new RandomJson(random);
		List<String> spaces = List.of("", "", "", " ", "\n", "\r\n", "\r", "\t ");
		StringBuilder body = new StringBuilder(json.oneOf(spaces)).append('[');
		int arrays = random.nextInt(12);
		for (int i = 0; i < arrays; i++) {
			for (JsonNode item : items(random, json)) {
				body.append((body.charAt(body.length() - 1) == '[') ? "" : ",")
					.append(json.oneOf(spaces))
					.append((random.nextInt(40) == 0) ? "" : item)
					.append(json.oneOf(spaces));
			}
		}
		return bytes(body.append(']').append(json.oneOf(spaces)).toString());
	}

	private static boolean hasDuplicateNames(byte[] body) {
		try (JsonParser parser = STRICT_MAPPER.createParser(body)) {
			while (parser.nextToken() != null) {
				parser.skipChildren();
			}
			return false;
		}
		catch (JacksonException ex) {
			return ex.getOriginalMessage().startsWith("Duplicate");
		}
	}

	private @Nullable List<Object> expected(byte[] body) {
		if (text(body).matches("[ \\t\\r\\n]*")) {
			return List.of();
		}
		try {
			JsonNode tree = MAPPER.readTree(body);
			if (!tree.isArray()) {
				return null;
			}
			List<Object> expected = new ArrayList<>();
			tree.forEach((item) -> expected.add(this.oracle.decode(item)));
			return expected;
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	private static List<Object> kinds(List<Object> items) {
		return items.stream().map((item) -> (item instanceof InvalidEvent invalid) ? invalid.kind() : item).toList();
	}

	private ChangeEvent<?> event(Random random, RandomJson json) {
		Operation operation = json.oneOf(List.of(Operation.values()));
		boolean delete = operation == Operation.DELETE;
		EventHeaders headers = new EventHeaders(operation, random.nextBoolean() ? "x" + json.text() : null,
				random.nextBoolean() ? json.text() : null,
				trees(random, json, List.of("operation", "txid", "timestamp")));
		Map<String, JsonNode> unknown = trees(random, json, List.of("type", "key", "value", "old_value", "headers"));
		if (random.nextBoolean()) {
			String key = json.key();
			return new ChangeEvent<>("thing", key, delete ? null : thing(key, random, json),
					random.nextBoolean() ? thing(key, random, json) : null, headers, unknown);
		}
		long key = random.nextLong();
		return new ChangeEvent<>("counter", Long.toString(key), delete ? null : new Counter(key, random.nextInt()),
				null, headers, unknown);
	}

	private static Map<String, JsonNode> trees(Random random, RandomJson json, List<String> not) {
		Map<String, JsonNode> trees = new LinkedHashMap<>();
		for (int i = random.nextInt(6) - 3; i > 0; i--) {
			trees.put(json.text(), json.value(3));
		}
		not.forEach(trees::remove);
		return trees;
	}

	private static Thing thing(String key, Random random, RandomJson json) {
		List<BigDecimal> numbers = new ArrayList<>();
		for (int i = random.nextInt(3); i > 0; i--) {
			numbers.add(BigDecimal.valueOf(random.nextLong(), random.nextInt(30)));
		}
		return new Thing(key, random.nextBoolean() ? json.text() : null, random.nextLong(), numbers,
				random.nextBoolean() ? new Part(json.text(), random.nextBoolean()) : null, json.value(4));
	}

	/**
	 * Makes items of which most are not quite events.
	 */
	private JsonNode items(Random random, RandomJson json) {
		var items = NODES.arrayNode();
		for (int i = random.nextInt(6); i > 0; i--) {
			if (random.nextInt(6) == 0) {
				items.add(json.value(2));
				continue;
			}
			ObjectNode item = (ObjectNode) MAPPER.readTree(this.schema.encode(event(random, json)));
			if (random.nextBoolean()) {
				mutate(item, random, json);
			}
			items.add(random.nextBoolean() ? shuffledTree(json, item) : item);
		}
		return items;
	}

	private static void mutate(ObjectNode item, Random random, RandomJson json) {
		ObjectNode target = item;
		if (random.nextBoolean() && item.get(json.oneOf(List.of("value", "headers"))) instanceof ObjectNode nested) {
			target = nested;
		}
		String name = json.oneOf(new ArrayList<>(target.propertyNames()));
		switch (random.nextInt(4)) {
			case 0 -> target.remove(name);
			case 1 -> target.set(name, json.value(2));
			case 2 -> target.put("type", json.oneOf(List.of("thing", "counter", "other", "")));
			default -> target.put("control", json.oneOf(List.of("reset", "snapshot-start", "snapshot-end", "fence")));
		}
		if (random.nextInt(4) == 0) {
			item.remove("type");
		}
	}

	private static byte[] corrupted(Random random, byte[] body) {
		byte[] corrupted = body.clone();
		for (int i = random.nextInt(3); i >= 0; i--) {
			int at = random.nextInt(corrupted.length);
			switch (random.nextInt(4)) {
				case 0 -> corrupted[at] = (byte) random.nextInt(0x80);
				case 1 -> corrupted[at] = (byte) "{}[],:\"\\01-e tn".charAt(random.nextInt(15));
				case 2 -> {
					byte[] shorter = Arrays.copyOf(corrupted, corrupted.length - 1);
					System.arraycopy(corrupted, at + 1, shorter, at, shorter.length - at);
					corrupted = (shorter.length > 0) ? shorter : corrupted;
				}
				default -> {
					byte[] longer = Arrays.copyOf(corrupted, corrupted.length + 1);
					System.arraycopy(corrupted, at, longer, at + 1, corrupted.length - at);
					corrupted = longer;
				}
			}
		}
		return corrupted;
	}

	private static String shuffled(RandomJson json, ObjectNode event) {
		return shuffledTree(json, event).toString();
	}

	private static ObjectNode shuffledTree(RandomJson json, ObjectNode event) {
		ObjectNode shuffled = json.shuffled(event);
		for (String name : List.of("value", "old_value", "headers")) {
			if (shuffled.get(name) instanceof ObjectNode nested) {
				shuffled.set(name, json.shuffled(nested));
			}
		}
		return shuffled;
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(byte[] body) {
		return new String(body, StandardCharsets.UTF_8);
	}

	record Thing(String id, @Nullable String text, long number, List<BigDecimal> numbers, @Nullable Part part,
			JsonNode any) {
	}

	record Part(String name, boolean good) {
	}

	record Counter(long id, int count) {
	}

	/** Threads that come at once, late, never, or not at all. */
	private static final class HelpingThreads implements DecodingThreads {

		private final ExecutorService pool;

		private final int manner;

		private final int partBytes;

		private boolean used;

		HelpingThreads(ExecutorService pool, Random random) {
			this.pool = pool;
			this.manner = random.nextInt(6);
			this.partBytes = 1 << random.nextInt(12);
		}

		boolean isUsed() {
			return this.used;
		}

		@Override
		public int parallelism() {
			return 3;
		}

		@Override
		public int partBytes() {
			return this.partBytes;
		}

		@Override
		public void execute(Runnable task) {
			this.used = true;
			switch (this.manner) {
				case 0 -> throw new RejectedExecutionException("No threads");
				case 1 -> {
				}
				case 2 -> task.run();
				default -> this.pool.execute(task);
			}
		}

		@Override
		public void await(Future<?> part) throws ExecutionException, InterruptedException {
			part.get();
		}

	}

	/** A body that arrives in pieces of random size, mostly small ones. */
	private static final class Pieces extends InputStream {

		private final byte[] body;

		private final Random random;

		private final @Nullable IOException end;

		private int position;

		Pieces(byte[] body, Random random) {
			this(body, random, null);
		}

		Pieces(byte[] body, Random random, @Nullable IOException end) {
			this.body = body;
			this.random = random;
			this.end = end;
		}

		@Override
		public int read() throws IOException {
			byte[] single = new byte[1];
			return (read(single, 0, 1) == 1) ? single[0] & 0xFF : -1;
		}

		@Override
		public int read(byte[] buffer, int offset, int length) throws IOException {
			int left = this.body.length - this.position;
			if (left == 0) {
				if (this.end != null) {
					throw this.end;
				}
				return -1;
			}
			int count = Math.min(Math.min(left, length), this.random.nextBoolean() ? 1 : 1 + this.random.nextInt(40));
			System.arraycopy(this.body, this.position, buffer, offset, count);
			this.position += count;
			return count;
		}

	}

}
