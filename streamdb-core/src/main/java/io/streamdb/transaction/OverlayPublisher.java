package io.streamdb.transaction;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.streamdb.store.Change;
import io.streamdb.store.OverlayEdit;
import io.streamdb.store.StateSnapshot;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedCommit;
import io.streamdb.transaction.PendingTransactions.Conflict;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the overlay together with the synced state that it fits. Update functions run
 * here, without an ambient transaction. Guarded by the commit lock.
 */
final class OverlayPublisher {

	private final StateStore store;

	private final AmbientTransactions ambient;

	private final PendingTransactions pending;

	private volatile VisibleFeed feed = new SilentFeed();

	OverlayPublisher(StateStore store, AmbientTransactions ambient, Consumer<PendingTransaction> left) {
		this.store = store;
		this.ambient = ambient;
		this.pending = new PendingTransactions(left);
	}

	/**
	 * Sets who is told what changes in the visible state.
	 */
	void tell(VisibleFeed told) {
		this.feed = told;
	}

	/**
	 * Lets what was told be delivered; called without the commit lock.
	 */
	void released() {
		this.feed.released();
	}

	/**
	 * Returns how many transactions the overlay shows.
	 */
	int size() {
		return this.pending.size();
	}

	/**
	 * Shows a transaction on top of the others, unless it does not fit what is visible.
	 * @param transaction the transaction
	 * @param conflicted told of it in that case, and of others that do not fit any more
	 */
	void add(PendingTransaction transaction, Consumer<Conflict> conflicted) {
		edit((edit) -> this.pending.add(transaction, edit), List.of(), conflicted);
	}

	/**
	 * Finds what a transaction has to wait for.
	 * @param transaction the transaction
	 * @return an earlier one, or {@code null}
	 */
	@Nullable PendingTransaction obstacle(PendingTransaction transaction) {
		return this.pending.obstacle(transaction);
	}

	/**
	 * Finds what a transaction was made on top of, and may yet fail.
	 * @param transaction the transaction
	 * @return the earlier ones
	 */
	List<PendingTransaction> below(PendingTransaction transaction) {
		return this.pending.below(transaction);
	}

	/**
	 * Finds what a transaction must not be sent on top of.
	 * @param transaction the transaction
	 * @return an earlier one, or {@code null}
	 */
	@Nullable PendingTransaction unsentBelow(PendingTransaction transaction) {
		return this.pending.unsentBelow(transaction);
	}

	/**
	 * Takes transactions out of the overlay, and applies again what depends on them.
	 * @param transactions the transactions
	 * @param conflicted told of every other one that no longer fits
	 */
	void remove(List<PendingTransaction> transactions, Consumer<Conflict> conflicted) {
		if (transactions.stream().anyMatch(PendingTransaction::isShown)) {
			edit((edit) -> this.pending.remove(transactions, edit), transactions, conflicted);
		}
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
		edit((edit) -> this.pending.reapply(transaction, edit), List.of(), conflicted);
	}

	private void edit(Function<OverlayEdit, List<Conflict>> change, List<PendingTransaction> leaving,
			Consumer<Conflict> conflicted) {
		OverlayEdit edit = this.store.edit();
		if (this.feed.isWanted()) {
			edit.track();
		}
		List<Conflict> conflicts = this.ambient.callWithout(() -> change.apply(edit));
		publish(edit, null, leaving);
		conflicts.forEach(conflicted);
	}

	private long publish(OverlayEdit edit, @Nullable SyncedCommit commit, Collection<PendingTransaction> leaving) {
		if (!this.feed.isWanted()) {
			return this.store.publish(edit);
		}
		Set<String> sent = leaving.stream()
			.filter(PendingTransaction::isSent)
			.map(PendingTransaction::txid)
			.collect(Collectors.toSet());
		List<Change<?>> changes = this.store.publishTelling(edit, commit, sent);
		StateSnapshot now = this.store.visible();
		this.feed.changed(now.version(), now.offset(), changes);
		return now.version();
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
		if (this.feed.isWanted()) {
			edit.track();
		}
		List<Conflict> conflicts = this.ambient.callWithout(() -> this.pending.rebase(commit, synced, edit));
		long version = publish(edit, commit, synced);
		conflicts.forEach(conflicted);
		return version;
	}

	/**
	 * Nobody wants to know.
	 */
	private static final class SilentFeed implements VisibleFeed {

		@Override
		public boolean isWanted() {
			return false;
		}

		@Override
		public void changed(long version, @Nullable String offset, List<Change<?>> changes) {
			throw new IllegalStateException("Nobody wants to know");
		}

		@Override
		public void released() {
			// There is nothing to deliver.
		}

	}

}
