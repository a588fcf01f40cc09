package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.AppendResult;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * A committed transaction, until it has settled and its overlay is gone. Guarded by the
 * commit lock.
 */
final class PendingTransaction {

	private final Settlement settlement;

	private final CompletableFuture<@Nullable Void> delivery = new CompletableFuture<>();

	private List<PendingMutation<?>> mutations = List.of();

	private long order;

	private boolean shown;

	private boolean applied;

	private boolean seen;

	private boolean sent;

	private int streamSentTo;

	private int beginningSentAfter;

	private int readAcknowledgedIn;

	private long fenceWatched;

	private boolean overdue;

	private boolean queued;

	private @Nullable AppendOutcomeUnknownException reason;

	private @Nullable String action;

	private boolean started;

	private boolean handedOut;

	private List<Settlement> foundation = List.of();

	private @Nullable ConflictException conflict;

	private @Nullable PendingTransaction startedBy;

	private @Nullable PendingTransaction heldBy;

	private final Set<PendingTransaction> waiters = new LinkedHashSet<>(0);

	private boolean persisting;

	private boolean delivered;

	private boolean mutated;

	private @Nullable AppendResult acknowledgement;

	PendingTransaction(Settlement settlement) {
		this.settlement = settlement;
	}

	void mutations(List<PendingMutation<?>> list) {
		this.mutations = list;
	}

	String txid() {
		return this.settlement.txid();
	}

	Settlement settlement() {
		return this.settlement;
	}

	List<PendingMutation<?>> mutations() {
		return this.mutations;
	}

	/**
	 * The place in the order of commits.
	 */
	long order() {
		return this.order;
	}

	void order(long place) {
		this.order = place;
	}

	/**
	 * Completes when the default persister has done its work for a custom {@code mutate};
	 * completed outside of the commit lock.
	 */
	CompletableFuture<@Nullable Void> delivery() {
		return this.delivery;
	}

	void tellDelivery(@Nullable RuntimeException failure) {
		if (failure != null) {
			this.delivery.completeExceptionally(failure);
		}
		else {
			this.delivery.complete(null);
		}
	}

	/**
	 * Whether the mutations stay as they are, whatever the stream brings: they are
	 * encoded, or in the hands of a custom {@code mutate}.
	 */
	boolean isFrozen() {
		return this.sent || this.handedOut;
	}

	/**
	 * Whether a custom {@code mutate} was told the mutations.
	 */
	boolean isHandedOut() {
		return this.handedOut;
	}

	/**
	 * Freezes the mutations, since a custom {@code mutate} is told them.
	 * @param below the transactions that they were made on top of, and that may yet fail
	 */
	void handOut(List<PendingTransaction> below) {
		this.handedOut = true;
		this.foundation = below.stream().map(PendingTransaction::settlement).toList();
	}

	/**
	 * Why the mutations must not be sent, whatever the custom {@code mutate} wants.
	 */
	@Nullable ConflictException conflict() {
		if (this.conflict != null) {
			return this.conflict;
		}
		for (Settlement below : this.foundation) {
			TransactionOutcome outcome = below.outcome().orElse(null);
			if (!below.isAcknowledged()
					&& (outcome == TransactionOutcome.FAILED || outcome == TransactionOutcome.UNKNOWN)) {
				return new ConflictException(
						"The mutations of " + this + " are in conflict: they were told to mutate"
								+ " on top of the transaction " + below.txid() + ", which has ended as " + outcome,
						null);
			}
		}
		return null;
	}

	void conflict(ConflictException reason) {
		this.conflict = reason;
	}

	/**
	 * Whether the mutations are part of the overlay.
	 */
	boolean isShown() {
		return this.shown;
	}

	void shown(boolean nowShown) {
		this.shown = nowShown;
		this.applied |= nowShown;
	}

	/**
	 * Whether the synced state contains the transaction.
	 */
	boolean isSeen() {
		return this.seen;
	}

	void see() {
		this.seen = true;
	}

	/**
	 * Whether it is encoded, and not given back by the sender.
	 */
	boolean isSent() {
		return this.sent;
	}

	/**
	 * Notes that it is encoded to be sent.
	 * @param streams how many streams were known to be replaced by then
	 * @param beginnings how often a stream had begun to come from its start by then
	 */
	void send(int streams, int beginnings) {
		this.streamSentTo = streams;
		this.beginningSentAfter = beginnings;
		this.sent = true;
		this.settlement.persisting();
	}

	int streamSentTo() {
		return this.streamSentTo;
	}

	int beginningSentAfter() {
		return this.beginningSentAfter;
	}

	/**
	 * Takes back that it was sent.
	 */
	void withdraw() {
		this.sent = false;
		if (!this.started) {
			this.settlement.pending();
		}
	}

	/**
	 * Whether the sender has it, so that it goes out before all that are queued later.
	 */
	boolean isQueued() {
		return this.queued;
	}

	void queued(boolean now) {
		this.queued = now;
	}

	/**
	 * Whether it may be in the stream or not, and that is about to become known.
	 */
	boolean isUnresolved() {
		return this.reason != null;
	}

	/**
	 * Returns why it is not known whether it is in the stream.
	 * @return the reason, or {@code null} when that is not so
	 */
	@Nullable AppendOutcomeUnknownException reason() {
		return this.reason;
	}

	void unresolved(@Nullable AppendOutcomeUnknownException why) {
		this.reason = why;
	}

	/**
	 * Returns how far the stream was read when its fence was looked for last.
	 */
	long fenceWatched() {
		return this.fenceWatched;
	}

	void watchFence(long read) {
		this.fenceWatched = read;
	}

	/**
	 * Whether the time to send it is over.
	 */
	boolean isOverdue() {
		return this.overdue;
	}

	void overdue() {
		this.overdue = true;
	}

	/**
	 * Whether a custom {@code mutate} settles it, and not the default persister.
	 */
	boolean isCustom() {
		return this.action != null;
	}

	/**
	 * Leaves it to a custom {@code mutate}.
	 * @param name the action, for people
	 */
	void custom(String name) {
		this.action = name;
	}

	/**
	 * Whether the custom {@code mutate} was called: it is too late for a rollback.
	 */
	boolean isStarted() {
		return this.started;
	}

	void start() {
		this.started = true;
		this.settlement.persisting();
	}

	/**
	 * Whether it is in the hands of a custom {@code mutate} and not known to be in the
	 * stream, so that its values must not get there by way of others.
	 */
	boolean isUnconfirmed() {
		return isCustom() && !isAcknowledged();
	}

	/**
	 * Whether a custom {@code mutate} has committed it, or one that was started by that
	 * one has.
	 * @param other the transaction of that {@code mutate}
	 */
	boolean isPartOf(PendingTransaction other) {
		PendingTransaction ancestor = this.startedBy;
		while (ancestor != null && ancestor != other) {
			ancestor = ancestor.startedBy;
		}
		return ancestor != null;
	}

	/**
	 * Whether it is one of some transactions, or one that their {@code mutate} has
	 * committed.
	 * @param others the transactions
	 */
	boolean isOneOf(Set<PendingTransaction> others) {
		PendingTransaction member = this;
		while (member != null && !others.contains(member)) {
			member = member.startedBy;
		}
		return member != null;
	}

	@Nullable PendingTransaction startedBy() {
		return this.startedBy;
	}

	void startedBy(@Nullable PendingTransaction mutating) {
		this.startedBy = mutating;
		if (mutating != null) {
			mutating.forgetEnded();
		}
	}

	/**
	 * Lets go of ancestors that have ended, or actions that start each other would all be
	 * kept.
	 */
	private void forgetEnded() {
		while (this.startedBy != null && this.startedBy.settlement.isSettled() && !this.startedBy.shown) {
			this.startedBy = this.startedBy.startedBy;
		}
	}

	/**
	 * The transaction that it waits for before it is sent.
	 */
	@Nullable PendingTransaction heldBy() {
		return this.heldBy;
	}

	void heldBy(@Nullable PendingTransaction obstacle) {
		this.heldBy = obstacle;
	}

	/**
	 * Those that wait for this one before they are sent.
	 */
	Set<PendingTransaction> waiters() {
		return this.waiters;
	}

	/**
	 * Describes what it waits for, for people.
	 * @return the description, or {@code null} when it does not wait
	 */
	@Nullable String obstacle() {
		PendingTransaction obstacle = this.heldBy;
		while (obstacle != null && !obstacle.isUnconfirmed() && !obstacle.isUnresolved()) {
			obstacle = obstacle.heldBy;
		}
		if (obstacle != null && obstacle.isUnresolved()) {
			return "the transaction " + obstacle.txid() + ", of which it is not known whether it has arrived";
		}
		return (obstacle != null)
				? "the action " + obstacle.action + " (transaction " + obstacle.txid() + "), whose mutate has not ended"
				: null;
	}

	/**
	 * Whether the custom {@code mutate} has asked for the default persister.
	 */
	boolean isPersisting() {
		return this.persisting;
	}

	void persisting() {
		this.persisting = true;
	}

	/**
	 * Whether the default persister has done its work.
	 */
	boolean isDelivered() {
		return this.delivered;
	}

	void delivered() {
		this.delivered = true;
	}

	/**
	 * Whether the custom {@code mutate} has ended.
	 */
	boolean isMutated() {
		return this.mutated;
	}

	void mutated() {
		this.mutated = true;
	}

	/**
	 * Whether a stream has it.
	 */
	boolean isAcknowledged() {
		return this.settlement.isAcknowledged();
	}

	/**
	 * Notes that a stream has it, and that it is not known where.
	 */
	void acknowledgedSomewhere() {
		this.settlement.acknowledge();
	}

	/**
	 * Returns the offset that it lies before.
	 * @return the offset, or {@code null} when it is not known, or no stream has it
	 */
	@Nullable String acknowledgedOffset() {
		return (this.acknowledgement != null) ? this.acknowledgement.offset() : null;
	}

	/**
	 * Returns which incarnation of the stream has it.
	 * @return its name, or {@code null} when that is not known
	 */
	@Nullable String acknowledgedBy() {
		return (this.acknowledgement != null) ? this.acknowledgement.incarnation() : null;
	}

	/**
	 * Notes that a stream has it.
	 * @param answer the answer of its server
	 * @param reads how often it was begun by then to read a stream anew
	 */
	void acknowledged(AppendResult answer, int reads) {
		this.acknowledgement = answer;
		this.readAcknowledgedIn = reads;
		this.settlement.acknowledge();
	}

	int readAcknowledgedIn() {
		return this.readAcknowledgedIn;
	}

	/**
	 * Describes what the mutations do as of now.
	 * @param collected what they did when they were collected
	 * @return the mutations
	 */
	List<Mutation<?>> describe(List<Mutation<?>> collected) {
		if (!this.applied) {
			return List.copyOf(collected);
		}
		List<Mutation<?>> described = new ArrayList<>(this.mutations.size());
		for (PendingMutation<?> mutation : this.mutations) {
			Mutation<?> description = mutation.describe();
			if (description != null) {
				described.add(description);
			}
		}
		return List.copyOf(described);
	}

	/**
	 * Makes the events as of now, and keeps their values for the handles.
	 * @param timestamp the timestamp of every event
	 * @return the events; none when there is nothing to do
	 */
	List<ChangeEvent<?>> events(String timestamp) {
		List<ChangeEvent<?>> events = new ArrayList<>(this.mutations.size());
		Map<KeyRef<?>, Object> values = new HashMap<>();
		for (PendingMutation<?> mutation : this.mutations) {
			Operation operation = mutation.operation();
			if (operation != null) {
				CollectionDefinition<?> definition = mutation.ref().definition();
				Object value = mutation.after();
				events.add(new ChangeEvent<>(definition.type(), mutation.ref().key(), value, null,
						new EventHeaders(operation, txid(), timestamp, Map.of())));
				if (value != null) {
					values.put(mutation.ref(), value);
				}
			}
		}
		this.settlement.sent(values);
		return events;
	}

	@Override
	public String toString() {
		return "The transaction " + txid();
	}

}
