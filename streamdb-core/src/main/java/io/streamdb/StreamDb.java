package io.streamdb;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

import io.streamdb.client.DurableStream;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.StateSnapshot;
import io.streamdb.store.Subscription;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionHandle;
import org.jspecify.annotations.Nullable;

/**
 * A real-time database of entities, materialised from one Durable Stream and shared with
 * everybody who follows it. Nothing connects before {@link #preload()} (SPEC M1). Safe
 * for use by many threads; reads never block.
 */
public interface StreamDb extends AutoCloseable {

	/**
	 * Starts to build a database.
	 * @param stream the stream
	 * @param schema its collections
	 * @return a builder with the defaults
	 */
	static StreamDbBuilder builder(DurableStream stream, StateSchema schema) {
		return new StreamDbBuilder(stream, schema);
	}

	/**
	 * Connects and loads the state (SPEC M4). Callers share one load, as long as it is in
	 * progress or what it has loaded is followed.
	 * <p>
	 * A database that has {@link StreamDbState#FAILED}, at its load or later, stays so
	 * until this is called again, also by a listener that is told of it. The new load
	 * goes on where reading ended; after {@link FailureReason#DELETED} and
	 * {@link FailureReason#RETENTION} it begins anew, and takes the place of the old
	 * state when it is complete.
	 * @return completes at the first up-to-date; fails with
	 * {@link StreamDbFailedException}, whose reason and message say what to do, when the
	 * load has failed, and with {@link StreamDbUnavailableException} when the database is
	 * closed. Failures that pass are retried before: at the load a few times, afterwards
	 * without bound
	 */
	CompletableFuture<Void> preload();

	/**
	 * Returns the status.
	 * @return the status now
	 */
	StreamDbStatus status();

	/**
	 * Returns the counters.
	 * @return the counters now
	 */
	StreamDbMetrics metrics();

	/**
	 * Returns the last invalid events that were left out.
	 * @return at most the last 100, oldest first
	 */
	List<QuarantinedEvent> quarantinedEvents();

	/**
	 * Leaves out the invalid event that the database has failed on under the policy
	 * {@link InvalidEventPolicy#FAIL}, and loads again (SPEC M9). The event is counted,
	 * listed and told to the listeners as under the policy
	 * {@link InvalidEventPolicy#QUARANTINE}, as soon as the rest of its batch is applied.
	 * The next invalid event fails the database again. What was skipped is known to this
	 * process only: one that reads the stream from its start meets the event again.
	 * <p>
	 * Returns when the load has begun; {@link #preload()} returns its future.
	 * @return the event; its offset is the end of its batch when the database failed
	 * @throws IllegalStateException when the database has not failed on an invalid event,
	 * or 1000 events before it were skipped and their batches are not applied yet
	 * @throws StreamDbUnavailableException when the database is closed
	 */
	QuarantinedEvent skipInvalidEvent();

	/**
	 * Returns the schema.
	 * @return the schema
	 */
	StateSchema schema();

	/**
	 * Returns the handle on the stream (SPEC M11).
	 * @return the stream
	 */
	DurableStream stream();

	/**
	 * Returns the offset up to which the visible state is complete (SPEC M11).
	 * @return the offset, or {@code null} before the first commit
	 */
	@Nullable String offset();

	/**
	 * Returns the visible state: synced state with pending transactions on top. Answers
	 * in every state, also after a failure.
	 * @return an immutable snapshot
	 */
	StateSnapshot snapshot();

	/**
	 * Returns what the stream says, without pending transactions.
	 * @return an immutable snapshot
	 */
	StateSnapshot syncedSnapshot();

	/**
	 * Returns a collection by its entity class.
	 * @param <T> the entity's type
	 * @param entityClass the class
	 * @return the collection
	 * @throws IllegalArgumentException when no collection holds that class
	 */
	<T> EntityCollection<T> collection(Class<T> entityClass);

	/**
	 * Begins a transaction. It is not the thread's ambient one; see
	 * {@link Transaction#call}.
	 * @return a pending transaction
	 */
	Transaction beginTransaction();

	/**
	 * Returns the calling thread's ambient transaction (SPEC T9).
	 * @return the transaction, if there is one
	 */
	Optional<Transaction> currentTransaction();

	/**
	 * Runs work in a transaction, ambient while it runs, and commits it. An exception of
	 * the work rolls it back and is thrown as it is. Inside an ambient transaction the
	 * work joins that one: the handle settles with it, and an exception takes back what
	 * this work did and no more. What the stream has brought since the work ran, and does
	 * not fit it, fails the handle with
	 * {@link io.streamdb.transaction.ConflictException}.
	 * @param <R> the result
	 * @param work the work
	 * @return the handle
	 */
	<R extends @Nullable Object> TransactionHandle<R> transact(Function<Transaction, R> work);

	/**
	 * Runs an action (SPEC T6). Inside an ambient transaction it joins that one, which an
	 * action with a {@code mutate} of its own cannot.
	 * @param <P> the parameters
	 * @param <R> the result
	 * @param action the action
	 * @param params the parameters
	 * @return the handle
	 */
	<P extends @Nullable Object, R extends @Nullable Object> TransactionHandle<R> invoke(OptimisticAction<P, R> action,
			P params);

	/**
	 * Waits for a txid with the default timeout (SPEC M7). The future completes on a
	 * thread of the database's own. What depends on it should not block: each callback
	 * that waits holds a thread, of which there are at most 1024; past them futures wait
	 * to be completed, and when 100 000 do neither waiters nor transactions are taken.
	 * @param txid the txid
	 * @return completes when it is readable, at once if it was seen; fails with a
	 * {@link java.util.concurrent.TimeoutException} that names stream, offset and lag,
	 * with {@link StreamDbFailedException} when the database has failed, or with
	 * {@link StreamDbUnavailableException} when it is closed, the stream is read to its
	 * end, or 100 000 wait already
	 */
	CompletableFuture<Void> awaitTxId(String txid);

	/**
	 * Waits for a txid (SPEC M7).
	 * @param txid the txid
	 * @param timeout how long
	 * @return as {@link #awaitTxId(String)}
	 */
	CompletableFuture<Void> awaitTxId(String txid, Duration timeout);

	/**
	 * Waits until the visible state is complete up to an offset (SPEC M7).
	 * @param offset the offset
	 * @param timeout how long
	 * @return as {@link #awaitTxId(String)}
	 */
	CompletableFuture<Void> awaitOffset(String offset, Duration timeout);

	/**
	 * Subscribes to the changes of all collections (SPEC M12). The first load is no
	 * change: it is the initial state of those who subscribed before it and asked for
	 * one. A {@code reset} is delivered as the difference.
	 * @param options what to deliver
	 * @param subscriber receives the change sets one after the other, in the order of the
	 * commits, off the apply thread
	 * @return the open subscription
	 * @throws StreamDbUnavailableException when the database is closed, or has 10 000
	 * open subscriptions
	 */
	Subscription subscribe(SubscriptionOptions options, Consumer<ChangeSet> subscriber);

	/**
	 * Adds a listener, for as long as the database is there.
	 * @param listener the listener
	 * @throws IllegalStateException when there are 1000 already
	 */
	void addListener(StreamDbListener listener);

	/**
	 * Lets pending transactions drain for the shutdown timeout, then ends everything
	 * (SPEC M13): waiters fail with "StreamDB closed", what was not sent is rolled back,
	 * what was sent and not answered is of unknown outcome. Returns when the database's
	 * threads are gone. Calling it again does nothing.
	 */
	@Override
	void close();

}
