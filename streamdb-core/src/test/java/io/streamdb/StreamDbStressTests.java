package io.streamdb;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.streamdb.Notes.Note;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.StateSnapshot;
import io.streamdb.store.Subscription;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that commit, read, subscribe and wait, on a database that other threads close
 * under them: round after round, with real threads (SPEC M6, M12, M13). Writers move text
 * between two notes at once, so that a state in part shows.
 */
@Timeout(3600)
class StreamDbStressTests {

	private static final int ROUNDS = Integer.getInteger("stress.rounds", 25);

	@Test
	@Spec({ "M6.3", "M12.6", "M13.7" })
	void nothingIsSeenInPartAndEverythingEndsWithTheDatabase() throws Exception {
		for (int round = 0; round < ROUNDS; round++) {
			try (Round current = new Round(round)) {
				current.run();
			}
		}
	}

	private static final class Round implements AutoCloseable {

		private final ExecutorService threads = Executors.newCachedThreadPool();

		private final ScriptedStream stream = ScriptedStream.empty();

		private final Queue<TransactionHandle<?>> handles = new ConcurrentLinkedQueue<>();

		private final Queue<CompletableFuture<?>> futures = new ConcurrentLinkedQueue<>();

		private final Queue<Throwable> wrong = new ConcurrentLinkedQueue<>();

		private final AtomicBoolean closing = new AtomicBoolean();

		private final CyclicBarrier start = new CyclicBarrier(9);

		private final Random random;

		private final StreamDb db;

		Round(int seed) {
			this.random = new Random(seed);
			this.stream.append(Notes.insert("x", "0"), Notes.insert("y", "0"));
			this.db = Notes.open(this.stream);
		}

		void run() throws Exception {
			List<Future<?>> tasks = new ArrayList<>();
			for (int i = 0; i < 2; i++) {
				tasks.add(start(this::write));
				tasks.add(start(this::read));
				tasks.add(start(this::subscribe));
			}
			tasks.add(start(this::writeElsewhere));
			for (int i = 0; i < 2; i++) {
				long pause = 1 + this.random.nextInt(25);
				tasks.add(start(() -> {
					TimeUnit.MILLISECONDS.sleep(pause);
					this.closing.set(true);
					this.db.close();
				}));
			}
			for (Future<?> task : tasks) {
				task.get(60, TimeUnit.SECONDS);
			}
			assertThat(this.wrong).isEmpty();
			for (CompletableFuture<?> future : this.futures) {
				assertThat(future.handle((result, failure) -> "done").get(60, TimeUnit.SECONDS)).isEqualTo("done");
			}
			check();
		}

		private Future<?> start(Task task) {
			return this.threads.submit(() -> {
				this.start.await();
				try {
					task.run();
				}
				catch (IllegalStateException ex) {
					if (!this.closing.get()) {
						this.wrong.add(ex);
					}
				}
				return null;
			});
		}

		private void write() {
			for (int i = 0; !this.closing.get(); i++) {
				String text = Integer.toString(i);
				TransactionHandle<?> handle = this.db.transact((transaction) -> {
					for (String id : List.of("x", "y")) {
						transaction.collection(Note.class).update(id, (note) -> new Note(id, text));
					}
					return null;
				});
				this.handles.add(handle);
				this.futures.add(handle.persisted());
				this.futures.add(this.db.awaitTxId(handle.txid()));
			}
		}

		private void writeElsewhere() {
			for (int i = 0; !this.closing.get() && i < 500; i++) {
				this.stream.append(Notes.event("update", "x", "f" + i, "f" + i),
						Notes.event("update", "y", "f" + i, "f" + i));
			}
		}

		private void read() {
			long last = 0;
			while (!this.closing.get()) {
				StateSnapshot snapshot = this.db.snapshot();
				assertThat(snapshot.version()).isGreaterThanOrEqualTo(last);
				last = snapshot.version();
				whole(Notes.texts(snapshot));
				whole(Notes.texts(this.db.syncedSnapshot()));
			}
		}

		private void subscribe() {
			for (int i = 0; !this.closing.get(); i++) {
				ChangeFeed feed = (i % 2 == 0) ? ChangeFeed.SYNCED : ChangeFeed.VISIBLE;
				ChangeDelivery delivery = (i % 4 < 2) ? ChangeDelivery.EVERY : ChangeDelivery.LATEST;
				Map<String, String> sum = new TreeMap<>();
				Subscription subscription = this.db.subscribe(SubscriptionOptions.defaults()
					.withInitialState()
					.withCapacity(1_000_000)
					.withFeed(feed)
					.withDelivery(delivery), (changes) -> add(changes, sum));
				this.futures.add(subscription.completion());
				if (i % 3 == 0) {
					subscription.close();
				}
			}
		}

		private void add(ChangeSet changes, Map<String, String> sum) {
			try {
				for (Change<?> change : changes.changes()) {
					String previous = (change.previous() instanceof Note note) ? note.text() : null;
					assertThat(sum.get(change.key())).isEqualTo(previous);
					if (change.value() instanceof Note note) {
						sum.put(change.key(), note.text());
					}
					else {
						sum.remove(change.key());
					}
				}
				whole(sum);
			}
			catch (Throwable ex) {
				this.wrong.add(ex);
			}
		}

		private static void whole(Map<String, String> texts) {
			assertThat(texts.get("x")).as("of one transaction").isEqualTo(texts.get("y"));
		}

		private void check() {
			Map<String, Integer> counts = new TreeMap<>();
			this.stream.items().forEach((item) -> counts.merge(item.at("/headers/txid").asString(""), 1, Integer::sum));
			for (TransactionHandle<?> handle : this.handles) {
				TransactionOutcome outcome = handle.outcome().orElseThrow();
				int count = counts.getOrDefault(handle.txid(), 0);
				switch (outcome) {
					case COMPLETED, DURABLE -> assertThat(count).as("%s", handle).isEqualTo(2);
					case FAILED -> assertThat(count).as("%s", handle).isZero();
					case UNKNOWN -> assertThat(count).as("%s", handle).isIn(0, 2);
				}
			}
			assertThat(this.db.metrics().pendingTransactions()).isZero();
			assertThat(this.db.metrics().subscriptions()).isZero();
			assertThat(this.db.metrics().waiters()).isZero();
		}

		@Override
		public void close() {
			this.closing.set(true);
			this.db.close();
			this.threads.shutdownNow();
		}

	}

	/** What a thread does. */
	@FunctionalInterface
	private interface Task {

		void run() throws Exception;

	}

}
