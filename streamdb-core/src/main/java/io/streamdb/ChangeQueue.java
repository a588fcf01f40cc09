package io.streamdb;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;

import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription has not delivered yet (SPEC M12). Guarded by its subscription.
 */
abstract sealed class ChangeQueue {

	static ChangeQueue of(SubscriptionOptions options) {
		return switch (options.delivery()) {
			case EVERY -> new Every(options.capacity());
			case LATEST -> new Latest();
		};
	}

	/**
	 * Adds the state that comes first. It is worked out when it is delivered.
	 * @param version the version of the state
	 * @param offset its offset
	 * @param inserts gives the whole state as inserts
	 * @return whether there was room
	 */
	abstract boolean addInitial(long version, @Nullable String offset, Supplier<List<Change<?>>> inserts);

	/**
	 * Adds changes.
	 * @param version the version of the state after them
	 * @param offset its offset
	 * @param changes at most one of each key
	 * @return whether there was room
	 */
	abstract boolean add(long version, @Nullable String offset, List<Change<?>> changes);

	/**
	 * Takes what is delivered next.
	 * @return gives it, or {@code null} when there is nothing
	 */
	abstract @Nullable Supplier<ChangeSet> poll();

	/**
	 * Returns how many change sets wait.
	 */
	abstract int size();

	/**
	 * Keeps every change set, up to a capacity.
	 */
	private static final class Every extends ChangeQueue {

		private final int capacity;

		private final Queue<Supplier<ChangeSet>> queue = new ArrayDeque<>();

		Every(int capacity) {
			this.capacity = capacity;
		}

		@Override
		boolean addInitial(long version, @Nullable String offset, Supplier<List<Change<?>>> inserts) {
			return add(() -> new ChangeSet(version, offset, true, inserts.get()));
		}

		@Override
		boolean add(long version, @Nullable String offset, List<Change<?>> changes) {
			return add(() -> new ChangeSet(version, offset, false, changes));
		}

		private boolean add(Supplier<ChangeSet> changeSet) {
			return this.queue.size() < this.capacity && this.queue.add(changeSet);
		}

		@Override
		@Nullable Supplier<ChangeSet> poll() {
			return this.queue.poll();
		}

		@Override
		int size() {
			return this.queue.size();
		}

	}

	/**
	 * Keeps one change of each key.
	 */
	private static final class Latest extends ChangeQueue {

		private @Nullable Supplier<ChangeSet> initial;

		private Map<ChangedKey, Change<?>> merged = new LinkedHashMap<>();

		private long version;

		private @Nullable String offset;

		@Override
		boolean addInitial(long atVersion, @Nullable String atOffset, Supplier<List<Change<?>>> inserts) {
			this.initial = () -> new ChangeSet(atVersion, atOffset, true, inserts.get());
			return true;
		}

		@Override
		boolean add(long atVersion, @Nullable String atOffset, List<Change<?>> changes) {
			this.version = atVersion;
			this.offset = atOffset;
			for (Change<?> change : changes) {
				ChangedKey key = new ChangedKey(change.definition(), change.key());
				Change<?> earlier = this.merged.remove(key);
				Change<?> both = (earlier != null) ? merge(earlier, change) : change;
				if (both != null) {
					this.merged.put(key, both);
				}
			}
			return true;
		}

		@Override
		@Nullable Supplier<ChangeSet> poll() {
			Supplier<ChangeSet> first = this.initial;
			if (first != null) {
				this.initial = null;
				return first;
			}
			if (this.merged.isEmpty()) {
				return null;
			}
			Map<ChangedKey, Change<?>> taken = this.merged;
			this.merged = new LinkedHashMap<>();
			long atVersion = this.version;
			String atOffset = this.offset;
			return () -> new ChangeSet(atVersion, atOffset, false, new ArrayList<>(taken.values()));
		}

		@Override
		int size() {
			return ((this.initial != null) ? 1 : 0) + (this.merged.isEmpty() ? 0 : 1);
		}

		/**
		 * Makes one change of two.
		 * @return the change, or {@code null} when nothing has changed
		 */
		@SuppressWarnings("unchecked")
		private static @Nullable Change<?> merge(Change<?> first, Change<?> second) {
			Change<Object> earlier = (Change<Object>) first;
			Change<Object> later = (Change<Object>) second;
			boolean wasThere = earlier.operation() != Operation.INSERT;
			boolean isThere = later.operation() != Operation.DELETE;
			if (!wasThere && !isThere) {
				return null;
			}
			Operation operation = !isThere ? Operation.DELETE : wasThere ? Operation.UPDATE : Operation.INSERT;
			return new Change<>(later.definition(), operation, later.key(), later.value(), earlier.previous(),
					later.origin());
		}

		private record ChangedKey(CollectionDefinition<?> definition, String key) {
		}

	}

}
