package io.streamdb.transaction;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.random.RandomGenerator;

import io.streamdb.client.AppendResult;
import io.streamdb.client.DurableStream;
import io.streamdb.client.IdempotentProducer;
import io.streamdb.client.MessageSource;
import io.streamdb.client.ProducerOptions;
import io.streamdb.client.RecordingPause;
import io.streamdb.client.Scheduling;
import io.streamdb.client.SimulatedStream;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.Operation;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedBatch;
import io.streamdb.transaction.TransactionFixture.Item;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Transactions and actions through a real producer to a server that refuses, fails, loses
 * answers and takes requests late at random, while another writer and the reader go on.
 * Every transaction leaves its mark in what it writes, so the stream tells whose values
 * it holds: nothing of a transaction that is not in it, each that completed exactly once
 * and in every later value of its keys (SPEC T4, T5).
 * <p>
 * Everything happens on the producer's thread, within its requests, so that a seed gives
 * the same history again.
 */
@Timeout(180)
class TransactionPropertyTests {

	private static final int SEEDS = 1500;

	private static final String FENCE = "{\"headers\":{\"control\":\"fence\"}}";

	private static final Pattern MARK = Pattern.compile("<(\\d+)>");

	@Test
	void theStreamHoldsWhatTransactionsSayTheyDid() throws Exception {
		Map<TransactionOutcome, Integer> outcomes = new EnumMap<>(TransactionOutcome.class);
		Set<Class<?>> failures = new HashSet<>();
		for (int seed = 1; seed <= SEEDS; seed++) {
			try (Run run = new Run(seed)) {
				run.execute();
				run.check();
				run.transactions.forEach((tx) -> outcomes.merge(tx.handle.outcome().orElseThrow(), 1, Integer::sum));
				run.transactions.forEach((tx) -> tx.handle.persisted()
					.whenComplete((result, failure) -> failures.add((failure != null) ? failure.getClass() : null)));
			}
			catch (AssertionError | RuntimeException ex) {
				throw new AssertionError("seed " + seed, ex);
			}
		}
		assertThat(outcomes).as("the seeds bring up every end")
			.containsKeys(TransactionOutcome.COMPLETED, TransactionOutcome.FAILED, TransactionOutcome.UNKNOWN);
		assertThat(failures).as("the seeds bring up conflicts, refusals and rollbacks")
			.contains(ConflictException.class, RolledBackException.class, UnknownOutcomeException.class,
					io.streamdb.client.StreamBadRequestException.class);
	}

	/** A transaction, with the mark that it leaves. */
	private static final class Tx {

		private final int number;

		private final CompletableFuture<Void> mutate = new CompletableFuture<>();

		private TransactionHandle<?> handle;

		private ActionContext context;

		private boolean custom;

		private boolean persisting;

		/** Whether it has written its mark, and not only deleted. */
		private boolean marks;

		Tx(int number) {
			this.number = number;
		}

	}

	private static final class Run implements AutoCloseable {

		private static final List<String> OWN_KEYS = List.of("o0", "o1", "o2");

		private static final List<String> SHARED_KEYS = List.of("s0", "s1");

		private final Random random;

		private final SimulatedStream server;

		private final CompletableFuture<Runnable> task = new CompletableFuture<>();

		private final IdempotentProducer producer;

		private final StateStore store = new StateStore(TransactionFixture.SCHEMA);

		private final TransactionPipeline pipeline;

		private final Transactions entry;

		private final List<Tx> transactions = new ArrayList<>();

		private final ScheduledThreadPoolExecutor noTimers = new ScheduledThreadPoolExecutor(0) {

			@Override
			public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
				return null;
			}

		};

		private int synced;

		private int steps;

		Run(int seed) {
			this.random = new Random(seed);
			this.server = new SimulatedStream(this.random, "application/json", this.random.nextInt(80));
			this.server.statuses(400, 413, 429, 500, 503);
			this.steps = 5 + this.random.nextInt(60);
			Duration timeout = Duration.ofMillis(1 + this.random.nextInt(5000));
			DurableStream stream = new RecordingPause().on(DurableStream.builder(URI.create("http://simulated/stream")))
				.transport(this.server)
				.executor(this.task::complete)
				.random(new Random(seed))
				.build();
			this.producer = stream
				.producer(new ProducerOptions("p", 0, false, Duration.ZERO, 200 + this.random.nextInt(800),
						1 + this.random.nextInt(6), timeout)
					.withMaxInFlight(1)
					.withFence(FENCE));
			this.pipeline = new TransactionPipeline(new TransactionEnvironment(this.store, TransactionFixture.SCHEMA,
					stream, new TransactionFixture.OpenGate(), Runnable::run, Runnable::run, this.noTimers,
					Scheduling.real(), TransactionFixture.CLOCK, RandomGenerator.of("L64X128MixRandom"), timeout,
					timeout), sender());
			this.entry = new Transactions(this.pipeline);
			this.server.beforeRequest(this::meanwhile);
		}

		private TransactionSender sender() {
			return new TransactionSender() {

				@Override
				public CompletableFuture<AppendResult> send(MessageSource events) {
					return Run.this.producer.append(events);
				}

				@Override
				public void settleUnknown() {
					// The one producer does not end.
				}

				@Override
				public CompletableFuture<Void> close() {
					Run.this.producer.close();
					return Run.this.producer.completion();
				}

			};
		}

		void execute() throws Exception {
			bring();
			for (int i = this.random.nextInt(8); i >= 0; i--) {
				transact();
			}
			this.task.thenAccept((producing) -> new Thread(producing).start());
			for (int i = 0; i < 1000 && (i < 3 || this.pipeline.pendingCount() > 0); i++) {
				while (!this.producer.flush().isDone()) {
					this.producer.flush().get(30, TimeUnit.SECONDS);
				}
				// The sender waits for the lock, and so for all that is sent here.
				this.pipeline.locked(() -> {
					settleSome();
					bring();
					return null;
				});
			}
			this.server.settle();
			bring();
		}

		/** What goes on while a request is on its way. */
		private void meanwhile() {
			for (int i = this.random.nextInt(4); i > 0 && this.steps > 0; i--) {
				this.steps--;
				switch (this.random.nextInt(9)) {
					case 0, 1, 2 -> transact();
					case 3 -> this.server.append(foreign());
					case 4, 5 -> bring();
					case 6 -> {
						if (!this.transactions.isEmpty()) {
							this.transactions.get(this.random.nextInt(this.transactions.size())).handle.rollback();
						}
					}
					case 7 -> this.transactions.stream()
						.filter((tx) -> tx.custom && tx.handle.outcome().isEmpty())
						.findFirst()
						.ifPresent(this::askForMutations);
					default -> settleSome();
				}
			}
		}

		private String foreign() {
			return "{\"type\":\"item\",\"key\":\"" + SHARED_KEYS.get(this.random.nextInt(2))
					+ "\",\"value\":{\"text\":\"foreign" + this.random.nextInt(100)
					+ "\"},\"headers\":{\"operation\":\"upsert\"}}";
		}

		private void transact() {
			Tx tx = new Tx(this.transactions.size());
			String mark = "<" + tx.number + ">";
			tx.custom = this.random.nextInt(5) == 0;
			OptimisticAction<String, Object> action = new OptimisticAction<>() {

				@Override
				public Object onMutate(String params, ActionContext context) {
					tx.marks = change(context.collection(Item.class), params);
					return params;
				}

				@Override
				public CompletionStage<?> mutate(String params, ActionContext context) {
					tx.context = context;
					return tx.mutate;
				}

			};
			OptimisticAction<String, Object> standard = action::onMutate;
			tx.handle = this.entry.invoke(tx.custom ? action : standard, mark);
			this.transactions.add(tx);
		}

		/** Appends the mark to some of the process' own keys, and plays with others. */
		private boolean change(TransactionalCollection<Item> items, String mark) {
			boolean marks = false;
			for (String key : OWN_KEYS) {
				if (this.random.nextInt(3) > 0) {
					append(items, key, mark);
					marks = true;
				}
			}
			for (String key : SHARED_KEYS) {
				switch (this.random.nextInt(6)) {
					case 0 -> append(items, key, mark);
					case 1 -> items.save(new Item(key, mark));
					case 2 -> items.deleteIfPresent(key);
					default -> {
					}
				}
			}
			return marks;
		}

		private static void append(TransactionalCollection<Item> items, String key, String mark) {
			if (items.find(key).isPresent()) {
				items.update(key, (item) -> item.plus(mark));
			}
			else {
				items.insert(new Item(key, mark));
			}
		}

		private void askForMutations(Tx tx) {
			try {
				tx.context.mutations();
			}
			catch (ConflictException ex) {
				tx.mutate.completeExceptionally(ex);
			}
		}

		/** Ends custom mutates in some way. */
		private void settleSome() {
			for (Tx tx : List.copyOf(this.transactions)) {
				if (tx.custom && !tx.persisting && tx.handle.outcome().isEmpty() && this.random.nextBoolean()) {
					switch (this.random.nextInt(4)) {
						case 0 -> tx.mutate.completeExceptionally(new IllegalStateException("declined"));
						case 1 -> tx.mutate.complete(null);
						default -> {
							tx.persisting = true;
							tx.context.persist().whenComplete((nothing, failure) -> {
								if (failure != null) {
									tx.mutate.completeExceptionally(failure);
								}
								else {
									tx.mutate.complete(null);
								}
							});
						}
					}
				}
			}
		}

		/** Lets the reader read to the tail. */
		private void bring() {
			List<String> messages = this.server.messages();
			SyncedBatch batch = this.store.batch(this.store.synced(), false);
			Set<String> own = new HashSet<>();
			for (ChangeEvent<?> event : events(messages.subList(this.synced, messages.size()))) {
				batch.apply(event);
				String txid = event.headers().txid();
				if (txid != null && this.pipeline.isPending(txid)) {
					own.add(txid);
				}
			}
			this.synced = messages.size();
			this.pipeline.commitSynced(batch.seal(String.format("%06d_x", this.synced)), own, Map.of(), (version) -> {
			});
		}

		private static List<ChangeEvent<?>> events(List<String> messages) {
			String changes = messages.stream()
				.filter((message) -> !message.equals(FENCE))
				.collect(Collectors.joining(","));
			return TransactionFixture.decode(changes.getBytes(StandardCharsets.UTF_8));
		}

		void check() {
			assertThat(this.transactions).allMatch((tx) -> tx.handle.outcome().isPresent());
			Map<String, Tx> byTxid = new HashMap<>();
			this.transactions.forEach((tx) -> byTxid.put(tx.handle.txid(), tx));
			List<ChangeEvent<?>> log = events(this.server.messages());
			List<Integer> arrived = new ArrayList<>();
			Map<String, String> state = new TreeMap<>();
			Map<String, List<Integer>> completedMarks = new TreeMap<>();
			for (ChangeEvent<?> event : log) {
				Tx writer = byTxid.get(String.valueOf(event.headers().txid()));
				if (writer != null && (arrived.isEmpty() || arrived.get(arrived.size() - 1) != writer.number)) {
					arrived.add(writer.number);
				}
				if (event.headers().operation() == Operation.DELETE) {
					state.remove(event.key());
					continue;
				}
				String text = ((Item) event.value()).text();
				state.put(event.key(), text);
				List<Integer> marks = marks(text);
				assertThat(arrived).as("the marks of %s", event).containsAll(marks);
				assertThat(marks).doesNotHaveDuplicates();
				if (OWN_KEYS.contains(event.key())) {
					List<Integer> completed = completedMarks.computeIfAbsent(event.key(), (key) -> new ArrayList<>());
					if (isCompleted(writer)) {
						completed.add(writer.number);
					}
					assertThat(marks.stream().filter((mark) -> isCompleted(this.transactions.get(mark))))
						.as("updates that are not lost in %s", event)
						.containsExactlyElementsOf(completed);
				}
			}
			assertThat(arrived).as("each at most once, and in one piece").doesNotHaveDuplicates();
			for (Tx tx : this.transactions) {
				switch (tx.handle.outcome().orElseThrow()) {
					case FAILED -> assertThat(arrived).as("failed").doesNotContain(tx.number);
					case COMPLETED -> {
						if (tx.custom && !tx.persisting) {
							assertThat(arrived).as("left to another system").doesNotContain(tx.number);
						}
						else if (tx.marks) {
							assertThat(arrived).as("completed").contains(tx.number);
						}
					}
					default -> {
						// An unknown outcome may be either.
					}
				}
			}
			assertThat(TransactionFixture.texts(this.store.syncedSnapshot())).isEqualTo(state);
			assertThat(TransactionFixture.texts(this.store.visible())).isEqualTo(state);
		}

		private static boolean isCompleted(Tx tx) {
			return tx.handle.outcome().orElseThrow() == TransactionOutcome.COMPLETED;
		}

		private static List<Integer> marks(String text) {
			List<Integer> marks = new ArrayList<>();
			Matcher matcher = MARK.matcher(text);
			while (matcher.find()) {
				marks.add(Integer.parseInt(matcher.group(1)));
			}
			return marks;
		}

		@Override
		public void close() {
			this.producer.close();
			this.noTimers.shutdownNow();
		}

	}

}
