package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import io.streamdb.event.Operation;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction does to one key, merged (SPEC T1): what it needs of the state
 * before, which its first mutation says, and what it makes of it, which the last ones
 * say. Immutable.
 *
 * @param <T> the entity's type
 */
final class KeyMutation<T> {

	/**
	 * What a mutation needs of its key.
	 */
	enum Need {

		/** An insert: nothing may be there. */
		ABSENT,

		/** An update or a delete: something must be there. */
		PRESENT,

		/** A save, or a delete of what is there, if anything: whatever is there. */
		ANY

	}

	private final Need need;

	private final @Nullable T stored;

	private final List<UnaryOperator<T>> functions;

	private KeyMutation(Need need, @Nullable T stored, List<UnaryOperator<T>> functions) {
		this.need = need;
		this.stored = stored;
		this.functions = functions;
	}

	static <T> KeyMutation<T> insert(T value) {
		return new KeyMutation<>(Need.ABSENT, value, List.of());
	}

	static <T> KeyMutation<T> save(T value) {
		return new KeyMutation<>(Need.ANY, value, List.of());
	}

	static <T> KeyMutation<T> update(UnaryOperator<T> function) {
		return new KeyMutation<>(Need.PRESENT, null, List.of(function));
	}

	static <T> KeyMutation<T> delete() {
		return new KeyMutation<>(Need.PRESENT, null, List.of());
	}

	static <T> KeyMutation<T> deleteIfPresent() {
		return new KeyMutation<>(Need.ANY, null, List.of());
	}

	/**
	 * Adds a value that replaces what this mutation made: a save, or an insert after a
	 * delete.
	 */
	KeyMutation<T> thenStore(T value) {
		return new KeyMutation<>(this.need, value, List.of());
	}

	/**
	 * Adds an update function.
	 * @param function the function
	 * @param result what it makes of what this mutation made
	 */
	KeyMutation<T> thenUpdate(UnaryOperator<T> function, T result) {
		if (this.functions.isEmpty()) {
			return new KeyMutation<>(this.need, result, List.of());
		}
		List<UnaryOperator<T>> all = new ArrayList<>(this.functions);
		all.add(function);
		return new KeyMutation<>(this.need, null, List.copyOf(all));
	}

	/**
	 * Adds a delete.
	 * @return the mutation, or {@code null} when nothing is left of it: an insert that is
	 * deleted
	 */
	@Nullable KeyMutation<T> thenDelete() {
		return (this.need == Need.ABSENT) ? null : new KeyMutation<>(this.need, null, List.of());
	}

	/**
	 * Returns what the mutation makes of a value.
	 * @param key the key, for messages and checks
	 * @param before the value before, or {@code null} when the key is not there
	 * @return the value after, or {@code null} when the key is gone
	 * @throws ConflictException when it cannot be applied
	 */
	@Nullable T applyTo(KeyRef<T> key, @Nullable T before) {
		if (this.need == Need.ABSENT && before != null) {
			throw new ConflictException(
					"The insert of " + key + " is in conflict: another writer has taken the key meanwhile", null);
		}
		if (this.need == Need.PRESENT && before == null) {
			throw new ConflictException("The " + (isDelete() ? "delete" : "update") + " of " + key
					+ " is in conflict: another writer has deleted it meanwhile", null);
		}
		if (this.functions.isEmpty() || before == null) {
			return this.stored;
		}
		T value = before;
		try {
			for (UnaryOperator<T> function : this.functions) {
				value = EntityChecks.updated(key, function.apply(value));
			}
		}
		catch (RuntimeException | Error ex) {
			throw new ConflictException("The update of " + key
					+ " is in conflict: it does not fit what another writer has made of it: " + ex.getMessage(), ex);
		}
		return value;
	}

	/**
	 * Returns the operation to write.
	 * @param before the value before
	 * @return the operation, or {@code null} when there is nothing to do
	 */
	@Nullable Operation operation(@Nullable T before) {
		if (isDelete()) {
			return (before != null) ? Operation.DELETE : null;
		}
		return switch (this.need) {
			case ABSENT -> Operation.INSERT;
			case PRESENT -> Operation.UPDATE;
			case ANY -> (before != null) ? Operation.UPDATE : Operation.INSERT;
		};
	}

	private boolean isDelete() {
		return this.stored == null && this.functions.isEmpty();
	}

}
