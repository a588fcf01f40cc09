package io.streamdb;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.Subscription;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription with a queue. Whoever publishes only ever adds to the queue, and
 * {@linkplain #wake() wakes} the subscription when no lock is held; one task at a time
 * takes from it.
 */
final class ChangeSubscription implements Subscription {

	private static final Logger logger = LoggerFactory.getLogger(ChangeSubscription.class);

	/** After so many deliveries a task makes room for others. */
	private static final int DELIVERIES_PER_TASK = 64;

	private final ChangeSubscriptions owner;

	private final SubscriptionOptions options;

	private final @Nullable CollectionDefinition<?> definition;

	private final Consumer<ChangeSet> subscriber;

	private final EngineThreads threads;

	private final ReentrantLock lock = new ReentrantLock();

	private final CompletableFuture<Void> completion = new CompletableFuture<>();

	private ChangeQueue queue;

	private boolean overflown;

	private boolean delivering;

	private boolean ended;

	ChangeSubscription(ChangeSubscriptions owner, SubscriptionOptions options,
			@Nullable CollectionDefinition<?> definition, Consumer<ChangeSet> subscriber, EngineThreads threads) {
		this.owner = owner;
		this.options = options;
		this.definition = definition;
		this.subscriber = subscriber;
		this.threads = threads;
		this.queue = ChangeQueue.of(options);
	}

	boolean wantsInitialState() {
		return this.options.initialState();
	}

	boolean isVisibleFeed() {
		return this.options.feed() == ChangeFeed.VISIBLE;
	}

	/**
	 * Queues the state that comes first. It is worked out when it is delivered.
	 * @param version the version of the state
	 * @param offset its offset
	 * @param inserts gives the whole state as inserts
	 */
	void offerInitial(long version, @Nullable String offset, Supplier<List<Change<?>>> inserts) {
		offer((waiting) -> waiting.addInitial(version, offset, () -> ofCollection(inserts.get())));
	}

	/**
	 * Queues what a publication changed, unless nothing of it is wanted.
	 * @param version the version of the state after it
	 * @param offset the offset after it
	 * @param changes all of its changes
	 */
	void offerChanges(long version, @Nullable String offset, List<Change<?>> changes) {
		List<Change<?>> ours = ofCollection(changes);
		if (!ours.isEmpty()) {
			offer((waiting) -> waiting.add(version, offset, ours));
		}
	}

	private void offer(Predicate<ChangeQueue> addition) {
		this.lock.lock();
		try {
			// Nothing comes after what is lost.
			if (!this.ended && !this.overflown && !addition.test(this.queue)) {
				this.overflown = true;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private List<Change<?>> ofCollection(List<Change<?>> changes) {
		return (this.definition == null) ? changes
				: selected(changes, (change) -> change.definition() == this.definition);
	}

	private static List<Change<?>> selected(List<Change<?>> changes, Predicate<? super Change<?>> filter) {
		List<Change<?>> selected = new ArrayList<>();
		for (Change<?> change : changes) {
			if (filter.test(change)) {
				selected.add(change);
			}
		}
		return selected;
	}

	/**
	 * Has what is queued delivered. To be called without the commit lock, since the
	 * executor may run the subscriber at once.
	 */
	void wake() {
		boolean overflow;
		this.lock.lock();
		try {
			if (this.ended) {
				return;
			}
			overflow = this.overflown;
			if (!overflow) {
				if (this.delivering || this.queue.size() == 0) {
					return;
				}
				this.delivering = true;
			}
		}
		finally {
			this.lock.unlock();
		}
		if (overflow) {
			if (end(new IllegalStateException("The subscriber is too slow: " + this.options.capacity()
					+ " change sets wait for it, so its subscription has ended; subscribe anew with the initial"
					+ " state, with a greater capacity, or with the delivery LATEST"))) {
				this.owner.overflowed();
			}
			return;
		}
		schedule();
	}

	private void schedule() {
		try {
			this.threads.run(this::deliver);
		}
		catch (RuntimeException | Error ex) {
			// Whatever it is, whoever publishes goes on.
			end(new IllegalStateException("The executor of subscribers refuses to deliver changes", ex));
		}
	}

	private void deliver() {
		for (int i = 0; i < DELIVERIES_PER_TASK; i++) {
			Supplier<ChangeSet> next;
			this.lock.lock();
			try {
				next = this.ended ? null : this.queue.poll();
				if (next == null) {
					this.delivering = false;
					return;
				}
			}
			finally {
				this.lock.unlock();
			}
			try {
				deliver(next.get());
			}
			catch (Throwable ex) {
				logger.warn("A subscriber failed, and its subscription has ended", ex);
				end(ex);
				return;
			}
		}
		schedule();
	}

	private void deliver(ChangeSet changeSet) {
		Predicate<? super Change<?>> filter = this.options.filter();
		if (filter == null) {
			this.subscriber.accept(changeSet);
			return;
		}
		List<Change<?>> selected = selected(changeSet.changes(), filter);
		if (changeSet.initial() || !selected.isEmpty()) {
			this.subscriber
				.accept(new ChangeSet(changeSet.version(), changeSet.offset(), changeSet.initial(), selected));
		}
	}

	@Override
	public CompletableFuture<Void> completion() {
		return this.completion;
	}

	/**
	 * Returns how many change sets wait.
	 */
	int backlog() {
		this.lock.lock();
		try {
			return this.queue.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close() {
		end(null);
	}

	private boolean end(@Nullable Throwable failure) {
		this.lock.lock();
		try {
			if (this.ended) {
				return false;
			}
			this.ended = true;
			this.queue = ChangeQueue.of(this.options);
		}
		finally {
			this.lock.unlock();
		}
		this.owner.remove(this);
		this.threads.complete(() -> {
			if (failure != null) {
				this.completion.completeExceptionally(failure);
			}
			else {
				this.completion.complete(null);
			}
		});
		return true;
	}

}
