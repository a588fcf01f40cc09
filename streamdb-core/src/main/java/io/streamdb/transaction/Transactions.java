package io.streamdb.transaction;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.AppendResult;
import io.streamdb.client.DurableStream;
import io.streamdb.client.DurableStreamException;
import io.streamdb.client.StreamConnectionException;
import io.streamdb.client.StreamRateLimitedException;
import io.streamdb.client.StreamServerException;
import io.streamdb.client.StreamTimeoutException;
import io.streamdb.event.ChangeEvent;
import io.streamdb.store.OverlayEdit;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedCommit;
import io.streamdb.transaction.DefaultTransaction.Savepoint;
import io.streamdb.transaction.PendingTransactions.Conflict;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of one database, from their commit until they have settled. Owns the
 * commit lock: whoever publishes a root holds it, for a commit of the stream as for one
 * of a transaction, so the overlay always fits the synced state below it.
 * <p>
 * A committed transaction is shown at once and queued for sending, both under the lock,
 * so that the order of the overlay is the order of sending. It is frozen when the sender
 * asks for its events. It leaves the overlay in the very publication whose synced state
 * contains it, known by its txid or by the acknowledged offset, whichever is seen first.
 * Part of the engine; applications use {@link io.streamdb.StreamDb}.
 */
public final class Transactions {

	/** How many transactions may be pending at once. */
	static final int LIMIT = 100_000;

	private final TransactionEnvironment environment;

	private final TransactionSender sender;

	private final AmbientTransactions ambient = new AmbientTransactions();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition allSettled = this.lock.newCondition();

	private final PendingTransactions pending = new PendingTransactions();

	private final Map<String, PendingTransaction> byTxid = new ConcurrentHashMap<>();

	private final NavigableMap<String, List<PendingTransaction>> acknowledged = new TreeMap<>();

	private final Set<PendingTransaction> unsettled = new LinkedHashSet<>();

	private final LongAdder completed = new LongAdder();

	private final LongAdder failed = new LongAdder();

	private final LongAdder unknown = new LongAdder();

	private boolean closed;

	/**
	 * Creates the transactions of a database.
	 * @param environment what they work with
	 */
	public Transactions(TransactionEnvironment environment) {
		this(environment, new ProducerSender(environment));
	}

	Transactions(TransactionEnvironment environment, TransactionSender sender) {
		this.environment = environment;
		this.sender = sender;
	}

	/**
	 * Begins a transaction.
	 * @return a transaction that is not ambient
	 */
	public Transaction begin() {
		gate().awaitWritable();
		return newTransaction();
	}

	/**
	 * Returns the calling thread's ambient transaction.
	 * @return the transaction, if there is one
	 */
	public Optional<Transaction> current() {
		return Optional.ofNullable(this.ambient.current());
	}

	/**
	 * Runs work in a transaction, as {@link io.streamdb.StreamDb#transact} says.
	 * @param <R> the result
	 * @param work the work
	 * @return the handle
	 */
	public <R extends @Nullable Object> TransactionHandle<R> transact(Function<Transaction, R> work) {
		DefaultTransaction outer = this.ambient.current();
		if (outer != null) {
			return new SettlementHandle<>(outer, this.ambient.call(outer, () -> work.apply(outer), true));
		}
		gate().awaitWritable();
		DefaultTransaction transaction = newTransaction();
		return run(transaction, () -> work.apply(transaction), () -> commit(transaction));
	}

	/**
	 * Runs an action, as {@link io.streamdb.StreamDb#invoke} says.
	 * @param <P> the parameters
	 * @param <R> the result
	 * @param action the action
	 * @param params the parameters
	 * @return the handle
	 */
	public <P extends @Nullable Object, R extends @Nullable Object> TransactionHandle<R> invoke(
			OptimisticAction<P, R> action, P params) {
		boolean custom = ActionPersistence.isCustom(action);
		DefaultTransaction outer = this.ambient.current();
		if (outer != null) {
			if (custom) {
				throw new IllegalTransactionStateException("The action " + action.getClass().getName()
						+ " has a mutate of its own, so it cannot join the transaction " + outer.txid()
						+ ": invoke it outside", null);
			}
			MutatingContext context = new MutatingContext(this, outer);
			return new SettlementHandle<>(outer,
					this.ambient.call(outer, () -> action.onMutate(params, context), true));
		}
		gate().awaitWritable();
		DefaultTransaction transaction = newTransaction();
		MutatingContext context = new MutatingContext(this, transaction);
		return run(transaction, () -> action.onMutate(params, context), () -> {
			context.mutated();
			if (custom) {
				commitCustom(transaction, () -> action.mutate(params, context));
			}
			else {
				commit(transaction);
			}
		});
	}

	private <R extends @Nullable Object> TransactionHandle<R> run(DefaultTransaction transaction, Supplier<R> work,
			Runnable commit) {
		boolean committed = false;
		try {
			R result = this.ambient.call(transaction, work, false);
			SettlementHandle<R> handle = new SettlementHandle<>(transaction, result);
			commit.run();
			committed = true;
			return handle;
		}
		finally {
			if (!committed) {
				transaction.rollback();
			}
		}
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
	 * @param published called with the new version when the state is visible, still under
	 * the lock: it must be quick
	 */
	public void commitSynced(SyncedCommit commit, Collection<String> txids, LongConsumer published) {
		Aftermath after = new Aftermath();
		this.lock.lock();
		try {
			Set<PendingTransaction> synced = new LinkedHashSet<>();
			for (String txid : txids) {
				PendingTransaction transaction = this.byTxid.get(txid);
				if (transaction != null) {
					synced.add(transaction);
				}
			}
			String offset = commit.state().offset();
			if (offset != null) {
				NavigableMap<String, List<PendingTransaction>> reached = this.acknowledged.headMap(offset, true);
				reached.values().forEach(synced::addAll);
				reached.clear();
			}
			OverlayEdit edit = store().edit(commit);
			List<Conflict> conflicts = this.ambient.callWithout(() -> this.pending.rebase(commit, synced, edit));
			long version = store().publish(edit);
			synced.forEach((transaction) -> seen(transaction, after));
			conflicts.forEach((conflict) -> conflicted(conflict, after));
			published.accept(version);
		}
		finally {
			this.lock.unlock();
		}
		after.run();
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
		return this.completed.sum();
	}

	/**
	 * Returns how many transactions failed.
	 * @return the count since the start
	 */
	public long failedCount() {
		return this.failed.sum();
	}

	/**
	 * Returns how many transactions ended with an unknown outcome.
	 * @return the count since the start
	 */
	public long unknownCount() {
		return this.unknown.sum();
	}

	/**
	 * Waits until every transaction has settled (SPEC M13).
	 * @param timeout how long at most
	 * @param progress whether waiting can help; asked again after
	 * {@link #progressChanged}
	 */
	public void drain(Duration timeout, BooleanSupplier progress) {
		long remaining = timeout.toNanos();
		this.lock.lock();
		try {
			while (!this.unsettled.isEmpty() && remaining > 0 && progress.getAsBoolean()) {
				remaining = this.allSettled.awaitNanos(remaining);
			}
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
		this.lock.lock();
		try {
			this.allSettled.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Settles everything: what was not sent is rolled back, what was sent and not
	 * answered is of unknown outcome (SPEC M13). Refuses commits from then on.
	 * @return completes when the thread that sends has ended
	 */
	public CompletableFuture<Void> close() {
		this.lock.lock();
		try {
			this.closed = true;
		}
		finally {
			this.lock.unlock();
		}
		CompletableFuture<Void> ended = this.sender.close();
		Aftermath after = new Aftermath();
		this.lock.lock();
		try {
			for (PendingTransaction transaction : List.copyOf(this.unsettled)) {
				closed(transaction, after);
			}
		}
		finally {
			this.lock.unlock();
		}
		after.run();
		return ended;
	}

	private void closed(PendingTransaction transaction, Aftermath after) {
		String txid = transaction.txid();
		if (transaction.acknowledgedOffset() != null) {
			settle(transaction, TransactionOutcome.DURABLE,
					new NotYetVisibleException(
							"StreamDB closed: the transaction " + txid + " is durable, and was not visible here yet",
							null),
					after);
		}
		else if (transaction.isSent()) {
			fail(transaction, TransactionOutcome.UNKNOWN,
					new UnknownOutcomeException("StreamDB closed: the transaction " + txid
							+ " was sent and not answered, so it may be in the stream", null),
					after);
		}
		else {
			fail(transaction, TransactionOutcome.FAILED,
					new RolledBackException(
							"StreamDB closed: the transaction " + txid + " was rolled back before it was sent", null),
					after);
		}
	}

	StateStore store() {
		return this.environment.store();
	}

	StateGate gate() {
		return this.environment.gate();
	}

	DurableStream stream() {
		return this.environment.stream();
	}

	Executor callbacks() {
		return this.environment.callbacks();
	}

	void checkMayWait() {
		if (this.lock.isHeldByCurrentThread()) {
			throw new IllegalTransactionStateException("An update function must be pure: it must not wait", null);
		}
		gate().checkMayWait();
	}

	boolean isAmbient(DefaultTransaction transaction) {
		return this.ambient.current() == transaction;
	}

	@Nullable Savepoint savepoint(DefaultTransaction transaction) {
		return this.ambient.savepoint(transaction);
	}

	<R extends @Nullable Object> R callIn(DefaultTransaction transaction, Supplier<R> work) {
		return this.ambient.call(transaction, work, false);
	}

	List<Mutation<?>> mutations(PendingTransaction transaction) {
		return locked(transaction::describe);
	}

	/**
	 * Commits a transaction that the default persister sends.
	 * @param transaction the transaction; nothing happens when it is not open any more
	 */
	void commit(DefaultTransaction transaction) {
		CompletableFuture<AppendResult> answer = null;
		PendingTransaction committed = new PendingTransaction(transaction.settlement());
		Aftermath after = new Aftermath();
		if (transaction.pending() == null) {
			gate().awaitWritable();
		}
		transaction.lock().lock();
		try {
			if (transaction.isOpen()) {
				this.lock.lock();
				try {
					if (show(transaction, committed, after)) {
						answer = send(committed);
					}
				}
				finally {
					this.lock.unlock();
				}
			}
		}
		finally {
			transaction.lock().unlock();
		}
		after.run();
		if (answer != null) {
			answer.whenComplete((result, failure) -> answered(committed, result, failure));
		}
	}

	private void commitCustom(DefaultTransaction transaction, Supplier<? extends @Nullable CompletionStage<?>> mutate) {
		PendingTransaction committed = new PendingTransaction(transaction.settlement());
		committed.custom();
		Aftermath after = new Aftermath();
		boolean shown = false;
		transaction.lock().lock();
		try {
			if (transaction.isOpen()) {
				this.lock.lock();
				try {
					shown = show(transaction, committed, after);
					committed.freeze();
				}
				finally {
					this.lock.unlock();
				}
			}
		}
		finally {
			transaction.lock().unlock();
		}
		after.run();
		if (shown) {
			try {
				this.environment.actions().execute(() -> mutate(committed, mutate));
			}
			catch (RejectedExecutionException ex) {
				mutated(committed, new TransactionException("The executor of actions refuses to run mutate", ex));
			}
		}
	}

	/**
	 * Makes a transaction part of the overlay.
	 * @return whether it is to be persisted
	 */
	private boolean show(DefaultTransaction transaction, PendingTransaction committed, Aftermath after) {
		checkMayCommit();
		committed.mutations(transaction.close(committed));
		this.unsettled.add(committed);
		if (committed.mutations().isEmpty()) {
			transaction.handedOver(committed);
			if (!committed.isCustom()) {
				settle(committed, TransactionOutcome.COMPLETED, null, after);
				return false;
			}
			this.byTxid.put(committed.txid(), committed);
			return true;
		}
		OverlayEdit edit = store().edit();
		List<Conflict> conflicts = this.ambient.callWithout(() -> this.pending.add(committed, edit));
		transaction.handedOver(committed);
		if (!conflicts.isEmpty()) {
			conflicts.forEach((conflict) -> conflicted(conflict, after));
			return false;
		}
		this.byTxid.put(committed.txid(), committed);
		store().publish(edit);
		return true;
	}

	private void checkMayCommit() {
		if (this.lock.getHoldCount() > 1) {
			throw new IllegalTransactionStateException("An update function must be pure: it must not commit", null);
		}
		if (this.closed) {
			throw new IllegalStateException("StreamDB closed: no more transactions are taken");
		}
		if (Math.max(this.unsettled.size(), this.pending.size()) >= LIMIT) {
			throw new TransactionException(
					"There are " + LIMIT
							+ " pending transactions: wait for some of them, or slow down until the server keeps up",
					null);
		}
	}

	private CompletableFuture<AppendResult> send(PendingTransaction transaction) {
		transaction.timer(this.environment.scheduler()
			.schedule(() -> expire(transaction), this.environment.transactionTimeout().toNanos(),
					TimeUnit.NANOSECONDS));
		return this.sender.send(() -> encode(transaction));
	}

	/**
	 * Freezes a transaction and encodes it, when it is about to be sent.
	 */
	private byte[] encode(PendingTransaction transaction) {
		List<ChangeEvent<?>> events;
		this.lock.lock();
		try {
			if (this.closed || (!transaction.isShown())) {
				throw new RolledBackException(
						"The transaction " + transaction.txid() + " was rolled back before it was sent", null);
			}
			transaction.send();
			transaction.settlement().persisting();
			Instant now = this.environment.clock().instant().truncatedTo(ChronoUnit.MILLIS);
			events = transaction.events(now.toString());
		}
		finally {
			this.lock.unlock();
		}
		if (events.isEmpty()) {
			throw new NothingToSendException();
		}
		return EventBytes.joined(events, this.environment.schema());
	}

	private void answered(PendingTransaction transaction, @Nullable AppendResult result, @Nullable Throwable failure) {
		Aftermath after = new Aftermath();
		this.lock.lock();
		try {
			if (transaction.isSeen() || (this.closed && transaction.settlement().isSettled())) {
				return;
			}
			Throwable cause = unwrapped(failure);
			if (result != null) {
				acknowledged(transaction, result.offset(), after);
			}
			else if (cause instanceof NothingToSendException) {
				takeOut(transaction, after);
				delivered(transaction, TransactionOutcome.COMPLETED, null, after);
			}
			else {
				refused(transaction, cause, after);
			}
		}
		finally {
			this.lock.unlock();
		}
		after.run();
	}

	private void acknowledged(PendingTransaction transaction, String offset, Aftermath after) {
		transaction.acknowledged(offset);
		String syncedOffset = store().synced().offset();
		if (syncedOffset != null && syncedOffset.compareTo(offset) >= 0) {
			takeOut(transaction, after);
			seen(transaction, after);
			return;
		}
		this.acknowledged.computeIfAbsent(offset, (key) -> new ArrayList<>(1)).add(transaction);
		transaction.timer(this.environment.scheduler()
			.schedule(() -> notVisibleInTime(transaction), this.environment.visibleTimeout().toNanos(),
					TimeUnit.NANOSECONDS));
	}

	private void refused(PendingTransaction transaction, @Nullable Throwable cause, Aftermath after) {
		String txid = transaction.txid();
		TransactionOutcome outcome = TransactionOutcome.FAILED;
		RuntimeException failure;
		if (cause instanceof AppendOutcomeUnknownException) {
			outcome = TransactionOutcome.UNKNOWN;
			failure = new UnknownOutcomeException("The transaction " + txid
					+ " was sent and not answered, so it may be in the stream: " + cause.getMessage(), cause);
		}
		else if (isServerAway(cause)) {
			failure = new TransactionTimeoutException("The transaction " + txid + " could not be sent within "
					+ this.environment.transactionTimeout() + "; nothing of it is in the stream: " + cause.getMessage(),
					cause);
		}
		else if (cause instanceof DurableStreamException || cause instanceof TransactionException) {
			failure = (RuntimeException) cause;
		}
		else if (transaction.isSent()) {
			failure = new TransactionException(
					"The events of the transaction " + txid + " could not be encoded: " + cause, cause);
		}
		else {
			failure = new RolledBackException("The transaction " + txid + " was rolled back before it was sent", cause);
		}
		if (transaction.isCustom()) {
			delivered(transaction, outcome, failure, after);
		}
		else {
			fail(transaction, outcome, failure, after);
		}
	}

	private static boolean isServerAway(@Nullable Throwable cause) {
		return cause instanceof StreamConnectionException || cause instanceof StreamTimeoutException
				|| cause instanceof StreamServerException || cause instanceof StreamRateLimitedException;
	}

	/**
	 * Ends a transaction that could not be sent in time.
	 */
	private void expire(PendingTransaction transaction) {
		Aftermath after = new Aftermath();
		this.lock.lock();
		try {
			if (!transaction.isSent() && !transaction.settlement().isSettled()) {
				fail(transaction, TransactionOutcome.FAILED,
						new TransactionTimeoutException(
								"The transaction " + transaction.txid() + " could not be sent within "
										+ this.environment.transactionTimeout() + "; nothing of it is in the stream",
								null),
						after);
			}
		}
		finally {
			this.lock.unlock();
		}
		after.run();
	}

	/**
	 * Ends the waiting for an acknowledged transaction. Its overlay stays: what was
	 * acknowledged is never rolled back.
	 */
	private void notVisibleInTime(PendingTransaction transaction) {
		Aftermath after = new Aftermath();
		this.lock.lock();
		try {
			if (!transaction.isSeen()) {
				delivered(transaction, TransactionOutcome.DURABLE,
						new NotYetVisibleException("The transaction " + transaction.txid() + " is durable at offset "
								+ transaction.acknowledgedOffset() + ", and was not visible here within "
								+ this.environment.visibleTimeout() + " (synced up to " + store().synced().offset()
								+ "); do not repeat it", null),
						after);
			}
		}
		finally {
			this.lock.unlock();
		}
		after.run();
	}

	private NotYetVisibleException notYetVisible(PendingTransaction transaction) {
		return new NotYetVisibleException(
				"The transaction " + transaction.txid() + " is durable at offset " + transaction.acknowledgedOffset()
						+ ", and was not visible here within " + this.environment.visibleTimeout() + " (synced up to "
						+ store().synced().offset() + "); do not repeat it",
				null);
	}

	/**
	 * Takes acknowledged transactions out of the overlay, because the stream that holds
	 * them is gone and another one takes its place (SPEC M10).
	 */
	public void abandonAcknowledged() {
		Aftermath after = new Aftermath();
		this.lock.lock();
		try {
			List<PendingTransaction> gone = new ArrayList<>();
			this.acknowledged.values().forEach(gone::addAll);
			this.acknowledged.clear();
			for (PendingTransaction transaction : gone) {
				takeOut(transaction, after);
				delivered(transaction, TransactionOutcome.DURABLE, notYetVisible(transaction), after);
				this.byTxid.remove(transaction.txid());
			}
		}
		finally {
			this.lock.unlock();
		}
		after.run();
	}

	boolean rollback(PendingTransaction transaction) {
		Aftermath after = new Aftermath();
		boolean possible;
		this.lock.lock();
		try {
			possible = !transaction.isSent() && !transaction.settlement().isSettled();
			if (possible) {
				fail(transaction, TransactionOutcome.FAILED,
						new RolledBackException(
								"The transaction " + transaction.txid() + " was rolled back before it was sent", null),
						after);
			}
		}
		finally {
			this.lock.unlock();
		}
		after.run();
		return possible;
	}

	private void mutate(PendingTransaction transaction, Supplier<? extends @Nullable CompletionStage<?>> mutate) {
		this.lock.lock();
		try {
			if (transaction.settlement().isSettled()) {
				return;
			}
			transaction.send();
			transaction.settlement().persisting();
		}
		finally {
			this.lock.unlock();
		}
		CompletionStage<?> stage;
		try {
			stage = mutate.get();
		}
		catch (Exception ex) {
			mutated(transaction, ex);
			return;
		}
		if (stage == null) {
			mutated(transaction, new TransactionException("mutate returned null instead of a stage", null));
			return;
		}
		stage.whenComplete((result, failure) -> mutated(transaction, unwrapped(failure)));
	}

	/**
	 * Sends a transaction whose custom {@code mutate} asks for it.
	 */
	CompletionStage<Void> persist(DefaultTransaction transaction) {
		PendingTransaction committed = transaction.pending();
		CompletableFuture<AppendResult> answer = null;
		if (committed == null) {
			throw new IllegalTransactionStateException(
					"The transaction " + transaction.txid() + " is not committed, so it cannot be persisted", null);
		}
		Aftermath after = new Aftermath();
		this.lock.lock();
		try {
			if (!committed.isPersisting()) {
				committed.persisting();
				if (committed.isSeen() || committed.mutations().isEmpty()) {
					delivered(committed, TransactionOutcome.COMPLETED, null, after);
				}
				else {
					answer = this.sender.send(() -> encode(committed));
				}
			}
		}
		finally {
			this.lock.unlock();
		}
		after.run();
		if (answer != null) {
			answer.whenComplete((result, failure) -> answered(committed, result, failure));
		}
		CompletableFuture<Void> delivered = new CompletableFuture<>();
		committed.delivery().whenCompleteAsync((nothing, failure) -> {
			if (failure != null) {
				delivered.completeExceptionally(failure);
			}
			else {
				delivered.complete(null);
			}
		}, callbacks());
		return delivered;
	}

	/**
	 * Settles a transaction by the outcome of its custom {@code mutate}. Where that has
	 * used the default persister, both must be done.
	 */
	private void mutated(PendingTransaction transaction, @Nullable Throwable cause) {
		Aftermath after = new Aftermath();
		this.lock.lock();
		try {
			if (transaction.settlement().isSettled()) {
				return;
			}
			transaction.mutated();
			if (cause != null) {
				RuntimeException failure = (cause instanceof RuntimeException runtime) ? runtime
						: new TransactionException(
								"The mutate of transaction " + transaction.txid() + " failed: " + cause, cause);
				if (transaction.isPersisting() && !transaction.isDelivered()
						|| transaction.acknowledgedOffset() != null) {
					settle(transaction, outcomeOf(failure), failure, after);
				}
				else {
					fail(transaction, outcomeOf(failure), failure, after);
				}
			}
			else if (!transaction.isPersisting() || transaction.isDelivered()) {
				if (transaction.acknowledgedOffset() != null && !transaction.isSeen()) {
					settle(transaction, TransactionOutcome.DURABLE, notYetVisible(transaction), after);
				}
				else {
					takeOut(transaction, after);
					settle(transaction, TransactionOutcome.COMPLETED, null, after);
				}
			}
		}
		finally {
			this.lock.unlock();
		}
		after.run();
	}

	private static TransactionOutcome outcomeOf(RuntimeException failure) {
		if (failure instanceof NotYetVisibleException) {
			return TransactionOutcome.DURABLE;
		}
		return (failure instanceof UnknownOutcomeException) ? TransactionOutcome.UNKNOWN : TransactionOutcome.FAILED;
	}

	/**
	 * Notes that the synced state contains a transaction, which is out of the overlay.
	 */
	private void seen(PendingTransaction transaction, Aftermath after) {
		transaction.see();
		this.byTxid.remove(transaction.txid());
		forgetAcknowledged(transaction);
		if (!transaction.isCustom() || transaction.isPersisting()) {
			delivered(transaction, TransactionOutcome.COMPLETED, null, after);
		}
	}

	/**
	 * Ends the work of the default persister.
	 */
	private void delivered(PendingTransaction transaction, TransactionOutcome outcome,
			@Nullable RuntimeException failure, Aftermath after) {
		if (transaction.isDelivered()) {
			return;
		}
		transaction.delivered();
		if (!transaction.isCustom()) {
			settle(transaction, outcome, failure, after);
			return;
		}
		after.add(() -> {
			if (failure != null) {
				transaction.delivery().completeExceptionally(failure);
			}
			else {
				transaction.delivery().complete(null);
			}
		});
		if (transaction.isMutated()) {
			if (failure != null && outcome != TransactionOutcome.DURABLE) {
				fail(transaction, outcome, failure, after);
			}
			else {
				settle(transaction, outcome, failure, after);
			}
		}
	}

	private void conflicted(Conflict conflict, Aftermath after) {
		settle(conflict.transaction(), TransactionOutcome.FAILED, conflict.failure(), after);
	}

	private void fail(PendingTransaction transaction, TransactionOutcome outcome, RuntimeException failure,
			Aftermath after) {
		takeOut(transaction, after);
		forgetAcknowledged(transaction);
		settle(transaction, outcome, failure, after);
	}

	/**
	 * Takes a transaction out of the overlay and publishes that, with the ones that
	 * depend on it applied again.
	 */
	private void takeOut(PendingTransaction transaction, Aftermath after) {
		if (!transaction.isShown()) {
			return;
		}
		OverlayEdit edit = store().edit();
		List<Conflict> conflicts = this.ambient.callWithout(() -> this.pending.remove(List.of(transaction), edit));
		store().publish(edit);
		conflicts.forEach((conflict) -> conflicted(conflict, after));
	}

	private void forgetAcknowledged(PendingTransaction transaction) {
		String offset = transaction.acknowledgedOffset();
		List<PendingTransaction> waiting = (offset != null) ? this.acknowledged.get(offset) : null;
		if (waiting != null && waiting.remove(transaction) && waiting.isEmpty()) {
			this.acknowledged.remove(offset);
		}
	}

	private void settle(PendingTransaction transaction, TransactionOutcome outcome, @Nullable RuntimeException failure,
			Aftermath after) {
		if (transaction.settlement().isSettled()) {
			return;
		}
		transaction.settlement().settle(outcome);
		transaction.timer(null);
		if (!transaction.isShown()) {
			this.byTxid.remove(transaction.txid());
		}
		this.unsettled.remove(transaction);
		if (this.unsettled.isEmpty()) {
			this.allSettled.signalAll();
		}
		switch (outcome) {
			case COMPLETED, DURABLE -> this.completed.increment();
			case FAILED -> this.failed.increment();
			case UNKNOWN -> this.unknown.increment();
		}
		after.add(() -> transaction.settlement().wake(failure));
	}

	private DefaultTransaction newTransaction() {
		long high = this.environment.random().nextLong();
		long low = this.environment.random().nextLong();
		UUID txid = new UUID(high & 0xFFFFFFFFFFFF0FFFL | 0x4000L, low & 0x3FFFFFFFFFFFFFFFL | 0x8000000000000000L);
		return new DefaultTransaction(this, txid.toString());
	}

	private static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
		Throwable cause = (failure instanceof CompletionException) ? failure.getCause() : null;
		return (cause != null) ? cause : failure;
	}

	/**
	 * What remains to be done when the lock is released: it may run code of others.
	 */
	private static final class Aftermath {

		private final List<Runnable> tasks = new ArrayList<>(1);

		void add(Runnable task) {
			this.tasks.add(task);
		}

		void run() {
			this.tasks.forEach(Runnable::run);
		}

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
