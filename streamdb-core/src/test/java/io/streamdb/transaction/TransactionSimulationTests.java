package io.streamdb.transaction;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

import io.streamdb.Spec;
import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.AppendResult;
import io.streamdb.client.StreamBadRequestException;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.Operation;
import io.streamdb.schema.EntityValidationException;
import io.streamdb.store.Change;
import io.streamdb.store.StateSnapshot;
import io.streamdb.store.SyncedBatch;
import io.streamdb.store.SyncedCommit;
import io.streamdb.store.SyncedState;
import io.streamdb.transaction.TransactionFixture.Item;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Random histories of a foreign writer, aborted batches, resets, local transactions and
 * actions that are told their mutations and persist them or do not, sends, batches that
 * the server does not get, answers before and after the stream, refusals, lost answers
 * and rollbacks. After each step everything is compared with a model that works it out
 * from scratch: the synced state from the log, the visible one from the synced and the
 * pending transactions in order.
 */
@Timeout(120)
class TransactionSimulationTests {

	private static final int STEPS = 500;

	private static final URI URL = URI.create("http://unused.test/stream");

	static List<Integer> seeds() {
		List<Integer> seeds = new ArrayList<>();
		for (int seed = 1; seed <= 40; seed++) {
			seeds.add(seed);
		}
		return seeds;
	}

	@ParameterizedTest
	@Spec({ "T2.2", "T2.3", "T4.11", "T5.2" })
	@MethodSource("seeds")
	void visibleIsSyncedWithThePendingTransactionsOnTop(int seed) {
		try (TransactionFixture fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofHours(1),
				Runnable::run)) {
			Simulation simulation = new Simulation(fixture, seed);
			for (int step = 0; step < STEPS; step++) {
				String action = "nothing";
				try {
					action = simulation.step();
					simulation.check();
				}
				catch (AssertionError | RuntimeException ex) {
					throw new AssertionError("seed " + seed + " step " + step + " (" + action + ")", ex);
				}
			}
			simulation.finish(seed);
		}
	}

	/**
	 * An event of the log.
	 *
	 * @param operation the operation, or {@code null} for a reset
	 */
	private record Entry(@Nullable Operation operation, String key, String text, @Nullable String txid) {
	}

	/**
	 * One operation of a transaction, as it was called.
	 */
	private record Call(String kind, String key, String text) {

		/** Whether it deletes: what must be there, or drops what is there. */
		boolean deletes() {
			return this.kind.equals("delete") || this.kind.equals("drop");
		}

		/** Functions that do not commute, and some that do not fit every value. */
		UnaryOperator<Item> function() {
			return (item) -> {
				if (this.text.equals("picky") && item.text().length() % 3 == 0) {
					throw new IllegalArgumentException("picky");
				}
				return item
					.plus(this.text.equals("spoil") && item.text().length() > 8 ? "bad" : this.text.substring(0, 1));
			};
		}

	}

	/** A transaction as the model knows it. */
	private static final class Tx {

		private final List<Call> calls;

		private final boolean custom;

		private TransactionHandle<?> handle;

		private QueueingSender.@Nullable Message message;

		private List<ChangeEvent<?>> events = List.of();

		private @Nullable ActionContext context;

		private @Nullable Map<String, String> frozen;

		/** What was below it when it was frozen. */
		private Map<String, String> below = Map.of();

		private boolean handedOut;

		private boolean conflicted;

		private List<Tx> foundation = List.of();

		private boolean persisting;

		private boolean queued;

		private boolean answered;

		private boolean inOverlay = true;

		private boolean inLog;

		private @Nullable String acknowledged;

		private @Nullable TransactionOutcome expected;

		private final CompletableFuture<String> mutate = new CompletableFuture<>();

		Tx(List<Call> calls, boolean custom) {
			this.calls = calls;
			this.custom = custom;
		}

		boolean mayNotBeSent() {
			return this.conflicted || this.foundation.stream()
				.anyMatch((tx) -> !tx.answered
						&& (tx.expected == TransactionOutcome.FAILED || tx.expected == TransactionOutcome.UNKNOWN));
		}

	}

	private static final class Simulation {

		private final TransactionFixture fixture;

		private final Random random;

		private final List<Entry> log = new ArrayList<>();

		private final List<Tx> transactions = new ArrayList<>();

		private final List<Tx> queued = new ArrayList<>();

		/** Encoded, and neither on the server nor given back. */
		private final List<Tx> batch = new ArrayList<>();

		private final List<Tx> unanswered = new ArrayList<>();

		private final List<StateSnapshot> snapshots = new ArrayList<>();

		private final List<Map<String, String>> snapshotContents = new ArrayList<>();

		private final Map<String, String> replayed = new HashMap<>();

		/** Up to where the log is synced. */
		private int visible;

		/** Up to where it is read, which is further while a reset is loaded. */
		private int read;

		private @Nullable SyncedState load;

		private final Set<String> loadTxids = new HashSet<>();

		private int serial;

		Simulation(TransactionFixture fixture, int seed) {
			this.fixture = fixture;
			this.random = new Random(seed);
		}

		String step() {
			switch (this.random.nextInt(14)) {
				case 0, 1 -> {
					foreign();
					return "foreign writer";
				}
				case 2, 3, 4 -> {
					transact();
					return "transaction";
				}
				case 5, 6 -> {
					encode();
					return "encode";
				}
				case 7 -> {
					answer();
					return "answer";
				}
				case 8, 9 -> {
					read(this.random.nextInt(6) == 0);
					return "read";
				}
				case 10 -> {
					settleCustom();
					return "custom mutate";
				}
				case 11 -> {
					handOut();
					return "mutations";
				}
				case 12 -> {
					persist();
					return "persist";
				}
				default -> {
					if (this.random.nextInt(12) == 0) {
						this.log.add(new Entry(null, "", "", null));
						return "reset";
					}
					rollback();
					return "rollback";
				}
			}
		}

		private String key() {
			return "k" + this.random.nextInt(7);
		}

		private void foreign() {
			for (int i = this.random.nextInt(4); i >= 0; i--) {
				Operation operation = Operation.values()[this.random.nextInt(4)];
				this.log.add(new Entry(operation, key(), "f" + this.serial++, null));
			}
		}

		private void transact() {
			List<Call> calls = new ArrayList<>();
			boolean custom = this.random.nextInt(6) == 0;
			Tx tx = new Tx(calls, custom);
			int count = 1 + this.random.nextInt(4);
			OptimisticAction<Integer, Object> work = new OptimisticAction<>() {

				@Override
				public Object onMutate(Integer params, ActionContext context) {
					fill(calls, count, context.collection(Item.class));
					return "done";
				}

				@Override
				public CompletionStage<?> mutate(Integer params, ActionContext context) {
					tx.context = context;
					return tx.mutate;
				}

			};
			if (custom) {
				tx.handle = this.fixture.transactions.invoke(work, count);
			}
			else {
				OptimisticAction<Integer, Object> standard = work::onMutate;
				tx.handle = this.fixture.transactions.invoke(standard, count);
			}
			Map<String, String> before = modelVisible();
			Map<String, String> after = apply(tx, before);
			assertThat(after).as("a new transaction fits what is visible").isNotNull();
			this.transactions.add(tx);
			if (!custom && keys(tx).isEmpty()) {
				tx.expected = TransactionOutcome.COMPLETED;
				tx.inOverlay = false;
			}
			queueWhatNeedNotWait();
		}

		/** What has an earlier one on a key that may yet fail is not queued. */
		private void queueWhatNeedNotWait() {
			modelVisible();
			for (int i = 0; i < this.transactions.size(); i++) {
				Tx tx = this.transactions.get(i);
				boolean wants = (!tx.custom || tx.persisting) && tx.inOverlay && tx.expected == null;
				if (wants && !tx.queued
						&& this.transactions.subList(0, i).stream().noneMatch((earlier) -> holds(earlier, tx))) {
					tx.queued = true;
					this.queued.add(tx);
				}
			}
		}

		private static boolean holds(Tx earlier, Tx tx) {
			boolean mayFail = (earlier.custom) ? !earlier.answered : !earlier.queued;
			return earlier.inOverlay && mayFail && keys(earlier).stream().anyMatch(keys(tx)::contains);
		}

		private @Nullable Tx customInProgress() {
			List<Tx> candidates = this.transactions.stream()
				.filter((tx) -> tx.custom && tx.expected == null && !tx.persisting)
				.toList();
			return candidates.isEmpty() ? null : candidates.get(this.random.nextInt(candidates.size()));
		}

		private void handOut() {
			Tx tx = customInProgress();
			if (tx == null || tx.handedOut) {
				return;
			}
			if (tx.conflicted) {
				assertThatExceptionOfType(ConflictException.class).isThrownBy(tx.context::mutations);
				return;
			}
			Map<String, String> below = below(tx);
			tx.handedOut = true;
			tx.foundation = this.transactions.subList(0, this.transactions.indexOf(tx))
				.stream()
				.filter((earlier) -> earlier.inOverlay && !earlier.answered
						&& keys(earlier).stream().anyMatch(keys(tx)::contains))
				.toList();
			tx.frozen = effects(tx, below);
			tx.below = below;
			Map<String, String> told = new HashMap<>();
			for (Mutation<?> mutation : tx.context.mutations()) {
				told.put(mutation.key(), (mutation.value() != null) ? ((Item) mutation.value()).text() : null);
			}
			assertThat(told).as("what mutate is told").isEqualTo(tx.frozen);
		}

		private void persist() {
			Tx tx = customInProgress();
			if (tx == null || keys(tx).isEmpty()) {
				return;
			}
			tx.persisting = true;
			if (tx.mayNotBeSent()) {
				tx.inOverlay = false;
				tx.expected = TransactionOutcome.FAILED;
			}
			tx.context.persist().whenComplete((nothing, failure) -> {
				if (failure != null) {
					tx.mutate.completeExceptionally(failure);
				}
				else {
					tx.mutate.complete("ok");
				}
			});
		}

		/** Calls random operations, and expects the errors that the model foresees. */
		private void fill(List<Call> calls, int count, TransactionalCollection<Item> items) {
			Map<String, String> working = modelVisible();
			for (int i = 0; i < count; i++) {
				String[] texts = { "x", "y", "picky", "spoil" };
				String kind = List.of("insert", "update", "update", "save", "delete", "drop")
					.get(this.random.nextInt(6));
				Call call = new Call(kind, key(),
						kind.equals("update") ? texts[this.random.nextInt(4)] : "t" + this.serial++);
				String current = working.get(call.key());
				assertThat(items.find(call.key()).map(Item::text).orElse(null)).isEqualTo(current);
				try {
					switch (kind) {
						case "insert" -> items.insert(new Item(call.key(), call.text()));
						case "update" -> items.update(call.key(), call.function());
						case "save" -> items.save(new Item(call.key(), call.text()));
						case "drop" -> {
							assertThat(items.deleteIfPresent(call.key())).isEqualTo(current != null);
							if (current == null) {
								continue;
							}
						}
						default -> items.delete(call.key());
					}
				}
				catch (DuplicateKeyException ex) {
					assertThat(kind).isEqualTo("insert");
					assertThat(current).isNotNull();
					continue;
				}
				catch (UnknownKeyException ex) {
					assertThat(kind).isIn("update", "delete");
					assertThat(current).isNull();
					continue;
				}
				catch (IllegalArgumentException | EntityValidationException ex) {
					assertThat(kind).isEqualTo("update");
					continue;
				}
				calls.add(call);
				switch (kind) {
					case "update" ->
						working.put(call.key(), call.function().apply(new Item(call.key(), current)).text());
					case "delete", "drop" -> working.remove(call.key());
					default -> working.put(call.key(), call.text());
				}
			}
		}

		private void encode() {
			if (this.batch.isEmpty()) {
				int count = Math.min(this.queued.size(), 1 + this.random.nextInt(3));
				for (int i = 0; i < count; i++) {
					modelVisible();
					encodeNext();
					queueWhatNeedNotWait();
				}
			}
			else {
				settleBatch();
			}
		}

		private void encodeNext() {
			QueueingSender.Message message = this.fixture.sender.next();
			Tx tx = this.queued.stream()
				.filter((candidate) -> message.events().toString().contains(candidate.handle.txid()))
				.findFirst()
				.orElseThrow();
			this.queued.remove(tx);
			if (tx.expected != null || tx.mayNotBeSent()) {
				try {
					message.events().bytes();
					throw new AssertionError("It must not be sent any more");
				}
				catch (RolledBackException ex) {
					assertThat(tx.expected).isNotNull();
					message.answer().completeExceptionally(ex);
				}
				catch (ConflictException ex) {
					assertThat(tx.mayNotBeSent()).isTrue();
					tx.inOverlay = false;
					tx.expected = TransactionOutcome.FAILED;
					message.answer().completeExceptionally(ex);
				}
				return;
			}
			Map<String, String> below = (tx.frozen != null) ? tx.below : below(tx);
			Map<String, String> effects = (tx.frozen != null) ? tx.frozen : effects(tx, below);
			List<ChangeEvent<?>> events;
			try {
				events = TransactionFixture.decode(message.events().bytes());
			}
			catch (RuntimeException ex) {
				assertThat(ex).hasMessage("There is nothing to send");
				assertThat(effects).isEmpty();
				tx.inOverlay = false;
				tx.expected = TransactionOutcome.COMPLETED;
				message.answer().completeExceptionally(ex);
				return;
			}
			tx.frozen = effects;
			tx.below = below;
			tx.message = message;
			tx.events = events;
			Map<String, String> sent = new HashMap<>();
			for (ChangeEvent<?> event : events) {
				sent.put(event.key(), (event.value() != null) ? ((Item) event.value()).text() : null);
				boolean there = below.containsKey(event.key());
				Operation expected = (event.value() == null) ? Operation.DELETE
						: there ? Operation.UPDATE : Operation.INSERT;
				assertThat(event.headers().operation()).isEqualTo(expected);
			}
			assertThat(sent).isEqualTo(effects);
			assertThat(events).hasSize(effects.size());
			this.batch.add(tx);
		}

		/** What one append has settled is settled alike; only single ones are refused. */
		private void settleBatch() {
			List<Tx> settled = List.copyOf(this.batch);
			this.batch.clear();
			int how = this.random.nextInt(8);
			if (how == 0 && settled.size() == 1) {
				Tx tx = settled.get(0);
				tx.inOverlay = false;
				tx.expected = TransactionOutcome.FAILED;
				tx.message.answer().completeExceptionally(new StreamBadRequestException("no", URL, 400, null, null));
			}
			else if (how <= 1) {
				boolean arrived = this.random.nextBoolean();
				for (Tx tx : settled) {
					if (arrived) {
						write(tx, tx.events);
					}
					if (tx.expected == null) {
						tx.inOverlay = false;
						tx.expected = TransactionOutcome.UNKNOWN;
					}
					tx.message.answer()
						.completeExceptionally(new AppendOutcomeUnknownException("lost", URL, 0, null, null));
					queueWhatNeedNotWait();
				}
			}
			else if (how <= 3) {
				for (Tx tx : settled) {
					if (!tx.handedOut) {
						tx.frozen = null;
					}
					tx.message.events().withdrawn(null);
					queueWhatNeedNotWait();
				}
				this.fixture.sender.putBack(settled.stream().map((tx) -> tx.message).toList());
				this.queued.addAll(0, settled);
			}
			else {
				for (Tx tx : settled) {
					write(tx, tx.events);
					this.unanswered.add(tx);
				}
			}
		}

		private void write(Tx tx, List<ChangeEvent<?>> events) {
			for (ChangeEvent<?> event : events) {
				this.log.add(new Entry(event.headers().operation(), event.key(),
						(event.value() != null) ? ((Item) event.value()).text() : "", tx.handle.txid()));
			}
			tx.inLog = true;
			tx.acknowledged = offset(this.log.size());
		}

		private void answer() {
			if (!this.unanswered.isEmpty()) {
				Tx tx = this.unanswered.remove(this.random.nextInt(this.unanswered.size()));
				tx.answered = true;
				tx.message.answer().complete(new AppendResult(tx.acknowledged, false, false));
			}
		}

		/** Reads some of the log as one batch, which may break off. */
		private void read(boolean abort) {
			int end = this.read + this.random.nextInt(this.log.size() - this.read + 1);
			while (end > 0 && end < this.log.size() && this.log.get(end).txid() != null
					&& Objects.equals(this.log.get(end).txid(), this.log.get(end - 1).txid())) {
				end++;
			}
			SyncedState base = (this.load != null) ? this.load : this.fixture.store.synced();
			SyncedBatch batch = this.fixture.store.batch(base, this.load != null);
			Set<String> txids = new HashSet<>(this.loadTxids);
			for (Entry entry : this.log.subList(this.read, end)) {
				if (entry.operation() == null) {
					batch.reset();
				}
				else {
					batch.apply(TransactionFixture.event(entry.operation(), entry.key(), entry.text()));
				}
				if (entry.txid() != null && this.fixture.pipeline.isPending(entry.txid())) {
					txids.add(entry.txid());
				}
			}
			if (abort) {
				return;
			}
			SyncedCommit commit = batch.seal(offset(end));
			this.read = end;
			if (commit.isReplacing() && this.random.nextInt(3) > 0) {
				this.load = commit.state();
				this.loadTxids.addAll(txids);
				return;
			}
			this.load = null;
			this.loadTxids.clear();
			this.visible = end;
			for (Tx tx : this.transactions) {
				if (txids.contains(tx.handle.txid())) {
					tx.inOverlay = false;
					tx.expected = (tx.expected != null) ? tx.expected : TransactionOutcome.COMPLETED;
				}
			}
			SyncedState before = this.fixture.store.synced();
			this.fixture.pipeline.commitSynced(commit, txids, Map.of(), (version) -> {
			});
			for (Change<?> change : commit.changesSince(before)) {
				String previous = (change.previous() != null) ? ((Item) change.previous()).text() : null;
				assertThat(previous).isEqualTo(this.replayed.get(change.key()));
				assertThat(change.operation() == Operation.INSERT).isEqualTo(previous == null);
				if (change.operation() == Operation.DELETE) {
					this.replayed.remove(change.key());
				}
				else {
					this.replayed.put(change.key(), ((Item) change.value()).text());
				}
			}
		}

		private void settleCustom() {
			Tx tx = customInProgress();
			if (tx == null) {
				return;
			}
			boolean fails = this.random.nextBoolean();
			tx.inOverlay = false;
			tx.expected = fails ? TransactionOutcome.FAILED : TransactionOutcome.COMPLETED;
			if (fails) {
				tx.mutate.completeExceptionally(new IllegalStateException("no"));
			}
			else {
				tx.mutate.complete("ok");
			}
		}

		private void rollback() {
			List<Tx> candidates = this.transactions.stream()
				.filter((tx) -> !tx.custom && !this.batch.contains(tx) && !tx.inLog)
				.toList();
			if (candidates.isEmpty()) {
				return;
			}
			Tx tx = candidates.get(this.random.nextInt(candidates.size()));
			boolean possible = tx.expected == null;
			assertThat(tx.handle.rollback()).isEqualTo(possible);
			if (possible) {
				tx.inOverlay = false;
				tx.expected = TransactionOutcome.FAILED;
			}
		}

		/** The synced state, from the log alone. */
		private Map<String, String> modelSynced() {
			Map<String, String> state = new TreeMap<>();
			for (Entry entry : this.log.subList(0, this.visible)) {
				if (entry.operation() == null) {
					state.clear();
				}
				else if (entry.operation() == Operation.DELETE) {
					state.remove(entry.key());
				}
				else {
					state.put(entry.key(), entry.text());
				}
			}
			return state;
		}

		/**
		 * The visible state; transactions that no longer fit fail, the earliest first.
		 */
		private Map<String, String> modelVisible() {
			return state(null);
		}

		private Map<String, String> below(Tx tx) {
			return state(tx);
		}

		private Map<String, String> state(@Nullable Tx until) {
			Map<String, String> state = modelSynced();
			for (Tx tx : this.transactions) {
				if (tx == until) {
					return state;
				}
				if (!tx.inOverlay) {
					continue;
				}
				Map<String, String> next = apply(tx, state);
				if (next == null) {
					tx.inOverlay = false;
					tx.conflicted = true;
					tx.expected = (tx.custom && !tx.persisting) ? null : TransactionOutcome.FAILED;
				}
				else {
					state = next;
				}
			}
			return state;
		}

		private static @Nullable Map<String, String> apply(Tx tx, Map<String, String> before) {
			Map<String, String> effects = (tx.frozen != null) ? tx.frozen : effects(tx, before);
			if (effects == null) {
				return null;
			}
			Map<String, String> state = new TreeMap<>(before);
			effects.forEach((key, text) -> {
				if (text != null) {
					state.put(key, text);
				}
				else {
					state.remove(key);
				}
			});
			return state;
		}

		/** The keys that it changes, as far as it knows without the state. */
		private static Set<String> keys(Tx tx) {
			Map<String, String> needs = new HashMap<>();
			for (Call call : tx.calls) {
				String need = needs.computeIfAbsent(call.key(), (key) -> call.kind());
				if (call.deletes() && need.equals("insert")) {
					needs.remove(call.key());
				}
			}
			return needs.keySet();
		}

		/** What a transaction makes of each key, or null when it does not fit. */
		private static @Nullable Map<String, String> effects(Tx tx, Map<String, String> before) {
			Map<String, String> needs = new HashMap<>();
			Map<String, List<Call>> perKey = new HashMap<>();
			for (Call call : tx.calls) {
				String need = needs.computeIfAbsent(call.key(), (key) -> call.kind());
				List<Call> calls = perKey.computeIfAbsent(call.key(), (key) -> new ArrayList<>());
				if (!call.kind().equals("update")) {
					calls.clear();
				}
				calls.add(call);
				if (call.deletes() && need.equals("insert")) {
					needs.remove(call.key());
					perKey.remove(call.key());
				}
			}
			Map<String, String> effects = new HashMap<>();
			for (Map.Entry<String, List<Call>> entry : perKey.entrySet()) {
				String key = entry.getKey();
				String text = before.get(key);
				String first = needs.get(key);
				boolean fits = first.equals("save") || first.equals("drop") || first.equals("insert") == (text == null);
				try {
					if (!fits) {
						return null;
					}
					text = apply(key, text, entry.getValue());
				}
				catch (IllegalArgumentException ex) {
					return null;
				}
				if (text != null || before.containsKey(key)) {
					effects.put(key, text);
				}
			}
			return effects;
		}

		private static @Nullable String apply(String key, @Nullable String before, List<Call> calls) {
			String text = before;
			for (Call call : calls) {
				switch (call.kind()) {
					case "delete", "drop" -> text = null;
					case "update" -> text = call.function().apply(new Item(key, text)).text();
					default -> text = call.text();
				}
				if (text != null && text.contains("bad")) {
					throw new IllegalArgumentException("bad");
				}
			}
			return text;
		}

		void check() {
			Map<String, String> visibleNow = modelVisible();
			queueWhatNeedNotWait();
			assertThat(this.fixture.sender.size()).as("queued").isEqualTo(this.queued.size());
			assertThat(this.fixture.synced()).isEqualTo(modelSynced());
			assertThat(this.fixture.visible()).isEqualTo(visibleNow);
			assertThat(this.replayed).as("replayed change sets").isEqualTo(modelSynced());
			for (Tx tx : this.transactions) {
				if (!tx.custom || tx.persisting || tx.expected == null) {
					assertThat(tx.handle.outcome().orElse(null)).isEqualTo(tx.expected);
				}
			}
			if (this.random.nextInt(5) == 0) {
				this.snapshots.add(this.fixture.store.visible());
				this.snapshotContents.add(visibleNow);
			}
			if (!this.snapshots.isEmpty()) {
				int index = this.random.nextInt(this.snapshots.size());
				assertThat(TransactionFixture.texts(this.snapshots.get(index))).as("an earlier snapshot")
					.isEqualTo(this.snapshotContents.get(index));
			}
			this.transactions.removeIf((tx) -> !tx.inOverlay && tx.expected != null && !this.queued.contains(tx)
					&& !this.batch.contains(tx) && tx.handle.outcome().isPresent());
		}

		/** Lets everything settle, and expects nothing to be left. */
		void finish(int seed) {
			for (int i = 0; !this.transactions.isEmpty() || this.visible < this.log.size(); i++) {
				assertThat(i).as("seed %d: everything settles", seed).isLessThan(10_000);
				encode();
				answer();
				settleCustom();
				check();
				read(false);
				check();
			}
			assertThat(this.fixture.pipeline.pendingCount()).isZero();
			assertThat(this.fixture.visible()).isEqualTo(modelSynced());
		}

		private static String offset(int position) {
			return String.format("%08d", position + 100);
		}

	}

}
