package io.streamdb.transaction;

import io.streamdb.event.Operation;
import org.jspecify.annotations.Nullable;

/**
 * A mutation of a committed transaction, and what it makes of the state before it. It is
 * applied again when that state changes, until its transaction is frozen. Guarded by the
 * commit lock.
 *
 * @param <T> the entity's type
 */
final class PendingMutation<T> {

	private final PendingTransaction owner;

	private final KeyRef<T> ref;

	private final KeyMutation<T> mutation;

	private boolean applied;

	private @Nullable T before;

	private @Nullable T after;

	private @Nullable Object result;

	private boolean renewed;

	PendingMutation(PendingTransaction owner, KeyRef<T> ref, KeyMutation<T> mutation) {
		this.owner = owner;
		this.ref = ref;
		this.mutation = mutation;
	}

	PendingTransaction owner() {
		return this.owner;
	}

	KeyRef<T> ref() {
		return this.ref;
	}

	/**
	 * Applies the mutation on what is below it, unless that is the same as the last time.
	 * A frozen one stands for what was sent, which may be nothing.
	 * @param value the value below, or {@code null} when the key is not there
	 * @param renewedBelow whether the key was deleted and inserted again below
	 * @return whether the {@link #result()} has changed
	 * @throws ConflictException when it cannot be applied; nothing has changed then
	 */
	boolean applyOn(@Nullable Object value, boolean renewedBelow) {
		Object next = applyTo(value);
		boolean nowRenewed = renewedBelow || (value == null && next != null);
		boolean changed = next != this.result || nowRenewed != this.renewed;
		this.result = next;
		this.renewed = nowRenewed;
		return changed;
	}

	@SuppressWarnings("unchecked")
	private @Nullable Object applyTo(@Nullable Object value) {
		if (this.owner.isFrozen()) {
			return (operation() != null) ? this.after : value;
		}
		if (!this.applied || this.before != value) {
			this.after = this.mutation.applyTo(this.ref, (T) value);
			this.before = (T) value;
			this.applied = true;
		}
		return this.after;
	}

	/**
	 * Returns what is visible with it and all below it.
	 * @return the value, or {@code null} when the key is gone
	 */
	@Nullable Object result() {
		return this.result;
	}

	/**
	 * Whether the key was deleted and inserted again, by it or below it.
	 */
	boolean isRenewed() {
		return this.renewed;
	}

	/**
	 * Returns the operation, by the state before.
	 * @return the operation, or {@code null} when there is nothing to do
	 */
	@Nullable Operation operation() {
		return this.mutation.operation(this.before);
	}

	@Nullable T after() {
		return this.after;
	}

	@Nullable Mutation<T> describe() {
		Operation operation = operation();
		return (operation != null)
				? new Mutation<>(this.ref.definition(), operation, this.ref.key(), this.after, this.before) : null;
	}

}
