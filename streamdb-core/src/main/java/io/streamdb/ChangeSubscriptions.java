package io.streamdb;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.StateStore;
import io.streamdb.store.Subscription;
import io.streamdb.store.SyncedCommit;
import io.streamdb.store.SyncedState;
import io.streamdb.transaction.TransactionPipeline;
import org.jspecify.annotations.Nullable;

/**
 * The open subscriptions to synced changes (SPEC M12). A subscription begins under the
 * commit lock, so its initial state and the first change set after it fit together. The
 * first load of the database is the initial state of those who subscribed before it.
 */
final class ChangeSubscriptions {

	private final StateStore store;

	private final TransactionPipeline transactions;

	private final EngineThreads threads;

	private final List<ChangeSubscription> open = new CopyOnWriteArrayList<>();

	private final LongAdder overflows = new LongAdder();

	private boolean loaded;

	private boolean closed;

	ChangeSubscriptions(StateStore store, TransactionPipeline transactions, EngineThreads threads) {
		this.store = store;
		this.transactions = transactions;
		this.threads = threads;
	}

	Subscription subscribe(SubscriptionOptions options, @Nullable CollectionDefinition<?> definition,
			Consumer<ChangeSet> subscriber) {
		ChangeSubscription subscription = new ChangeSubscription(this, options, definition, subscriber, this.threads);
		boolean refused = this.transactions.locked(() -> {
			if (this.closed) {
				return true;
			}
			this.open.add(subscription);
			if (this.loaded && options.initialState()) {
				SyncedState state = this.store.synced();
				subscription.offerInitial(this.store.visible().version(), state.offset(),
						() -> this.store.asInserts(state));
			}
			return false;
		});
		if (refused) {
			throw new StreamDbUnavailableException("StreamDB closed: there is nothing to subscribe to any more", null);
		}
		return subscription;
	}

	/**
	 * Notes a commit, under the commit lock.
	 * @return whom it is for
	 */
	Audience published() {
		Audience audience = new Audience(List.copyOf(this.open), !this.loaded);
		this.loaded = true;
		return audience;
	}

	void overflowed() {
		this.overflows.increment();
	}

	void remove(ChangeSubscription subscription) {
		this.open.remove(subscription);
	}

	long count() {
		return this.open.size();
	}

	long overflowCount() {
		return this.overflows.sum();
	}

	void close() {
		this.transactions.locked(() -> this.closed = true);
		this.open.forEach(ChangeSubscription::close);
	}

	/**
	 * Whom a commit is for: those who had subscribed when it was published.
	 */
	final class Audience {

		private final List<ChangeSubscription> subscriptions;

		private final boolean initial;

		private Audience(List<ChangeSubscription> subscriptions, boolean initial) {
			this.subscriptions = subscriptions;
			this.initial = initial;
		}

		/**
		 * Hands a commit to its audience, on the apply thread.
		 * @param commit the commit
		 * @param before the synced state before it
		 * @param version the version after it
		 */
		void tell(SyncedCommit commit, SyncedState before, long version) {
			if (this.subscriptions.isEmpty()) {
				return;
			}
			SyncedState state = commit.state();
			if (this.initial) {
				for (ChangeSubscription subscription : this.subscriptions) {
					if (subscription.wantsInitialState()) {
						subscription.offerInitial(version, state.offset(),
								() -> ChangeSubscriptions.this.store.asInserts(state));
					}
				}
				return;
			}
			List<Change<?>> changes = commit.changesSince(before);
			for (ChangeSubscription subscription : this.subscriptions) {
				subscription.offerChanges(version, state.offset(), changes);
			}
		}

	}

}
