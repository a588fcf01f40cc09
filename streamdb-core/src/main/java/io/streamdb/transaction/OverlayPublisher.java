package io.streamdb.transaction;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

import io.streamdb.store.OverlayEdit;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedCommit;
import io.streamdb.transaction.PendingTransactions.Conflict;

/**
 * Publishes the overlay together with the synced state that it fits. Update functions run
 * here, without an ambient transaction. Guarded by the commit lock.
 */
final class OverlayPublisher {

	private final StateStore store;

	private final AmbientTransactions ambient;

	private final PendingTransactions pending = new PendingTransactions();

	OverlayPublisher(StateStore store, AmbientTransactions ambient) {
		this.store = store;
		this.ambient = ambient;
	}

	/**
	 * Returns how many transactions the overlay shows.
	 */
	int size() {
		return this.pending.size();
	}

	/**
	 * Shows a transaction on top of the others.
	 * @param transaction the transaction
	 * @return its conflict, if it does not fit what is visible; nothing was published
	 * then
	 */
	List<Conflict> add(PendingTransaction transaction) {
		OverlayEdit edit = this.store.edit();
		List<Conflict> conflicts = this.ambient.callWithout(() -> this.pending.add(transaction, edit));
		if (conflicts.isEmpty()) {
			this.store.publish(edit);
		}
		return conflicts;
	}

	/**
	 * Takes a transaction out of the overlay, and applies again what depends on it.
	 * @param transaction the transaction
	 * @param conflicted told of every other one that no longer fits
	 */
	void remove(PendingTransaction transaction, Consumer<Conflict> conflicted) {
		if (!transaction.isShown()) {
			return;
		}
		OverlayEdit edit = this.store.edit();
		List<Conflict> conflicts = this.ambient.callWithout(() -> this.pending.remove(List.of(transaction), edit));
		this.store.publish(edit);
		conflicts.forEach(conflicted);
	}

	/**
	 * Applies a transaction again that is no longer frozen.
	 * @param transaction the transaction
	 * @param conflicted told of it, and of every other one that no longer fits
	 */
	void reapply(PendingTransaction transaction, Consumer<Conflict> conflicted) {
		if (!transaction.isShown()) {
			return;
		}
		OverlayEdit edit = this.store.edit();
		List<Conflict> conflicts = this.ambient.callWithout(() -> this.pending.reapply(transaction, edit));
		this.store.publish(edit);
		conflicts.forEach(conflicted);
	}

	/**
	 * Publishes a commit of the stream, in one step with the overlay that fits it.
	 * @param commit the commit
	 * @param synced the transactions that its state contains
	 * @param conflicted told of every transaction that no longer fits
	 * @return the version that is visible now
	 */
	long commit(SyncedCommit commit, Collection<PendingTransaction> synced, Consumer<Conflict> conflicted) {
		OverlayEdit edit = this.store.edit(commit);
		List<Conflict> conflicts = this.ambient.callWithout(() -> this.pending.rebase(commit, synced, edit));
		long version = this.store.publish(edit);
		conflicts.forEach(conflicted);
		return version;
	}

}
