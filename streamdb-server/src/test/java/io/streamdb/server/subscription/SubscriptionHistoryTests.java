package io.streamdb.server.subscription;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import io.streamdb.server.store.MutableClock;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.file.FileStorage;
import io.streamdb.server.subscription.SubscriptionWorld.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Random histories of subscriptions on files, with a restart now and then and a journal
 * that is renewed all the time: what they follow, and how far it was worked off, is what
 * a model says, and no generation is there twice.
 */
class SubscriptionHistoryTests {

	private static final int JOURNAL_LENGTH = 3_000;

	private static final int STEPS = 400;

	private static final Duration LEASE = Duration.ofSeconds(10);

	private static final String[] IDS = { "a", "b", "c" };

	private static final String[] PATTERNS = { "s/*", "*/0", "t/**" };

	private static final String[] PATHS = { "s/0", "s/1", "s/2", "t/0", "t/1", "u/0" };

	@TempDir
	private Path directory;

	private final MutableClock clock = new MutableClock();

	private final Map<String, Model> models = new TreeMap<>();

	private SubscriptionWorld world;

	private Random random;

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3 })
	void followTheModel(long seed) {
		this.random = new Random(seed);
		open();
		try {
			this.world.create("wake");
			int journals = 0;
			for (int step = 0; step < STEPS; step++) {
				step();
				if (step % 20 == 19) {
					check("seed " + seed + ", step " + step);
				}
				if (step % 40 == 39) {
					this.world.close();
					open();
					check("seed " + seed + ", restart at step " + step);
					journals = journal();
				}
			}
			assertThat(journals).as("journals").isGreaterThan(3);
		}
		finally {
			this.world.close();
		}
	}

	private void open() {
		this.world = new SubscriptionWorld(FileStorage.in(this.directory), SubscriptionSettings.defaults(), this.clock,
				1L << 30, JOURNAL_LENGTH);
	}

	private int journal() {
		return this.world.store.paths()
			.stream()
			.filter((path) -> path.startsWith(Journal.PREFIX))
			.mapToInt((path) -> Integer.parseInt(path.substring(Journal.PREFIX.length())))
			.max()
			.orElseThrow();
	}

	private void step() {
		String id = pick(IDS);
		String path = pick(PATHS);
		Model model = this.models.get(id);
		switch (this.random.nextInt(12)) {
			case 0 -> put(id);
			case 1 -> {
				if (this.random.nextInt(4) == 0) {
					assertThat(this.world.delete(id).status()).isEqualTo(204);
					this.models.remove(id);
				}
			}
			case 2, 3, 4 -> append(path);
			case 5 -> delete(path);
			case 6 -> link(id, model, path);
			case 7 -> unlink(id, model, path);
			case 8 -> this.world.pass(Duration.ofMillis(this.random.nextInt(12_000)));
			default -> work(id, model);
		}
	}

	private String pick(String[] texts) {
		return texts[this.random.nextInt(texts.length)];
	}

	private void put(String id) {
		String pattern = pick(PATTERNS);
		String named = pick(PATHS);
		Answer answer = this.world.put(id, "{'type':'pull-wake','wake_stream':'wake','lease_ttl_ms':" + LEASE.toMillis()
				+ ",'pattern':'" + pattern + "','streams':['" + named + "']}");
		if (this.models.containsKey(id)) {
			assertThat(answer.status()).isIn(200, 409);
			return;
		}
		assertThat(answer.status()).isEqualTo(201);
		Model model = new Model(pattern);
		this.models.put(id, model);
		model.named.add(named);
		model.acked.put(named, tail(named));
		for (String path : PATHS) {
			if (model.matches(path) && stream(path) != null) {
				model.acked.put(path, tail(path));
			}
		}
	}

	private @Nullable StreamLog stream(String path) {
		return this.world.store.find(path);
	}

	private String tail(String path) {
		StreamLog log = stream(path);
		return (log != null) ? log.offset(log.head().tail()).toString() : "-1";
	}

	private void append(String path) {
		boolean created = stream(path) == null;
		this.world.append(path);
		if (created) {
			this.models.values().stream().filter((model) -> model.follows(path)).forEach((model) -> {
				StreamLog log = stream(path);
				model.acked.put(path, String.valueOf((log != null) ? log.offset(0) : null));
			});
		}
	}

	private void delete(String path) {
		if (stream(path) != null) {
			// A stream that is there again before anybody has noticed is another one.
			check("before a deletion");
			this.world.deleteStream(path);
			for (Model model : this.models.values()) {
				if (model.named.contains(path)) {
					model.acked.put(path, "-1");
				}
				else {
					model.acked.remove(path);
				}
			}
			check("after a deletion");
		}
	}

	private void link(String id, @Nullable Model model, String path) {
		Answer answer = this.world.post(id + "/streams", null, "{'streams':['" + path + "']}");
		assertThat(answer.status()).isEqualTo((model != null) ? 204 : 404);
		if (model != null) {
			model.named.add(path);
			model.acked.computeIfAbsent(path, this::tail);
		}
	}

	private void unlink(String id, @Nullable Model model, String path) {
		Answer answer = this.world.delete(id + "/streams/" + path);
		assertThat(answer.status()).isEqualTo((model != null) ? 204 : 404);
		if (model != null) {
			model.named.remove(path);
			if (!model.matches(path) || stream(path) == null) {
				model.acked.remove(path);
			}
		}
	}

	private void work(String id, @Nullable Model model) {
		if (model == null) {
			return;
		}
		JsonNode claim = model.claim;
		if (claim == null) {
			claim(id, model);
			return;
		}
		Map<String, String> acks = new HashMap<>();
		List<String> texts = new ArrayList<>();
		for (JsonNode stream : claim.path("streams")) {
			String path = stream.path("path").asString();
			String tail = stream.path("tail_offset").asString();
			String acked = model.acked.get(path);
			if (acked != null && tail.compareTo(acked) > 0 && this.random.nextBoolean() && stream(path) != null
					&& tail(path).startsWith(tail.substring(0, 16))) {
				acks.put(path, tail);
				texts.add("{'stream':'" + path + "','offset':'" + tail + "'}");
			}
		}
		boolean done = this.random.nextBoolean();
		String token = claim.path("token").asString();
		String wake = "{'wake_id':'" + claim.path("wake_id").asString() + "','generation':"
				+ claim.path("generation").asLong();
		Answer answer = (this.random.nextInt(5) == 0) ? this.world.post(id + "/release", token, wake + "}")
				: this.world.post(id + "/ack", token, wake + ",'acks':" + texts + ",'done':" + done + "}");
		if (answer.status() == 409) {
			assertThat(answer.code()).isEqualTo("FENCED");
			assertThat(this.clock.instant()).as("the lease is over").isAfterOrEqualTo(model.claimedAt.plus(LEASE));
		}
		else if (answer.status() == 200) {
			model.acked.putAll(acks);
		}
		else {
			assertThat(answer.status()).isEqualTo(204);
		}
		if (answer.status() != 200 || done) {
			model.claim = null;
		}
		else {
			model.claimedAt = this.clock.instant();
		}
	}

	private void claim(String id, Model model) {
		Answer answer = this.world.post(id + "/claim", null, "{'worker':'w'}");
		if (answer.status() == 409) {
			assertThat(answer.code()).isEqualTo("NO_PENDING_WORK");
			return;
		}
		assertThat(answer.status()).isEqualTo(200);
		long generation = answer.body().path("generation").asLong();
		assertThat(generation).isGreaterThan(model.generation);
		model.generation = generation;
		model.claim = answer.body();
		model.claimedAt = this.clock.instant();
	}

	private void check(String when) {
		await().pollDelay(Duration.ZERO).untilAsserted(() -> {
			for (String id : IDS) {
				Model model = this.models.get(id);
				Answer answer = this.world.get(id);
				assertThat(answer.status()).as(when).isEqualTo((model != null) ? 200 : 404);
				if (model == null) {
					continue;
				}
				Map<String, String> acked = new TreeMap<>();
				Set<String> named = new TreeSet<>();
				for (JsonNode stream : answer.body().path("streams")) {
					String path = stream.path("path").asString();
					acked.put(path, stream.path("acked_offset").asString());
					if (stream.path("link_type").asString().equals("explicit")) {
						named.add(path);
					}
				}
				assertThat(acked).as("%s, %s with %s", when, id, model.pattern).isEqualTo(new TreeMap<>(model.acked));
				assertThat(named).as("%s, %s", when, id).isEqualTo(new TreeSet<>(model.named));
			}
		});
	}

	private static final class Model {

		private final String pattern;

		private final Set<String> named = new HashSet<>();

		private final Map<String, String> acked = new HashMap<>();

		private long generation;

		private @Nullable JsonNode claim;

		private Instant claimedAt = Instant.EPOCH;

		Model(String pattern) {
			this.pattern = pattern;
		}

		boolean matches(String path) {
			return switch (this.pattern) {
				case "s/*" -> path.startsWith("s/");
				case "*/0" -> path.endsWith("/0");
				default -> path.startsWith("t/");
			};
		}

		boolean follows(String path) {
			return this.named.contains(path) || matches(path);
		}

	}

}
