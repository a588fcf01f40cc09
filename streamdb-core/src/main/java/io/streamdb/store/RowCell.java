package io.streamdb.store;

import org.jspecify.annotations.Nullable;

/**
 * A row: its key, value, sequence, and what wrote it. It is its own key in the maps,
 * which saves an object per row.
 * <p>
 * The sequence is set while the row is built and never after its state was published.
 *
 * @param <T> the entity's type
 */
class RowCell<T> extends RowKey implements Row<T> {

	private final @Nullable T value;

	private final Origin origin;

	private long sequence;

	RowCell(String key, @Nullable T value, long sequence, Origin origin) {
		super(key);
		this.value = value;
		this.sequence = sequence;
		this.origin = origin;
	}

	/**
	 * Creates a row with a key whose hash is known.
	 */
	RowCell(RowKey key, @Nullable T value, long sequence, Origin origin) {
		super(key.key(), key.hashCode());
		this.value = value;
		this.sequence = sequence;
		this.origin = origin;
	}

	/**
	 * Returns another row with the same content.
	 */
	RowCell<T> copy() {
		return new RowCell<>(this, this.value, this.sequence, this.origin);
	}

	final boolean isTombstone() {
		return this.value == null;
	}

	@Override
	public final T value() {
		if (this.value == null) {
			throw new IllegalStateException("The row " + key() + " is deleted");
		}
		return this.value;
	}

	@Override
	public final long sequence() {
		return this.sequence;
	}

	final void sequence(long newSequence) {
		this.sequence = newSequence;
	}

	@Override
	public final Origin origin() {
		return this.origin;
	}

	@Override
	public String toString() {
		return key() + "=" + this.value;
	}

}
