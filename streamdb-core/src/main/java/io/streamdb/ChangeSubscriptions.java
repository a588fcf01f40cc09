package io.streamdb;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.StateSnapshot;
import io.streamdb.store.StateStore;
import io.streamdb.store.Subscription;
import io.streamdb.store.SyncedCommit;
import io.streamdb.store.SyncedState;
import io.streamdb.transaction.TransactionPipeline;
import io.streamdb.transaction.VisibleFeed;
import org.jspecify.annotations.Nullable;

/**
 * The open subscriptions (SPEC M12). A subscription begins under the commit lock, so its
 * initial state and the first change set after it fit together. The first load of the
 * database is the initial state of those who subscribed before it.
 * <p>
 * Synced changes are worked out and queued by the apply thread when a commit is
 * published. Visible ones are queued by whoever publishes, under the commit lock, since
 * transactions of many threads come between the commits.
 */
final class ChangeSubscriptions implements VisibleFeed {

	/** How many may be open: each is offered every commit. */
	static final int LIMIT = 10_000;

	private final StateStore store;

	private final TransactionPipeline transactions;

	private final EngineThreads threads;

	private final List<ChangeSubscription> synced = new CopyOnWriteArrayList<>();

	private final List<ChangeSubscription> visible = new CopyOnWriteArrayList<>();

	private final LongAdder overflows = new LongAdder();

	private boolean loaded;

	private boolean closed;

	/** Whether something visible was queued that nobody was woken for. */
	private volatile boolean queued;

	ChangeSubscriptions(StateStore store, TransactionPipeline transactions, EngineThreads threads) {
		this.store = store;
		this.transactions = transactions;
		this.threads = threads;
	}

	Subscription subscribe(SubscriptionOptions options, @Nullable CollectionDefinition<?> definition,
			Consumer<ChangeSet> subscriber) {
		ChangeSubscription subscription = new ChangeSubscription(this, options, definition, subscriber, this.threads);
		@Nullable StreamDbUnavailableException refusal = this.transactions.locked(() -> {
			if (this.closed) {
				return new StreamDbUnavailableException("StreamDB closed: there is nothing to subscribe to any more",
						null);
			}
			if (count() >= LIMIT) {
				return new StreamDbUnavailableException("There are " + LIMIT
						+ " open subscriptions: close those that nobody needs any more, or share one", null);
			}
			(subscription.isVisibleFeed() ? this.visible : this.synced).add(subscription);
			if (this.loaded && options.initialState()) {
				offerState(subscription);
			}
			return null;
		});
		if (refusal != null) {
			throw refusal;
		}
		subscription.wake();
		return subscription;
	}

	/**
	 * Queues the state as of now, under the commit lock.
	 */
	private void offerState(ChangeSubscription subscription) {
		StateSnapshot now = this.store.visible();
		SyncedState state = this.store.synced();
		Supplier<List<Change<?>>> inserts = subscription.isVisibleFeed() ? this.store.visibleAsInserts()
				: () -> this.store.asInserts(state);
		subscription.offerInitial(now.version(), now.offset(), inserts);
	}

	/**
	 * Notes a commit, under the commit lock.
	 * @return whom it is for
	 */
	Audience published() {
		boolean first = !this.loaded;
		if (first) {
			this.loaded = true;
			for (ChangeSubscription subscription : this.visible) {
				if (subscription.wantsInitialState()) {
					offerState(subscription);
					this.queued = true;
				}
			}
		}
		return new Audience(List.copyOf(this.synced), first);
	}

	@Override
	public boolean isWanted() {
		return this.loaded && !this.visible.isEmpty();
	}

	@Override
	public void changed(long version, @Nullable String offset, List<Change<?>> changes) {
		if (!changes.isEmpty()) {
			this.visible.forEach((subscription) -> subscription.offerChanges(version, offset, changes));
			this.queued = true;
		}
	}

	@Override
	public void released() {
		if (this.queued) {
			this.queued = false;
			this.visible.forEach(ChangeSubscription::wake);
		}
	}

	void overflowed() {
		this.overflows.increment();
	}

	void remove(ChangeSubscription subscription) {
		this.synced.remove(subscription);
		this.visible.remove(subscription);
	}

	long count() {
		return (long) this.synced.size() + this.visible.size();
	}

	/**
	 * Returns how many change sets wait for their subscribers.
	 */
	long backlog() {
		return backlog(this.synced) + backlog(this.visible);
	}

	private static long backlog(List<ChangeSubscription> subscriptions) {
		return subscriptions.stream().mapToLong(ChangeSubscription::backlog).sum();
	}

	long overflowCount() {
		return this.overflows.sum();
	}

	void close() {
		this.transactions.locked(() -> this.closed = true);
		this.synced.forEach(ChangeSubscription::close);
		this.visible.forEach(ChangeSubscription::close);
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
			List<Change<?>> changes = this.initial ? List.of() : commit.changesSince(before);
			for (ChangeSubscription subscription : this.subscriptions) {
				if (!this.initial) {
					subscription.offerChanges(version, state.offset(), changes);
				}
				else if (subscription.wantsInitialState()) {
					subscription.offerInitial(version, state.offset(),
							() -> ChangeSubscriptions.this.store.asInserts(state));
				}
				subscription.wake();
			}
		}

	}

}
