package io.streamdb.transaction;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

import io.streamdb.event.InvalidEvent;
import io.streamdb.store.SyncedCommit;
import org.jspecify.annotations.Nullable;

/**
 * The way of transactions from their commit until they have settled: the {@link Outbox}
 * sends them, and {@link TransactionEndings} ends them. All of it under the commit lock,
 * so the overlay always fits the synced state below it.
 * <p>
 * A committed transaction is shown at once and queued for sending, both under the lock,
 * so that the order of the overlay is the order of sending. It leaves the overlay in the
 * very publication whose synced state contains it, known by its txid or by the
 * acknowledged offset, whichever is seen first. Part of the engine; applications use
 * {@link io.streamdb.StreamDb}.
 */
public final class TransactionPipeline {

	/** How many transactions may be pending at once. */
	static final int LIMIT = 100_000;

	private final TransactionEnvironment environment;

	private final TransactionSender sender;

	private final AmbientTransactions ambient = new AmbientTransactions();

	private final CommitLock lock;

	private final OverlayPublisher overlay;

	/** Whose custom {@code mutate} runs on a thread. */
	private final ThreadLocal<@Nullable PendingTransaction> mutating = new ThreadLocal<>();

	private final UnsettledTransactions unsettled;

	private final TransactionEndings endings;

	private final Outbox outbox;

	private boolean closed;

	/**
	 * Creates the pipeline of a database.
	 * @param environment what it works with
	 */
	public TransactionPipeline(TransactionEnvironment environment) {
		this(environment, new ProducerSender(environment));
	}

	TransactionPipeline(TransactionEnvironment environment, TransactionSender sender) {
		SendOrder order = new SendOrder();
		this.environment = environment;
		this.sender = sender;
		this.lock = new CommitLock(environment.scheduling(), this::sendFreed, this::released);
		this.overlay = new OverlayPublisher(environment.store(), this.ambient, order::passed);
		this.unsettled = new UnsettledTransactions(this.lock);
		this.endings = new TransactionEndings(environment, this.lock, this.overlay, order, this.unsettled);
		this.outbox = new Outbox(environment, sender, this.lock, this.overlay, order, this.endings);
	}

	private void sendFreed() {
		this.outbox.sendFreed();
	}

	private void released() {
		this.overlay.released();
	}

	TransactionEndings endings() {
		return this.endings;
	}

	/**
	 * Sets who is told what changes in the visible state.
	 * @param told the feed
	 */
	public void tell(VisibleFeed told) {
		this.overlay.tell(told);
	}

	TransactionEnvironment environment() {
		return this.environment;
	}

	AmbientTransactions ambient() {
		return this.ambient;
	}

	/**
	 * Returns whether a txid belongs to a transaction of this process that the stream has
	 * not brought yet. Takes no lock.
	 * @param txid the txid
	 * @return whether it is one of ours
	 */
	public boolean isPending(String txid) {
		return this.endings.isPending(txid);
	}

	/**
	 * Publishes a commit of the stream: its synced state, and in the same step the
	 * overlay without the transactions that it contains and with the others applied
	 * again.
	 * @param commit the commit
	 * @param txids the txids in it that {@linkplain #isPending(String) are pending}
	 * @param invalid of those among them with events that were left out the first such
	 * event
	 * @param published called with the new version when the state is visible, still under
	 * the lock: it must be quick
	 */
	public void commitSynced(SyncedCommit commit, Collection<String> txids, Map<String, InvalidEvent> invalid,
			LongConsumer published) {
		exclusively((after) -> published.accept(this.endings.commitSynced(commit, txids, invalid, after)));
	}

	/**
	 * Sets who is told what the answers to appends say of the stream.
	 * @param told the witness
	 */
	public void tell(StreamWitness told) {
		this.endings.tell(told);
	}

	/**
	 * Notes that another stream has taken the place of the one that was followed, and
	 * that the next commit is the first one of it (SPEC M10). What only the old one has
	 * acknowledged leaves the overlay with that commit; what is not sent yet, goes to the
	 * new one.
	 */
	public void streamReplaced() {
		exclusively((after) -> this.endings.streamReplaced());
	}

	/**
	 * Notes that the stream has begun to come from its start, or from that of what is
	 * left of it (SPEC M10). What was sent before may be a part of that without its txid.
	 */
	public void streamBegun() {
		exclusively((after) -> this.endings.streamBegun());
	}

	/**
	 * Notes that a batch of the stream has begun to come, or that it does not any more.
	 * Takes no lock; for one thread at a time.
	 * @param begun whether one comes
	 */
	public void batch(boolean begun) {
		this.endings.reading().batch(begun);
	}

	/**
	 * Notes that the stream is about to be read without knowing which incarnation it is:
	 * none that has acknowledged anything by now is later than that.
	 */
	public void streamAsked() {
		exclusively((after) -> this.endings.streamAsked());
	}

	/**
	 * Notes which incarnation of the stream is read from now on.
	 * @param incarnation its name
	 */
	public void streamNamed(String incarnation) {
		exclusively((after) -> this.endings.streamNamed(incarnation));
	}

	/**
	 * Runs something while nothing is published.
	 * @param <X> its result
	 * @param work what to run; quick
	 * @return the result
	 */
	public <X extends @Nullable Object> X locked(Supplier<X> work) {
		return this.lock.locked(work);
	}

	/**
	 * Returns how many transactions are not settled.
	 * @return the count
	 */
	public long pendingCount() {
		return locked(() -> (long) this.unsettled.size());
	}

	/**
	 * Returns how many transactions are shown on top of the synced state: also those that
	 * are settled, as long as the stream has not brought them.
	 * @return the count
	 */
	public long shownCount() {
		return locked(() -> (long) this.overlay.size());
	}

	/**
	 * Returns how many transactions completed.
	 * @return the count since the start
	 */
	public long completedCount() {
		return this.unsettled.completedCount();
	}

	/**
	 * Returns how many transactions failed.
	 * @return the count since the start
	 */
	public long failedCount() {
		return this.unsettled.failedCount();
	}

	/**
	 * Returns how many transactions ended with an unknown outcome.
	 * @return the count since the start
	 */
	public long unknownCount() {
		return this.unsettled.unknownCount();
	}

	/**
	 * Waits until every transaction has settled (SPEC M13).
	 * @param timeout how long at most
	 * @param progress whether waiting can help; asked again after
	 * {@link #progressChanged}
	 */
	public void drain(Duration timeout, BooleanSupplier progress) {
		this.lock.locked(() -> {
			try {
				this.unsettled.awaitNone(timeout, progress);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return null;
		});
	}

	/**
	 * Makes {@link #drain} ask again whether waiting can help.
	 */
	public void progressChanged() {
		exclusively((after) -> this.unsettled.wake());
	}

	/**
	 * Settles everything: what was not sent is rolled back, what was sent and not
	 * answered is of unknown outcome (SPEC M13). Refuses commits from then on.
	 * @return completes when the thread that sends has ended
	 */
	public CompletableFuture<Void> close() {
		exclusively((after) -> {
			this.closed = true;
			this.outbox.close();
			// All in one step, and before the sender fails them one by one: none is
			// applied again without those below it that go too.
			this.endings.closed(this.unsettled.all()
				.stream()
				.filter((transaction) -> !transaction.isSent() && !transaction.isStarted())
				.toList(), after);
		});
		CompletableFuture<Void> ended = this.sender.close();
		exclusively((after) -> this.endings.closed(this.unsettled.all(), after));
		return ended;
	}

	/**
	 * Runs something under the commit lock, and what remains to be done without it.
	 */
	void exclusively(Consumer<Aftermath> work) {
		this.lock.exclusively(work);
	}

	void checkMayWait() {
		if (this.lock.isHeldByCurrentThread()) {
			throw new IllegalTransactionStateException("An update function must be pure: it must not wait", null);
		}
		this.environment.gate().checkMayWait();
	}

	/**
	 * Shows a transaction and sends it by the default persister.
	 * @param transaction the transaction, with its mutations
	 */
	void commit(PendingTransaction transaction) {
		checkMayCommit();
		exclusively((after) -> {
			if (show(transaction, after)) {
				this.outbox.add(transaction);
			}
		});
	}

	/**
	 * Shows a transaction that a custom {@code mutate} persists.
	 * @param transaction the transaction, with its mutations
	 * @param action the action, for people
	 * @return whether to run {@code mutate}
	 */
	boolean commitCustom(PendingTransaction transaction, String action) {
		checkMayCommit();
		transaction.custom(action);
		boolean[] shown = new boolean[1];
		exclusively((after) -> shown[0] = show(transaction, after));
		return shown[0];
	}

	/**
	 * Calls the custom {@code mutate} of a transaction. What it commits on this thread
	 * does not wait for it.
	 * @param <X> its result
	 * @param transaction the transaction
	 * @param mutate the call
	 * @return the result
	 */
	<X extends @Nullable Object> X callMutate(PendingTransaction transaction, Supplier<X> mutate) {
		PendingTransaction outer = this.mutating.get();
		this.mutating.set(transaction);
		try {
			return mutate.get();
		}
		finally {
			if (outer != null) {
				this.mutating.set(outer);
			}
			else {
				this.mutating.remove();
			}
		}
	}

	/**
	 * Tells a custom {@code mutate} its mutations, which stay like that from then on.
	 * @param transaction the transaction
	 * @param collected what they did when they were collected
	 * @return the mutations
	 * @throws ConflictException when they did not fit any more before they were told
	 */
	List<Mutation<?>> handOut(PendingTransaction transaction, List<Mutation<?>> collected) {
		return locked(() -> {
			ConflictException conflict = transaction.conflict();
			if (conflict != null && !transaction.isHandedOut()) {
				throw conflict;
			}
			if (transaction.isStarted() && transaction.isShown() && !transaction.isHandedOut()) {
				transaction.handOut(this.overlay.below(transaction));
			}
			return transaction.describe(collected);
		});
	}

	private void checkMayCommit() {
		if (this.lock.isHeldByCurrentThread()) {
			throw new IllegalTransactionStateException("An update function must be pure: it must not commit", null);
		}
	}

	/**
	 * Makes a transaction part of the overlay.
	 * @return whether it is to be persisted
	 */
	private boolean show(PendingTransaction transaction, Aftermath after) {
		if (this.closed) {
			throw new IllegalStateException("StreamDB closed: no more transactions are taken");
		}
		if (Math.max(this.unsettled.size(), this.overlay.size()) >= LIMIT) {
			throw new TransactionException(
					"There are " + LIMIT
							+ " pending transactions: wait for some of them, or slow down until the server keeps up",
					null);
		}
		if (transaction.settlement().isSettled()) {
			return false;
		}
		this.unsettled.add(transaction);
		transaction.startedBy(this.mutating.get());
		if (!transaction.mutations().isEmpty()) {
			this.overlay.add(transaction, (conflict) -> this.endings.conflicted(conflict, after));
			if (!transaction.isShown()) {
				return false;
			}
		}
		else if (!transaction.isCustom()) {
			this.endings.settle(transaction, TransactionOutcome.COMPLETED, null, after);
			return false;
		}
		this.endings.expect(transaction);
		return true;
	}

	/**
	 * Sends the mutations of a custom {@code mutate} that asks for it.
	 */
	void persist(PendingTransaction transaction, Aftermath after) {
		if (this.closed) {
			SendFailure end = SendFailure.closedBeforeItWasSent(transaction);
			this.endings.delivered(transaction, end.outcome(), end.exception(), after);
		}
		else {
			this.outbox.add(transaction);
		}
	}

	/**
	 * Rolls a transaction back if it was not sent.
	 * @param transaction the transaction
	 * @return whether it was rolled back
	 */
	boolean rollback(PendingTransaction transaction) {
		boolean[] possible = new boolean[1];
		exclusively((after) -> {
			possible[0] = !transaction.isSent() && !transaction.isStarted() && !transaction.settlement().isSettled();
			if (possible[0]) {
				this.endings.fail(transaction, SendFailure.rolledBack(transaction, null), after);
			}
		});
		return possible[0];
	}

}
