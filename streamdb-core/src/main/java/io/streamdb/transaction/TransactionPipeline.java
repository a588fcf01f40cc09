package io.streamdb.transaction;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

import io.streamdb.client.AppendResult;
import io.streamdb.client.DurableStreamException;
import io.streamdb.client.StreamGoneException;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.InvalidEvent;
import io.streamdb.store.SyncedCommit;
import io.streamdb.transaction.PendingTransactions.Conflict;
import org.jspecify.annotations.Nullable;

/**
 * The way of transactions from their commit until they have settled. Owns the commit
 * lock: whoever publishes a root holds it, for a commit of the stream as for one of a
 * transaction, so the overlay always fits the synced state below it.
 * <p>
 * A committed transaction is shown at once and queued for sending, both under the lock,
 * so that the order of the overlay is the order of sending. It is frozen when the sender
 * asks for its events, and no longer when the sender gives them back because they are
 * certainly not on the server. The answer to a transaction is worked in before the events
 * of a later batch are asked for, so nothing is ever sent that was made of the values of
 * a transaction that has failed. It leaves the overlay in the very publication whose
 * synced state contains it, known by its txid or by the acknowledged offset, whichever is
 * seen first. Part of the engine; applications use {@link io.streamdb.StreamDb}.
 */
public final class TransactionPipeline {

	/** How many transactions may be pending at once. */
	static final int LIMIT = 100_000;

	private final TransactionEnvironment environment;

	private final TransactionSender sender;

	private final AmbientTransactions ambient = new AmbientTransactions();

	private final ReentrantLock lock;

	private final OverlayPublisher overlay;

	private final SendOrder order = new SendOrder();

	/** Whose custom {@code mutate} runs on a thread. */
	private final ThreadLocal<@Nullable PendingTransaction> mutating = new ThreadLocal<>();

	private final UnsettledTransactions unsettled;

	private final AcknowledgedTransactions acknowledged = new AcknowledgedTransactions();

	private final DeadlineQueue sendDeadlines;

	private final DeadlineQueue visibleDeadlines;

	private final Map<String, PendingTransaction> byTxid = new ConcurrentHashMap<>();

	/** What is to be done when the lock is released; {@code null} when it is free. */
	private @Nullable Aftermath aftermath;

	private boolean closed;

	/** How often another stream has taken the place of the one that is followed. */
	private int streams;

	/** Whether the published state is still of the stream before. */
	private boolean outdated;

	private volatile StreamWitness witness = new StreamWitness() {

		@Override
		public void missing() {
			// Nobody has to know.
		}

		@Override
		public void behind() {
			sameStream();
		}

	};

	/**
	 * Creates the pipeline of a database.
	 * @param environment what it works with
	 */
	public TransactionPipeline(TransactionEnvironment environment) {
		this(environment, new ProducerSender(environment));
	}

	TransactionPipeline(TransactionEnvironment environment, TransactionSender sender) {
		this.environment = environment;
		this.sender = sender;
		this.lock = environment.scheduling().newLock();
		this.unsettled = new UnsettledTransactions(this.lock);
		this.overlay = new OverlayPublisher(environment.store(), this.ambient, this.order::passed);
		this.sendDeadlines = new DeadlineQueue(this.lock, environment.scheduler(), environment.scheduling(),
				environment.transactionTimeout(), this::expire);
		this.visibleDeadlines = new DeadlineQueue(this.lock, environment.scheduler(), environment.scheduling(),
				environment.visibleTimeout(), this::notVisibleInTime);
	}

	/**
	 * Sets who is told what the answers to appends say of the stream.
	 * @param told the witness
	 */
	public void tell(StreamWitness told) {
		this.witness = told;
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
		return this.byTxid.containsKey(txid);
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
		exclusively((after) -> {
			Set<PendingTransaction> synced = new LinkedHashSet<>();
			for (String txid : txids) {
				PendingTransaction transaction = this.byTxid.get(txid);
				if (transaction != null) {
					synced.add(transaction);
				}
			}
			String offset = commit.state().offset();
			if (offset != null) {
				synced.addAll(this.acknowledged.removeUpTo(offset));
			}
			Set<PendingTransaction> leaving = new LinkedHashSet<>(synced);
			if (this.outdated) {
				this.outdated = false;
				leaving.addAll(this.acknowledged.removeInDoubt());
			}
			long version = this.overlay.commit(commit, leaving, (conflict) -> conflicted(conflict, after));
			synced.forEach((transaction) -> seen(transaction, invalid.get(transaction.txid()), after));
			leaving.removeAll(synced);
			leaving.forEach((transaction) -> abandoned(transaction, after));
			published.accept(version);
		});
	}

	/**
	 * Notes that another stream has taken the place of the one that was followed, and
	 * that the next commit is the first one of it (SPEC M10). What only the old one has
	 * acknowledged leaves the overlay with that commit; what is not sent yet, goes to the
	 * new one.
	 */
	public void streamReplaced() {
		exclusively((after) -> {
			this.streams++;
			this.outdated = true;
			this.acknowledged.doubtAll();
		});
	}

	/**
	 * Completes the transactions that were acknowledged at offsets that are published,
	 * because it has turned out that this is still the same stream.
	 */
	public void sameStream() {
		exclusively((after) -> {
			String offset = this.environment.store().synced().offset();
			if (offset != null && !this.outdated) {
				for (PendingTransaction transaction : this.acknowledged.removeUpTo(offset)) {
					takeOut(transaction, after);
					seen(transaction, null, after);
				}
			}
		});
	}

	/**
	 * Ends a transaction that only a stream has which is no more.
	 */
	private void abandoned(PendingTransaction transaction, Aftermath after) {
		this.visibleDeadlines.remove(transaction);
		delivered(transaction, TransactionOutcome.DURABLE,
				new NotYetVisibleException(transaction + " was acknowledged at offset "
						+ transaction.acknowledgedOffset() + " by a stream that was deleted since, and the one that"
						+ " was created in its place does not have it; decide anew whether it is wanted", null),
				after);
		this.byTxid.remove(transaction.txid());
	}

	/**
	 * Runs something while nothing is published.
	 * @param <X> its result
	 * @param work what to run; quick
	 * @return the result
	 */
	public <X> X locked(Supplier<X> work) {
		this.lock.lock();
		try {
			return work.get();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns how many transactions are not settled.
	 * @return the count
	 */
	public long pendingCount() {
		return locked(() -> (long) this.unsettled.size());
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
		this.lock.lock();
		try {
			this.unsettled.awaitNone(timeout, progress);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.lock.unlock();
		}
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
		exclusively((after) -> this.closed = true);
		CompletableFuture<Void> ended = this.sender.close();
		exclusively((after) -> {
			// From the latest on, so that none is applied again on top of one that goes.
			List<PendingTransaction> ending = new ArrayList<>(this.unsettled.all());
			Collections.reverse(ending);
			for (PendingTransaction transaction : ending) {
				SendFailure end = SendFailure.closed(transaction);
				if (end.outcome() != TransactionOutcome.DURABLE) {
					takeOut(transaction, after);
				}
				settle(transaction, end.outcome(), end.exception(), after);
			}
		});
		return ended;
	}

	/**
	 * Runs something under the commit lock, and what remains to be done without it.
	 */
	void exclusively(Consumer<Aftermath> work) {
		Aftermath after;
		this.lock.lock();
		Aftermath outer = this.aftermath;
		try {
			after = (outer != null) ? outer : new Aftermath();
			this.aftermath = after;
			work.accept(after);
			if (outer == null) {
				sendFreed();
			}
		}
		finally {
			this.aftermath = outer;
			this.lock.unlock();
		}
		if (outer == null) {
			after.run();
		}
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
				this.sendDeadlines.add(transaction);
				send(transaction);
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
			this.overlay.add(transaction, (conflict) -> conflicted(conflict, after));
			if (!transaction.isShown()) {
				return false;
			}
		}
		else if (!transaction.isCustom()) {
			settle(transaction, TransactionOutcome.COMPLETED, null, after);
			return false;
		}
		this.byTxid.put(transaction.txid(), transaction);
		return true;
	}

	/**
	 * Queues a transaction for sending, as soon as there is nothing that it has to wait
	 * for; the order of queueing is the order of sending. The sender cannot encode it
	 * before the lock is free, so it finds a listener for its answer, and works that in
	 * before it encodes anything else.
	 */
	private void send(PendingTransaction transaction) {
		if (this.order.admits(transaction, this.overlay.obstacle(transaction))) {
			transaction.queue();
			this.sender.send(new TransactionMessage(this, transaction))
				.whenComplete((result, failure) -> answered(transaction, result, unwrapped(failure)));
		}
	}

	private void sendFreed() {
		for (PendingTransaction freed = this.order.next(); freed != null; freed = this.order.next()) {
			if (!this.closed && freed.isShown() && !freed.isDelivered()) {
				send(freed);
			}
		}
	}

	/**
	 * Sends the mutations of a custom {@code mutate} that asks for it.
	 */
	void persist(PendingTransaction transaction) {
		this.sendDeadlines.add(transaction);
		send(transaction);
	}

	/**
	 * Freezes a transaction and encodes it, when it is about to be sent.
	 */
	byte[] encode(PendingTransaction transaction) {
		List<ChangeEvent<?>> events = locked(() -> {
			ConflictException conflict = transaction.conflict();
			if (conflict != null) {
				throw conflict;
			}
			if (this.closed || !transaction.isShown() || transaction.isDelivered()) {
				throw SendFailure.rolledBack(transaction, null).exception();
			}
			transaction.send(this.streams);
			Instant now = this.environment.clock().instant().truncatedTo(ChronoUnit.MILLIS);
			return transaction.events(now.toString());
		});
		if (events.isEmpty()) {
			throw new NothingToSendException();
		}
		try {
			return EventBytes.readable(events, this.environment.schema());
		}
		catch (TransactionException ex) {
			throw ex;
		}
		catch (RuntimeException | Error ex) {
			throw new TransactionException("The events of " + transaction + " could not be encoded: " + ex.getMessage(),
					ex);
		}
	}

	/**
	 * Takes back that a transaction was sent: its mutations follow the stream again, and
	 * it can be rolled back.
	 * @param transaction the transaction, which is certainly not on the server
	 * @param cause why it is not, or {@code null}
	 */
	void withdrawn(PendingTransaction transaction, @Nullable DurableStreamException cause) {
		exclusively((after) -> {
			if (!transaction.isSent()) {
				return;
			}
			if (transaction.settlement().isSettled()) {
				// Its mutate has failed meanwhile, and now nothing is in the stream.
				delivered(transaction, TransactionOutcome.FAILED,
						SendFailure.rolledBack(transaction, cause).exception(), after);
				return;
			}
			transaction.withdraw();
			if (transaction.isOverdue()) {
				timeOut(transaction, cause, after);
			}
			else {
				this.overlay.reapply(transaction, (conflict) -> conflicted(conflict, after));
			}
		});
	}

	private void answered(PendingTransaction transaction, @Nullable AppendResult result, @Nullable Throwable failure) {
		exclusively((after) -> {
			this.sendDeadlines.remove(transaction);
			if (transaction.isSeen() || (this.closed && transaction.settlement().isSettled())) {
				return;
			}
			if (result != null) {
				acknowledged(transaction, result.offset(), after);
			}
			else if (failure instanceof NothingToSendException) {
				takeOut(transaction, after);
				delivered(transaction, TransactionOutcome.COMPLETED, null, after);
			}
			else {
				if (failure instanceof StreamNotFoundException || failure instanceof StreamGoneException) {
					after.add(this.witness::missing);
				}
				SendFailure refusal = SendFailure.of(transaction, failure, this.environment.transactionTimeout());
				if (!transaction.isCustom()) {
					takeOut(transaction, after);
				}
				delivered(transaction, refusal.outcome(), refusal.exception(), after);
			}
		});
	}

	private void acknowledged(PendingTransaction transaction, String offset, Aftermath after) {
		if (transaction.streamSentTo() == this.streams) {
			this.acknowledged.add(transaction, offset);
		}
		else {
			this.acknowledged.addInDoubt(transaction, offset);
		}
		this.order.passed(transaction);
		this.visibleDeadlines.add(transaction);
		String syncedOffset = this.environment.store().synced().offset();
		if (syncedOffset != null && syncedOffset.compareTo(offset) >= 0 && !this.outdated
				&& !this.acknowledged.isInDoubt(transaction)) {
			// What is read up to there does not hold it: that is hardly the same stream.
			after.add(this.witness::behind);
		}
	}

	/**
	 * Ends a transaction that could not be sent in time; one that may be on its way when
	 * it turns out not to be.
	 */
	private void expire(PendingTransaction transaction) {
		exclusively((after) -> {
			if (transaction.isSent()) {
				transaction.overdue();
			}
			else if (!transaction.settlement().isSettled()) {
				timeOut(transaction, null, after);
			}
		});
	}

	private void timeOut(PendingTransaction transaction, @Nullable DurableStreamException cause, Aftermath after) {
		SendFailure end = SendFailure.timedOut(transaction, this.environment.transactionTimeout(), cause);
		if (transaction.isCustom()) {
			delivered(transaction, end.outcome(), end.exception(), after);
		}
		else {
			fail(transaction, end.outcome(), end.exception(), after);
		}
	}

	/**
	 * Ends the waiting for an acknowledged transaction. Its overlay stays: what was
	 * acknowledged is never rolled back.
	 */
	private void notVisibleInTime(PendingTransaction transaction) {
		exclusively((after) -> {
			if (transaction.isSeen()) {
				return;
			}
			delivered(transaction, TransactionOutcome.DURABLE, notYetVisible(transaction), after);
			if (this.acknowledged.isInDoubt(transaction) && !this.outdated) {
				// The stream that has it is no more, or it would have come.
				this.acknowledged.remove(transaction);
				takeOut(transaction, after);
				this.byTxid.remove(transaction.txid());
			}
		});
	}

	NotYetVisibleException notYetVisible(PendingTransaction transaction) {
		return new NotYetVisibleException(transaction + " is durable at offset " + transaction.acknowledgedOffset()
				+ ", and was not visible here within " + this.environment.visibleTimeout() + " (synced up to "
				+ this.environment.store().synced().offset() + "); do not repeat it", null);
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
				SendFailure end = SendFailure.rolledBack(transaction, null);
				fail(transaction, end.outcome(), end.exception(), after);
			}
		});
		return possible[0];
	}

	/**
	 * Notes that the synced state contains a transaction, which is out of the overlay, or
	 * all of it but what was invalid.
	 */
	private void seen(PendingTransaction transaction, @Nullable InvalidEvent invalid, Aftermath after) {
		transaction.see();
		this.visibleDeadlines.remove(transaction);
		this.byTxid.remove(transaction.txid());
		this.acknowledged.remove(transaction);
		if (transaction.isCustom() && !transaction.isPersisting()) {
			return;
		}
		if (invalid == null) {
			delivered(transaction, TransactionOutcome.COMPLETED, null, after);
		}
		else {
			delivered(transaction, TransactionOutcome.DURABLE,
					new NotYetVisibleException(transaction + " is in the stream, but what came back of "
							+ invalid.type() + " '" + invalid.key() + "' is not valid, and was left out here: "
							+ invalid.reason() + "; do not repeat it, and find out what changes it on its way",
							invalid.cause()),
					after);
		}
	}

	/**
	 * Ends the work of the default persister: settles the transaction, or tells the
	 * custom {@code mutate} that has asked for it, and settles with that one.
	 */
	void delivered(PendingTransaction transaction, TransactionOutcome outcome, @Nullable RuntimeException failure,
			Aftermath after) {
		if (transaction.isDelivered()) {
			return;
		}
		transaction.delivered();
		if (!transaction.isCustom()) {
			settle(transaction, outcome, failure, after);
			return;
		}
		after.add(() -> transaction.tellDelivery(failure));
		if (transaction.isMutated()) {
			if (transaction.acknowledgedOffset() == null) {
				takeOut(transaction, after);
			}
			settle(transaction, outcome, failure, after);
		}
	}

	/**
	 * Ends a transaction that has left the overlay because it did not fit any more. Where
	 * a custom {@code mutate} is running, that goes on, and cannot persist it.
	 */
	private void conflicted(Conflict conflict, Aftermath after) {
		PendingTransaction transaction = conflict.transaction();
		if (!transaction.isStarted()) {
			settle(transaction, TransactionOutcome.FAILED, conflict.failure(), after);
			return;
		}
		transaction.conflict(conflict.failure());
		if (transaction.isPersisting()) {
			delivered(transaction, TransactionOutcome.FAILED, conflict.failure(), after);
		}
	}

	/**
	 * Takes a transaction out of the overlay and settles it.
	 */
	void fail(PendingTransaction transaction, TransactionOutcome outcome, RuntimeException failure, Aftermath after) {
		takeOut(transaction, after);
		settle(transaction, outcome, failure, after);
	}

	void takeOut(PendingTransaction transaction, Aftermath after) {
		this.overlay.remove(transaction, (conflict) -> conflicted(conflict, after));
	}

	void settle(PendingTransaction transaction, TransactionOutcome outcome, @Nullable RuntimeException failure,
			Aftermath after) {
		if (!transaction.isShown()) {
			this.byTxid.remove(transaction.txid());
		}
		this.sendDeadlines.remove(transaction);
		this.unsettled.settle(transaction, outcome, failure, after);
	}

	static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
		Throwable cause = (failure instanceof CompletionException) ? failure.getCause() : null;
		return (cause != null) ? cause : failure;
	}

	/**
	 * Thrown to the sender when the transaction comes to nothing.
	 */
	private static final class NothingToSendException extends RuntimeException {

		NothingToSendException() {
			super("There is nothing to send", null, false, false);
		}

	}

}
