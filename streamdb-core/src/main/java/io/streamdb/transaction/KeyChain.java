package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

import io.streamdb.store.OverlayEdit;
import io.streamdb.store.Row;
import org.jspecify.annotations.Nullable;

/**
 * The pending mutations of one key, in the order of their transactions, and what is
 * visible with all of them. Each knows what it has made of the value below it, so after a
 * change only those are applied again that see another value: what is added on top, or
 * taken away there, costs the same whatever is below. Guarded by the commit lock.
 */
final class KeyChain {

	private static final Comparator<PendingMutation<?>> ORDER = Comparator
		.comparingLong((mutation) -> mutation.owner().order());

	private final KeyRef<?> ref;

	private final List<PendingMutation<?>> mutations = new ArrayList<>(2);

	/** The first that may see another value than before. */
	private int changedFrom;

	/** The last that may do so for a reason of its own. */
	private int changedTo;

	KeyChain(KeyRef<?> ref) {
		this.ref = ref;
	}

	boolean isEmpty() {
		return this.mutations.isEmpty();
	}

	int size() {
		return this.mutations.size();
	}

	PendingMutation<?> get(int index) {
		return this.mutations.get(index);
	}

	/**
	 * Finds a mutation.
	 * @return its index; negative when it is not there
	 */
	int indexOf(PendingMutation<?> mutation) {
		int index = Collections.binarySearch(this.mutations, mutation, ORDER);
		return (index >= 0 && this.mutations.get(index) == mutation) ? index : -1;
	}

	/**
	 * Adds the mutation of a transaction whose place in the order is the last one.
	 */
	void add(PendingMutation<?> mutation) {
		changed(this.mutations.size());
		this.mutations.add(mutation);
	}

	void remove(PendingMutation<?> mutation) {
		int index = indexOf(mutation);
		if (index >= 0) {
			this.mutations.remove(index);
			changed(index);
		}
	}

	/**
	 * Notes that a mutation is no longer frozen, or sees another synced value when it is
	 * the first.
	 */
	void changed(int index) {
		this.changedFrom = Math.min(this.changedFrom, index);
		this.changedTo = Math.max(this.changedTo, index);
	}

	/**
	 * Applies what has to be applied again, and shows the result.
	 * @param edit the overlay
	 * @throws UnfitMutationException when one does not fit; it has to be taken out
	 */
	void apply(OverlayEdit edit) throws UnfitMutationException {
		if (this.mutations.isEmpty()) {
			edit.clear(this.ref.definition(), this.ref.key());
			return;
		}
		boolean unchanged = false;
		int index = Math.min(this.changedFrom, this.mutations.size());
		Object value = (index > 0) ? this.mutations.get(index - 1).result() : syncedValue(edit);
		boolean renewed = index > 0 && this.mutations.get(index - 1).isRenewed();
		for (; index < this.mutations.size() && !unchanged; index++) {
			PendingMutation<?> mutation = this.mutations.get(index);
			this.changedFrom = index;
			try {
				unchanged = !mutation.applyOn(value, renewed) && index > this.changedTo;
			}
			catch (ConflictException ex) {
				throw new UnfitMutationException(mutation.owner(), ex);
			}
			value = mutation.result();
			renewed = mutation.isRenewed();
		}
		this.changedFrom = this.mutations.size();
		this.changedTo = -1;
		show(edit, this.mutations.get(this.mutations.size() - 1));
	}

	private @Nullable Object syncedValue(OverlayEdit edit) {
		Row<?> synced = edit.syncedRow(this.ref.definition(), this.ref.key());
		return (synced != null) ? synced.value() : null;
	}

	private void show(OverlayEdit edit, PendingMutation<?> last) {
		Object value = last.result();
		String txid = last.owner().txid();
		if (value != null) {
			edit.show(this.ref.definition(), this.ref.key(), value, last.isRenewed(), txid);
		}
		else {
			edit.hide(this.ref.definition(), this.ref.key(), txid);
		}
	}

	/**
	 * A mutation that cannot be applied to what is below it.
	 */
	static final class UnfitMutationException extends Exception {

		private final transient PendingTransaction transaction;

		private final ConflictException conflict;

		UnfitMutationException(PendingTransaction transaction, ConflictException conflict) {
			super(conflict);
			this.transaction = transaction;
			this.conflict = conflict;
		}

		PendingTransaction transaction() {
			return this.transaction;
		}

		ConflictException conflict() {
			return this.conflict;
		}

	}

}
