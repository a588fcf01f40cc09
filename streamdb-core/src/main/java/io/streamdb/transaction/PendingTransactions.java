package io.streamdb.transaction;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.streamdb.store.OverlayEdit;
import io.streamdb.store.SyncedCommit;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of the overlay, in the order of their commits, kept per key: visible
 * state is the synced state with their mutations applied one after the other. Only keys
 * that changed are computed again. A mutation that cannot be applied again takes its
 * whole transaction out, and with that the keys of that one are computed again (SPEC T2,
 * T5). Guarded by the commit lock.
 */
final class PendingTransactions {

	private final Map<KeyRef<?>, KeyChain> byKey = new HashMap<>();

	private final Consumer<PendingTransaction> left;

	private int size;

	private long nextOrder;

	/**
	 * Creates an empty overlay.
	 * @param left told of each transaction that has left it
	 */
	PendingTransactions(Consumer<PendingTransaction> left) {
		this.left = left;
	}

	int size() {
		return this.size;
	}

	/**
	 * Puts a transaction on top. One that a custom {@code mutate} has committed goes out
	 * before what that one has not persisted, and before what waits for it: all of these
	 * are put on top of it.
	 * @param transaction the transaction
	 * @param edit the overlay
	 * @return the conflicts: of the transaction itself, or of those
	 */
	List<Conflict> add(PendingTransaction transaction, OverlayEdit edit) {
		Set<KeyRef<?>> keys = new LinkedHashSet<>();
		List<PendingTransaction> later = (transaction.startedBy() != null) ? notYetSent(transaction) : List.of();
		transaction.shown(true);
		this.size++;
		append(transaction, keys);
		later.forEach((other) -> putOnTop(other, keys));
		return recompute(keys, edit);
	}

	/**
	 * Finds what is not sent before a transaction that a custom {@code mutate} has
	 * committed: that one, unless it was sent, and what stands above it, or above one of
	 * these, on a common key. Not what the same {@code mutate} has committed before: that
	 * keeps its order.
	 * @return the transactions in their order
	 */
	private List<PendingTransaction> notYetSent(PendingTransaction transaction) {
		Set<PendingTransaction> family = new HashSet<>();
		Set<PendingTransaction> found = new HashSet<>();
		Deque<PendingTransaction> todo = new ArrayDeque<>();
		for (PendingTransaction ancestor = transaction.startedBy(); ancestor != null; ancestor = ancestor.startedBy()) {
			family.add(ancestor);
			if (ancestor.isShown() && !ancestor.isQueued() && found.add(ancestor)) {
				todo.add(ancestor);
			}
		}
		Map<KeyRef<?>, Long> searched = new HashMap<>();
		while (!todo.isEmpty()) {
			PendingTransaction below = todo.remove();
			for (PendingMutation<?> mutation : below.mutations()) {
				Long from = searched.get(mutation.ref());
				if (from != null && from <= below.order()) {
					continue;
				}
				searched.put(mutation.ref(), below.order());
				KeyChain chain = chain(mutation);
				for (int i = chain.size() - 1; i >= 0 && chain.get(i) != mutation; i--) {
					PendingTransaction owner = chain.get(i).owner();
					if (!owner.isQueued() && !owner.isOneOf(family) && found.add(owner)) {
						todo.add(owner);
					}
				}
			}
		}
		return found.stream().sorted(Comparator.comparingLong(PendingTransaction::order)).toList();
	}

	private void putOnTop(PendingTransaction transaction, Set<KeyRef<?>> keys) {
		for (PendingMutation<?> mutation : transaction.mutations()) {
			chain(mutation).remove(mutation);
		}
		append(transaction, keys);
	}

	private void append(PendingTransaction transaction, Set<KeyRef<?>> keys) {
		for (PendingMutation<?> mutation : transaction.mutations()) {
			chain(mutation).add(mutation);
			keys.add(mutation.ref());
		}
		transaction.order(this.nextOrder++);
	}

	private KeyChain chain(PendingMutation<?> mutation) {
		return this.byKey.computeIfAbsent(mutation.ref(), KeyChain::new);
	}

	/**
	 * Finds what a transaction has to wait for before it is sent: an earlier one on one
	 * of its keys that is not sent itself, or that a custom {@code mutate} may yet fail.
	 * @param transaction the transaction
	 * @return one of them, or {@code null} when there is none
	 */
	@Nullable PendingTransaction obstacle(PendingTransaction transaction) {
		return below(transaction,
				(earlier) -> earlier.isUnconfirmed() || earlier.isUnresolved() || !earlier.isQueued());
	}

	/**
	 * Finds what a transaction must not be sent on top of: an earlier one on one of its
	 * keys that is not sent, or of unknown outcome. It had none when it was queued.
	 * @param transaction the transaction
	 * @return one of them, or {@code null} when there is none
	 */
	@Nullable PendingTransaction unsentBelow(PendingTransaction transaction) {
		return below(transaction, (earlier) -> earlier.isUnconfirmed() || earlier.isUnresolved() || !earlier.isSent());
	}

	private @Nullable PendingTransaction below(PendingTransaction transaction,
			Predicate<PendingTransaction> isObstacle) {
		for (PendingMutation<?> mutation : transaction.mutations()) {
			KeyChain chain = this.byKey.get(mutation.ref());
			for (int i = (chain != null) ? chain.indexOf(mutation) - 1 : -1; i >= 0; i--) {
				PendingTransaction earlier = chain.get(i).owner();
				if (isObstacle.test(earlier)) {
					if (!transaction.isPartOf(earlier)) {
						return earlier;
					}
				}
				else if (earlier.startedBy() == null) {
					// It was not sent before there was nothing to wait for.
					break;
				}
			}
		}
		return null;
	}

	/**
	 * Finds the transactions below another one on its keys that may yet fail.
	 * @param transaction the transaction
	 * @return those that are not acknowledged
	 */
	List<PendingTransaction> below(PendingTransaction transaction) {
		Set<PendingTransaction> found = new LinkedHashSet<>();
		for (PendingMutation<?> mutation : transaction.mutations()) {
			KeyChain chain = this.byKey.get(mutation.ref());
			for (int i = 0; chain != null && chain.get(i) != mutation; i++) {
				PendingTransaction owner = chain.get(i).owner();
				if (!owner.isAcknowledged()) {
					found.add(owner);
				}
			}
		}
		return List.copyOf(found);
	}

	/**
	 * Takes transactions out, because they are rolled back or synced.
	 * @param transactions the transactions
	 * @param edit the overlay
	 * @return the conflicts of the others
	 */
	List<Conflict> remove(Collection<PendingTransaction> transactions, OverlayEdit edit) {
		Set<KeyRef<?>> keys = new LinkedHashSet<>();
		transactions.forEach((transaction) -> takeOut(transaction, keys));
		return recompute(keys, edit);
	}

	/**
	 * Applies a transaction again.
	 * @param transaction the transaction
	 * @param edit the overlay
	 * @return the conflicts, of the transaction itself and of others
	 */
	List<Conflict> reapply(PendingTransaction transaction, OverlayEdit edit) {
		Set<KeyRef<?>> keys = new LinkedHashSet<>();
		for (PendingMutation<?> mutation : transaction.mutations()) {
			KeyChain chain = chain(mutation);
			chain.changed(chain.indexOf(mutation));
			keys.add(mutation.ref());
		}
		return recompute(keys, edit);
	}

	/**
	 * Takes transactions out that a commit has brought, and puts the others on top of it.
	 * @param commit the commit
	 * @param synced the transactions that its state contains
	 * @param edit the overlay on the state of the commit
	 * @return the conflicts of the others
	 */
	List<Conflict> rebase(SyncedCommit commit, Collection<PendingTransaction> synced, OverlayEdit edit) {
		Set<KeyRef<?>> keys = touched(commit);
		synced.forEach((transaction) -> takeOut(transaction, keys));
		return recompute(keys, edit);
	}

	private Set<KeyRef<?>> touched(SyncedCommit commit) {
		Set<KeyRef<?>> keys = new LinkedHashSet<>();
		if (commit.touchedCount() < this.byKey.size()) {
			commit.forEachTouched((definition, key) -> {
				KeyRef<?> ref = new KeyRef<>(definition, key);
				if (this.byKey.containsKey(ref)) {
					keys.add(ref);
				}
			});
		}
		else {
			for (KeyRef<?> ref : this.byKey.keySet()) {
				if (commit.touches(ref.definition(), ref.key())) {
					keys.add(ref);
				}
			}
		}
		for (KeyRef<?> ref : keys) {
			this.byKey.computeIfAbsent(ref, KeyChain::new).changed(0);
		}
		return keys;
	}

	private void takeOut(PendingTransaction transaction, Set<KeyRef<?>> keys) {
		if (!transaction.isShown()) {
			return;
		}
		transaction.shown(false);
		this.size--;
		for (PendingMutation<?> mutation : transaction.mutations()) {
			KeyChain chain = this.byKey.get(mutation.ref());
			if (chain != null) {
				chain.remove(mutation);
				if (chain.isEmpty()) {
					this.byKey.remove(mutation.ref());
				}
			}
			keys.add(mutation.ref());
		}
		this.left.accept(transaction);
	}

	/**
	 * Computes keys again. Of several conflicts the one of the earliest transaction
	 * counts, since nothing before it can change any more; without that transaction the
	 * others may do.
	 */
	private List<Conflict> recompute(Set<KeyRef<?>> keys, OverlayEdit edit) {
		List<Conflict> conflicts = new ArrayList<>(0);
		Map<KeyRef<?>, Conflict> found = new HashMap<>(0);
		Set<KeyRef<?>> changed = keys;
		while (true) {
			for (KeyRef<?> ref : changed) {
				found.remove(ref);
				Conflict conflict = recompute(ref, edit);
				if (conflict != null) {
					found.put(ref, conflict);
				}
			}
			if (found.isEmpty()) {
				return conflicts;
			}
			Conflict earliest = Collections.min(found.values(),
					Comparator.comparingLong((conflict) -> conflict.transaction().order()));
			conflicts.add(earliest);
			changed = new LinkedHashSet<>();
			takeOut(earliest.transaction(), changed);
		}
	}

	private @Nullable Conflict recompute(KeyRef<?> ref, OverlayEdit edit) {
		KeyChain chain = this.byKey.get(ref);
		if (chain == null) {
			edit.clear(ref.definition(), ref.key());
			return null;
		}
		try {
			chain.apply(edit);
			return null;
		}
		catch (KeyChain.UnfitMutationException ex) {
			return new Conflict(ex.transaction(), ex.conflict());
		}
	}

	/**
	 * A transaction that could not be applied again; it is out of the overlay.
	 *
	 * @param transaction the transaction
	 * @param failure why
	 */
	record Conflict(PendingTransaction transaction, ConflictException failure) {
	}

}
