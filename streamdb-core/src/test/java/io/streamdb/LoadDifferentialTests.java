package io.streamdb;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

import io.streamdb.Notes.Counter;
import io.streamdb.Notes.Note;
import io.streamdb.client.LiveMode;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.InvalidEvent;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.testsupport.ScriptedStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Seeded random streams with invalid events, resets, and bodies that break off: a load by
 * many threads comes to what a load by one thread comes to, and tells its listeners the
 * same. The seed is in the message of a failure.
 */
@Timeout(120)
class LoadDifferentialTests {

	private static final int STREAMS = 400;

	private final ExecutorService pool = Executors.newCachedThreadPool();

	@AfterEach
	void stopPool() {
		this.pool.shutdownNow();
	}

	@Test
	@Spec({ "M4.1", "M9.1", "M9.8", "M9.13", "M9.15", "M9.17", "P2.4", "P2.5" })
	void manyThreadsLoadWhatOneThreadLoads() {
		int failed = 0;
		int cut = 0;
		for (int seed = 0; seed < STREAMS; seed++) {
			Transcript one = load(seed, 1);
			Transcript many = load(seed, 3);
			assertThat(many.toString()).as("seed " + seed).isEqualTo(one.toString());
			failed += one.failed ? 1 : 0;
			cut += one.cut ? 1 : 0;
		}
		assertThat(failed).isGreaterThan(STREAMS / 20);
		assertThat(cut).isGreaterThan(STREAMS / 20);
	}

	private Transcript load(long seed, int parallelism) {
		Random random = new Random(seed);
		ScriptedStream stream = ScriptedStream.empty();
		int appends = 1 + random.nextInt(6);
		int bytes = 0;
		for (int i = 0; i < appends; i++) {
			String[] items = items(random);
			bytes += String.join(",", items).length();
			stream.append(items);
		}
		if (random.nextInt(3) > 0) {
			stream.rebatch(0, 1 + random.nextInt(200));
		}
		boolean cut = random.nextInt(5) == 0;
		if (cut) {
			stream.cutRead(1 + random.nextInt(bytes));
		}
		boolean fail = random.nextInt(3) == 0;
		Transcript transcript = new Transcript(cut);
		Executor executor = executor(random.nextInt(6));
		try (StreamDb db = Notes.on(stream)
			.live(LiveMode.OFF)
			.updateMode((random.nextInt(10) == 0) ? UpdateMode.MERGE : UpdateMode.REPLACE)
			.invalidEventPolicy(fail ? InvalidEventPolicy.FAIL : InvalidEventPolicy.QUARANTINE)
			.clock(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC))
			.listener(transcript)
			.executor(executor)
			.loadParallelism(parallelism)
			.loadPartBytes(1 << random.nextInt(13))
			.build()) {
			db.preload();
			for (int skipped = 0; !isLoaded(db) && skipped < 3; skipped++) {
				transcript.failed = true;
				transcript.results.add("failed " + db.status().cause());
				transcript.results.add("skipped " + db.skipInvalidEvent());
			}
			transcript.results.add("counted " + counted(db.metrics()));
			transcript.results.add("quarantined " + db.quarantinedEvents());
			transcript.results.add("offset " + db.offset());
			addRows(transcript, db.syncedSnapshot().collection(Note.class));
			addRows(transcript, db.syncedSnapshot().collection(Counter.class));
			for (int txid = 0; txid < 5 && isLoaded(db); txid++) {
				boolean seen = !db.awaitTxId("t" + txid, Duration.ofMillis(1))
					.handle((nothing, failure) -> failure != null)
					.join();
				transcript.results.add("t" + txid + " seen " + seen);
			}
		}
		return transcript;
	}

	/**
	 * What is counted of the stream; not of threads and of what waits for them.
	 */
	private static List<Long> counted(StreamDbMetrics metrics) {
		return List.of(metrics.batches(), metrics.events(), metrics.unknownTypeEvents(), metrics.ignoredItems(),
				metrics.controlEvents(), metrics.invalidEvents(), metrics.resets(), metrics.retries(),
				metrics.txidEvictions(), metrics.rememberedTxids(), metrics.skippedEvents());
	}

	/**
	 * Waits for the end of a load that was started.
	 */
	private static boolean isLoaded(StreamDb db) {
		await().pollInSameThread()
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(1))
			.until(() -> db.status().state() == StreamDbState.COMPLETE || db.status().state() == StreamDbState.FAILED);
		return db.status().state() == StreamDbState.COMPLETE;
	}

	private static void addRows(Transcript transcript, CollectionSnapshot<?> rows) {
		rows.rowsInInsertionOrder()
			.forEach((row) -> transcript.results.add(row.key() + " = " + row.value() + " as " + row.sequence() + " by "
					+ row.origin() + " " + row.origin().timestamp() + " " + row.origin().headers()));
	}

	private Executor executor(int manner) {
		return switch (manner) {
			case 0 -> (task) -> {
				throw new RejectedExecutionException("No threads");
			};
			case 1 -> (task) -> {
			};
			case 2 -> Runnable::run;
			default -> this.pool;
		};
	}

	private static String[] items(Random random) {
		String[] items = new String[1 + random.nextInt(60)];
		for (int i = 0; i < items.length; i++) {
			items[i] = item(random);
		}
		return items;
	}

	private static String item(Random random) {
		String key = "k" + random.nextInt(12);
		String headers = "\"operation\":\"" + operation(random) + "\""
				+ ((random.nextInt(3) == 0) ? ",\"txid\":\"t" + random.nextInt(5) + "\"" : "")
				+ ((random.nextInt(6) == 0) ? ",\"timestamp\":\"2026-11-23T10:00:00.00" + random.nextInt(3) + "Z\""
						: "")
				+ ((random.nextInt(12) == 0) ? ",\"by\":[\"}\",{\"x\":" + random.nextInt() + "}]" : "");
		return switch (random.nextInt(40)) {
			case 0 -> Notes.reset();
			case 1 -> "{\"headers\":{\"control\":\"snapshot-start\"}}";
			case 2 -> "null";
			case 3 -> "[{},[\"]\"]]";
			case 4 -> "{\"type\":\"stranger\",\"key\":7,\"value\":{\"[\":\"\\\"\"},\"headers\":{\"txid\":\"t4\"}}";
			case 5 -> event("note", key, (random.nextInt(6) == 0) ? "7" : note(key, "x"), headers);
			case 6 -> event("note", key, (random.nextInt(6) == 0) ? note(key, " ") : note(key, "y"), headers);
			case 7 ->
				event("counter", key, "{\"value\":" + ((random.nextInt(6) == 0) ? "\"many\"" : "1") + "}", headers);
			case 8, 9, 10, 11, 12 -> event("counter", key, "{\"value\":" + random.nextInt() + "}", headers);
			default -> event("note", key, note("other", "\\u00e9\\n{" + random.nextInt(1000) + "\\\\"), headers);
		};
	}

	private static String operation(Random random) {
		int operation = random.nextInt(200);
		return (operation == 0) ? "destroy"
				: (operation < 80) ? "insert" : (operation < 140) ? "update" : (operation < 170) ? "upsert" : "delete";
	}

	private static String note(String id, String text) {
		return "{\"id\":\"" + id + "\",\"text\":\"" + text + "\"}";
	}

	private static String event(String type, String key, String value, String headers) {
		return "{\"type\":\"" + type + "\",\"key\":\"" + key + "\",\"value\":" + value + ",\"headers\":{" + headers
				+ "}}";
	}

	/**
	 * Everything that can be seen of a load, in order.
	 */
	private static final class Transcript implements StreamDbListener {

		private final List<String> lines = new ArrayList<>();

		private final List<String> results = new ArrayList<>();

		private final boolean cut;

		private boolean failed;

		Transcript(boolean cut) {
			this.cut = cut;
		}

		@Override
		public void beforeBatch(String offset) {
			this.lines.add("batch after " + offset);
		}

		@Override
		public void onEvent(ChangeEvent<?> event) {
			this.lines.add("event " + event);
		}

		@Override
		public void onInvalidEvent(InvalidEvent event, String offset, Instant at) {
			this.lines.add("invalid " + event + " at " + offset);
		}

		@Override
		public void afterBatch(String offset, boolean upToDate) {
			this.lines.add("batch until " + offset + " " + upToDate);
		}

		@Override
		public String toString() {
			return String.join("\n", this.lines) + "\n" + String.join("\n", this.results);
		}

	}

}
