package io.streamdb;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.Subscription;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription with a bounded queue. The apply thread only ever adds to the queue; one
 * task at a time takes from it.
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

	private final Queue<Supplier<ChangeSet>> queue = new ArrayDeque<>();

	private final CompletableFuture<Void> completion = new CompletableFuture<>();

	private boolean delivering;

	private boolean ended;

	ChangeSubscription(ChangeSubscriptions owner, SubscriptionOptions options,
			@Nullable CollectionDefinition<?> definition, Consumer<ChangeSet> subscriber, EngineThreads threads) {
		this.owner = owner;
		this.options = options;
		this.definition = definition;
		this.subscriber = subscriber;
		this.threads = threads;
	}

	boolean wantsInitialState() {
		return this.options.initialState();
	}

	/**
	 * Queues the state that comes first. It is worked out when it is delivered.
	 * @param version the version of the state
	 * @param offset its offset
	 * @param inserts gives the whole state as inserts
	 */
	void offerInitial(long version, @Nullable String offset, Supplier<List<Change<?>>> inserts) {
		offer(() -> new ChangeSet(version, offset, true, selected(inserts.get())));
	}

	/**
	 * Queues what a commit changed, unless nothing of it is wanted.
	 * @param version the version of the state after it
	 * @param offset the offset after it
	 * @param changes all of its changes
	 */
	void offerChanges(long version, @Nullable String offset, List<Change<?>> changes) {
		List<Change<?>> selected;
		try {
			selected = selected(changes);
		}
		catch (RuntimeException ex) {
			end(ex);
			return;
		}
		if (!selected.isEmpty()) {
			ChangeSet changeSet = new ChangeSet(version, offset, false, selected);
			offer(() -> changeSet);
		}
	}

	private List<Change<?>> selected(List<Change<?>> changes) {
		if (this.definition == null && this.options.filter() == null) {
			return changes;
		}
		List<Change<?>> selected = new ArrayList<>();
		for (Change<?> change : changes) {
			boolean ours = this.definition == null || change.definition() == this.definition;
			if (ours && (this.options.filter() == null || this.options.filter().test(change))) {
				selected.add(change);
			}
		}
		return selected;
	}

	private void offer(Supplier<ChangeSet> changeSet) {
		boolean overflow;
		this.lock.lock();
		try {
			if (this.ended) {
				return;
			}
			overflow = this.queue.size() >= this.options.capacity();
			if (!overflow) {
				this.queue.add(changeSet);
				if (this.delivering) {
					return;
				}
				this.delivering = true;
			}
		}
		finally {
			this.lock.unlock();
		}
		if (overflow) {
			this.owner.overflowed();
			end(new IllegalStateException("The subscriber is too slow: " + this.options.capacity()
					+ " change sets wait for it, so its subscription has ended; subscribe anew with the initial"
					+ " state, or with a greater capacity"));
			return;
		}
		schedule();
	}

	private void schedule() {
		try {
			this.threads.run(this::deliver);
		}
		catch (RejectedExecutionException ex) {
			end(new IllegalStateException("The executor of subscribers refuses to deliver changes", ex));
		}
	}

	private void deliver() {
		for (int i = 0; i < DELIVERIES_PER_TASK; i++) {
			Supplier<ChangeSet> next;
			this.lock.lock();
			try {
				next = this.queue.poll();
				if (next == null) {
					this.delivering = false;
					return;
				}
			}
			finally {
				this.lock.unlock();
			}
			try {
				this.subscriber.accept(next.get());
			}
			catch (Throwable ex) {
				logger.warn("A subscriber failed, and its subscription has ended", ex);
				end(ex);
				return;
			}
		}
		schedule();
	}

	@Override
	public CompletableFuture<Void> completion() {
		return this.completion;
	}

	@Override
	public void close() {
		end(null);
	}

	private void end(@Nullable Throwable failure) {
		this.lock.lock();
		try {
			if (this.ended) {
				return;
			}
			this.ended = true;
			this.queue.clear();
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
	}

}
