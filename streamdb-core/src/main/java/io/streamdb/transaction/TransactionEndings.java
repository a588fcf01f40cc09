package io.streamdb.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.AppendResult;
import io.streamdb.client.DurableStreamException;
import io.streamdb.client.StreamGoneException;
import io.streamdb.client.StreamMetadata;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.event.InvalidEvent;
import io.streamdb.store.SyncedCommit;
import io.streamdb.transaction.PendingTransactions.Conflict;
import org.jspecify.annotations.Nullable;

/**
 * Ends transactions: by what the stream brings, by what the server answers, by time (SPEC
 * T4, T5). Guarded by the commit lock.
 * <p>
 * One that may have reached the server without an answer stays visible until its fence is
 * known: an offset behind which nothing of it can come. When the synced state has reached
 * that offset and does not contain it, it has failed for certain. Where there is no fence
 * within another transaction timeout, or nothing is read for so long on the way to it,
 * the server stays away, and the outcome stays unknown; so it does where what was read up
 * to the fence began after it was sent, for a snapshot may have taken the place of its
 * events.
 */
final class TransactionEndings {

	private final TransactionEnvironment environment;

	private final CommitLock lock;

	private final OverlayPublisher overlay;

	private final SendOrder order;

	private final UnsettledTransactions unsettled;

	/** Those that the stream has not brought. */
	private final Map<String, PendingTransaction> byTxid = new ConcurrentHashMap<>();

	private final AcknowledgedTransactions acknowledged = new AcknowledgedTransactions();

	private final ReadProgress reading = new ReadProgress();

	private final UnresolvedTransactions unresolved;

	private final DeadlineQueue sendDeadlines;

	private final DeadlineQueue visibleDeadlines;

	/** How often another stream has taken the place of the one that is followed. */
	private int streams;

	/** How often a stream has begun to come from its start, or what is left of it. */
	private int beginnings;

	/** How often it was begun to read a stream of which no name is known. */
	private int reads;

	/** Which incarnation of the stream is read, where its server names them. */
	private @Nullable String incarnation;

	/** How often the witness was asked: only the last answer counts. */
	private long questions;

	/** Whether the published state is still of the stream before. */
	private boolean outdated;

	private volatile StreamWitness witness = new StreamWitness() {

		@Override
		public void missing() {
			// Nobody has to know.
		}

		@Override
		public void doubted(Consumer<StreamMetadata> same) {
			// Nobody knows.
		}

	};

	TransactionEndings(TransactionEnvironment environment, CommitLock lock, OverlayPublisher overlay, SendOrder order,
			UnsettledTransactions unsettled) {
		this.environment = environment;
		this.lock = lock;
		this.overlay = overlay;
		this.order = order;
		this.unsettled = unsettled;
		this.sendDeadlines = deadlines(environment.transactionTimeout(), this::notSentInTime);
		this.unresolved = new UnresolvedTransactions(this.reading,
				deadlines(environment.transactionTimeout(), this::notResolvedInTime));
		this.visibleDeadlines = deadlines(environment.visibleTimeout(), this::notVisibleInTime);
	}

	private DeadlineQueue deadlines(Duration timeout, DeadlineQueue.Expiry expired) {
		return new DeadlineQueue(this.lock, this.environment.scheduler(), this.environment.scheduling(), timeout,
				expired);
	}

	/**
	 * Returns whether a txid belongs to a transaction that the stream has not brought
	 * yet. Needs no lock.
	 */
	boolean isPending(String txid) {
		return this.byTxid.containsKey(txid);
	}

	/**
	 * Waits for the stream to bring a transaction.
	 */
	void expect(PendingTransaction transaction) {
		this.byTxid.put(transaction.txid(), transaction);
	}

	// By the stream

	/**
	 * Publishes a commit of the stream, and ends what it ends.
	 * @param commit the commit
	 * @param txids the pending txids in it
	 * @param invalid of those with events that were left out the first such event
	 * @param after wakes those who wait
	 * @return the version that is visible now
	 */
	long commitSynced(SyncedCommit commit, Collection<String> txids, Map<String, InvalidEvent> invalid,
			Aftermath after) {
		Set<PendingTransaction> synced = new LinkedHashSet<>();
		for (String txid : txids) {
			PendingTransaction transaction = this.byTxid.get(txid);
			if (transaction != null) {
				synced.add(transaction);
			}
		}
		List<PendingTransaction> absent = new ArrayList<>(0);
		List<PendingTransaction> abandoned = new ArrayList<>(0);
		List<PendingTransaction> lost = new ArrayList<>(0);
		String offset = commit.state().offset();
		boolean another = this.outdated;
		if (another) {
			this.outdated = false;
			abandoned.addAll(leftBehind(after));
		}
		if (offset != null) {
			synced.addAll(this.acknowledged.removeUpTo(offset));
		}
		abandoned.removeAll(synced);
		if (another) {
			lost.addAll(this.unresolved.all());
			lost.removeAll(synced);
		}
		else if (offset != null) {
			for (PendingTransaction transaction : this.unresolved.fencedUpTo(offset)) {
				if (!synced.contains(transaction)) {
					(isWholeSince(transaction) ? absent : lost).add(transaction);
				}
			}
		}
		Set<PendingTransaction> leaving = new LinkedHashSet<>(synced);
		leaving.addAll(abandoned);
		Stream.concat(absent.stream(), lost.stream())
			.filter((transaction) -> !transaction.isCustom())
			.forEach(leaving::add);
		long version = this.overlay.commit(commit, leaving, (conflict) -> conflicted(conflict, after));
		synced.forEach((transaction) -> seen(transaction, invalid.get(transaction.txid()), after));
		absent.forEach((transaction) -> absent(transaction, after));
		abandoned.forEach((transaction) -> abandoned(transaction, after));
		unknown(lost, after);
		return version;
	}

	/**
	 * Notes that the synced state contains a transaction, which is out of the overlay, or
	 * all of it but what was invalid.
	 */
	private void seen(PendingTransaction transaction, @Nullable InvalidEvent invalid, Aftermath after) {
		transaction.see();
		this.unresolved.remove(transaction);
		this.visibleDeadlines.remove(transaction);
		this.byTxid.remove(transaction.txid());
		this.acknowledged.remove(transaction);
		if (transaction.isCustom() && !transaction.isPersisting()) {
			return;
		}
		if (invalid == null) {
			delivered(transaction, TransactionOutcome.COMPLETED, null, after);
		}
		else {
			delivered(transaction, TransactionOutcome.DURABLE,
					new NotYetVisibleException(transaction + " is in the stream, but what came back of "
							+ invalid.type() + " '" + invalid.key() + "' is not valid, and was left out here: "
							+ invalid.reason() + "; do not repeat it, and find out what changes it on its way",
							invalid.cause()),
					after);
		}
	}

	/**
	 * Ends a transaction that the stream does not contain up to its fence. Where a custom
	 * {@code mutate} is running, it stays visible until that has ended.
	 */
	private void absent(PendingTransaction transaction, Aftermath after) {
		this.unresolved.remove(transaction);
		if (!transaction.isCustom()) {
			takeOut(transaction, after);
		}
		SendFailure end = SendFailure.absent(transaction);
		delivered(transaction, end.outcome(), end.exception(), after);
	}

	/**
	 * Sets who is told what the answers to appends say of the stream.
	 */
	void tell(StreamWitness told) {
		this.witness = told;
	}

	/**
	 * Returns what is known of the reading of the stream. Needs no lock.
	 */
	ReadProgress reading() {
		return this.reading;
	}

	/**
	 * Returns how many streams were followed before this one.
	 */
	int streams() {
		return this.streams;
	}

	/**
	 * Notes that the next commit is the first one of another stream (SPEC M10): what only
	 * the old one has acknowledged leaves the overlay with it, and what may be in either
	 * is of unknown outcome.
	 */
	void streamReplaced() {
		this.streams++;
		this.outdated = true;
		this.incarnation = null;
		this.questions++;
		this.acknowledged.doubtAll();
		this.unresolved.forgetFences();
	}

	/**
	 * Returns how often a stream has begun to come from its start.
	 */
	int beginnings() {
		return this.beginnings;
	}

	/**
	 * Notes that the stream has begun to come from its start, or from that of what is
	 * left of it: something that was sent before may be in it without a txid.
	 */
	void streamBegun() {
		this.beginnings++;
	}

	/**
	 * Returns whether everything was read that has come since a transaction was sent.
	 */
	private boolean isWholeSince(PendingTransaction transaction) {
		return transaction.beginningSentAfter() == this.beginnings;
	}

	/**
	 * Notes that it is about to be found out which incarnation of the stream is there.
	 */
	void streamAsked() {
		this.reads++;
	}

	/**
	 * Notes which incarnation of the stream is read from now on.
	 */
	void streamNamed(String name) {
		this.incarnation = name;
		this.acknowledged.doubt(this::isAnotherThanRead);
	}

	/**
	 * Tells those in doubt that this stream has from those that only an earlier one has.
	 * @return the latter
	 */
	private List<PendingTransaction> leftBehind(Aftermath after) {
		List<PendingTransaction> left = new ArrayList<>(0);
		boolean undecided = false;
		for (PendingTransaction transaction : this.acknowledged.inDoubt()) {
			if (isAnotherThanRead(transaction) && transaction.readAcknowledgedIn() == this.reads) {
				// It came while this stream was read: the other one may be a later one.
				undecided = true;
			}
			else if (isNamed(transaction) && !isAnotherThanRead(transaction)) {
				this.acknowledged.add(transaction);
			}
			else {
				this.acknowledged.remove(transaction);
				left.add(transaction);
			}
		}
		if (undecided) {
			ask(after);
		}
		return left;
	}

	/**
	 * Returns whether the names tell if the stream that has a transaction is the one that
	 * is read.
	 */
	private boolean isNamed(PendingTransaction transaction) {
		return transaction.acknowledgedBy() != null && this.incarnation != null;
	}

	private boolean isAnotherThanRead(PendingTransaction transaction) {
		return isNamed(transaction) && !this.incarnation.equals(transaction.acknowledgedBy());
	}

	/**
	 * Asks whether the stream is still the one that is read. What it has by now, nobody
	 * knows where, lies before the tail that it is answered.
	 */
	private void ask(Aftermath after) {
		long question = ++this.questions;
		List<PendingTransaction> somewhere = this.acknowledged.somewhere();
		after.add(() -> this.witness.doubted((stream) -> this.lock.exclusively((later) -> {
			if (question == this.questions) {
				locate(somewhere, stream);
				sameStream(later);
			}
		})));
	}

	/**
	 * Notes before which tail those are of which it was not known where they are.
	 */
	private void locate(List<PendingTransaction> somewhere, StreamMetadata stream) {
		AppendResult answer = new AppendResult(stream.offset(), true, stream.closed(), stream.incarnation());
		for (PendingTransaction transaction : somewhere) {
			if (this.acknowledged.isSomewhere(transaction)) {
				transaction.acknowledged(answer, this.reads);
				this.acknowledged.add(transaction);
			}
		}
	}

	/**
	 * Completes the transactions that were acknowledged at offsets that are published,
	 * fails those that are absent up to their fences, and abandons those that another
	 * stream has, because it has turned out that this is still the same stream.
	 */
	private void sameStream(Aftermath after) {
		String offset = this.environment.store().synced().offset();
		if (offset == null || this.outdated) {
			return;
		}
		List<PendingTransaction> synced = this.acknowledged.removeUpTo(offset);
		List<PendingTransaction> absent = new ArrayList<>(0);
		List<PendingTransaction> lost = new ArrayList<>(0);
		this.unresolved.fencedUpTo(offset)
			.forEach((transaction) -> (isWholeSince(transaction) ? absent : lost).add(transaction));
		List<PendingTransaction> abandoned = this.acknowledged.inDoubt()
			.stream()
			.filter(this::isAnotherThanRead)
			.toList();
		abandoned.forEach(this.acknowledged::remove);
		List<PendingTransaction> leaving = new ArrayList<>(synced);
		Stream.concat(absent.stream(), lost.stream())
			.filter((transaction) -> !transaction.isCustom())
			.forEach(leaving::add);
		leaving.addAll(abandoned);
		this.overlay.remove(leaving, (conflict) -> conflicted(conflict, after));
		synced.forEach((transaction) -> seen(transaction, null, after));
		absent.forEach((transaction) -> absent(transaction, after));
		abandoned.forEach((transaction) -> abandoned(transaction, after));
		unknown(lost, after);
	}

	/**
	 * Ends a transaction that only a stream has which is no more.
	 */
	private void abandoned(PendingTransaction transaction, Aftermath after) {
		this.visibleDeadlines.remove(transaction);
		delivered(transaction, TransactionOutcome.DURABLE,
				new NotYetVisibleException(transaction + " was acknowledged" + place(transaction)
						+ " by a stream that was deleted since, and the one that was created in its place does not have"
						+ " it; decide anew whether it is wanted", null),
				after);
		this.byTxid.remove(transaction.txid());
	}

	// By the server

	/**
	 * Watches the time that a transaction may take to be answered.
	 */
	void limitSending(PendingTransaction transaction) {
		this.sendDeadlines.add(transaction);
	}

	void sendingEnded(PendingTransaction transaction) {
		this.sendDeadlines.remove(transaction);
	}

	void acknowledged(PendingTransaction transaction, AppendResult answer, Aftermath after) {
		sendingEnded(transaction);
		transaction.acknowledged(answer, this.reads);
		boolean here = isNamed(transaction) ? !isAnotherThanRead(transaction)
				: transaction.streamSentTo() == this.streams;
		if (here) {
			for (PendingTransaction earlier : this.acknowledged.removeSomewhere()) {
				// It was answered before this one was sent.
				earlier.acknowledged(answer, this.reads);
				this.acknowledged.add(earlier);
			}
			this.acknowledged.add(transaction);
		}
		else {
			this.acknowledged.addInDoubt(transaction);
		}
		this.order.passed(transaction);
		this.visibleDeadlines.add(transaction);
		if (here ? isPublished(answer.offset()) : (isAnotherThanRead(transaction) && !this.outdated)) {
			// It should be in what was read up to there.
			ask(after);
		}
	}

	/**
	 * Notes that the server has a transaction, and that it is not known where. Its txid
	 * will tell, or what is acknowledged next. When neither comes, because the server
	 * does not keep its events any more, the tail tells, which is asked for then.
	 */
	void acknowledgedSomewhere(PendingTransaction transaction) {
		sendingEnded(transaction);
		transaction.acknowledgedSomewhere();
		if (transaction.streamSentTo() == this.streams) {
			this.acknowledged.addSomewhere(transaction);
		}
		else {
			this.acknowledged.addInDoubt(transaction);
		}
		this.order.passed(transaction);
		this.visibleDeadlines.add(transaction);
	}

	private static String place(PendingTransaction transaction) {
		String offset = transaction.acknowledgedOffset();
		return (offset != null) ? " at offset " + offset : "";
	}

	private boolean isPublished(String offset) {
		String syncedOffset = this.environment.store().synced().offset();
		return syncedOffset != null && syncedOffset.compareTo(offset) >= 0 && !this.outdated;
	}

	/**
	 * Ends a transaction that comes to nothing.
	 */
	void nothingSent(PendingTransaction transaction, Aftermath after) {
		sendingEnded(transaction);
		takeOut(transaction, after);
		delivered(transaction, TransactionOutcome.COMPLETED, null, after);
	}

	/**
	 * Ends a transaction that the server or the sender has refused.
	 */
	void refused(PendingTransaction transaction, @Nullable Throwable failure, Aftermath after) {
		sendingEnded(transaction);
		if (failure instanceof StreamNotFoundException || failure instanceof StreamGoneException) {
			after.add(this.witness::missing);
		}
		SendFailure end = SendFailure.of(transaction, failure, this.environment.transactionTimeout());
		if (!transaction.isCustom()) {
			takeOut(transaction, after);
		}
		delivered(transaction, end.outcome(), end.exception(), after);
	}

	/**
	 * Ends a transaction that was given back when its time was over or its action had
	 * failed; the others are applied again.
	 */
	void withdrawn(PendingTransaction transaction, @Nullable DurableStreamException cause, Aftermath after) {
		if (transaction.settlement().isSettled()) {
			// Its mutate has failed meanwhile, and now nothing is in the stream.
			delivered(transaction, TransactionOutcome.FAILED, SendFailure.rolledBack(transaction, cause).exception(),
					after);
			return;
		}
		transaction.withdraw();
		if (transaction.isOverdue()) {
			timeOut(transaction, cause, after);
		}
		else {
			this.overlay.reapply(transaction, (conflict) -> conflicted(conflict, after));
		}
	}

	/**
	 * Waits for the fence of a transaction that may have reached the server.
	 */
	void unresolved(PendingTransaction transaction, AppendOutcomeUnknownException reason, Aftermath after) {
		sendingEnded(transaction);
		if (this.unresolved.add(transaction, reason)) {
			reason.fence()
				.whenComplete((offset, failure) -> this.lock
					.exclusively((later) -> fenced(reason, (failure == null) ? offset : null, later)));
		}
	}

	/**
	 * Works in the fence of all that were sent together.
	 */
	private void fenced(AppendOutcomeUnknownException reason, @Nullable String offset, Aftermath after) {
		List<PendingTransaction> undecided = new ArrayList<>();
		List<PendingTransaction> ending = new ArrayList<>();
		for (PendingTransaction transaction : this.unresolved.removeUnfenced(reason)) {
			if (offset == null) {
				ending.add(transaction);
			}
			else if (transaction.streamSentTo() == this.streams) {
				undecided.add(transaction);
			}
			else if (!this.outdated) {
				// One stream may have it, and the other one the fence.
				ending.add(transaction);
			}
		}
		unknown(ending, after);
		if (offset != null && !undecided.isEmpty()) {
			undecided.forEach((transaction) -> this.unresolved.fence(transaction, offset));
			if (isPublished(offset)) {
				// Another stream would have other offsets.
				ask(after);
			}
		}
	}

	/**
	 * Ends transactions of which nobody can tell whether they are in the stream.
	 */
	private void unknown(List<PendingTransaction> transactions, Aftermath after) {
		takeOut(transactions, after);
		for (PendingTransaction transaction : transactions) {
			SendFailure end = SendFailure.of(transaction, transaction.reason(), this.environment.transactionTimeout());
			this.unresolved.remove(transaction);
			delivered(transaction, end.outcome(), end.exception(), after);
		}
	}

	/**
	 * Takes those out of the overlay that no custom {@code mutate} keeps there: in one
	 * step, since without some of them what is above them may fit nothing.
	 */
	private void takeOut(List<PendingTransaction> transactions, Aftermath after) {
		this.overlay.remove(transactions.stream().filter((transaction) -> !transaction.isCustom()).toList(),
				(conflict) -> conflicted(conflict, after));
	}

	// By time

	/**
	 * Ends transactions that could not be sent in time; those that may be on their way
	 * when they turn out not to be.
	 */
	private void notSentInTime(List<PendingTransaction> transactions, Aftermath after) {
		List<PendingTransaction> ending = new ArrayList<>();
		for (PendingTransaction transaction : transactions) {
			if (transaction.isSent()) {
				transaction.overdue();
			}
			else if (!transaction.settlement().isSettled()) {
				ending.add(transaction);
			}
		}
		List<SendFailure> ends = ending.stream().map((transaction) -> timedOut(transaction, null)).toList();
		takeOut(ending, after);
		for (int i = 0; i < ending.size(); i++) {
			timeOut(ending.get(i), ends.get(i), after);
		}
	}

	private SendFailure timedOut(PendingTransaction transaction, @Nullable DurableStreamException cause) {
		return SendFailure.timedOut(transaction, this.environment.transactionTimeout(), cause);
	}

	private void timeOut(PendingTransaction transaction, @Nullable DurableStreamException cause, Aftermath after) {
		timeOut(transaction, timedOut(transaction, cause), after);
	}

	private void timeOut(PendingTransaction transaction, SendFailure end, Aftermath after) {
		if (transaction.isCustom()) {
			delivered(transaction, end.outcome(), end.exception(), after);
		}
		else {
			fail(transaction, end, after);
		}
	}

	private void notResolvedInTime(List<PendingTransaction> transactions, Aftermath after) {
		unknown(this.unresolved.givenUp(transactions), after);
	}

	/**
	 * Ends the waiting for acknowledged transactions. Their overlay stays: what was
	 * acknowledged is never rolled back.
	 */
	private void notVisibleInTime(List<PendingTransaction> transactions, Aftermath after) {
		boolean somewhere = false;
		for (PendingTransaction transaction : transactions) {
			if (!transaction.isSeen()) {
				delivered(transaction, TransactionOutcome.DURABLE, notYetVisible(transaction), after);
				if (this.acknowledged.isInDoubt(transaction) && !isAnotherThanRead(transaction) && !this.outdated) {
					// The stream that has it is no more, or it would have come.
					this.acknowledged.remove(transaction);
					takeOut(transaction, after);
					this.byTxid.remove(transaction.txid());
				}
				somewhere |= this.acknowledged.isSomewhere(transaction);
			}
		}
		if (somewhere) {
			ask(after);
		}
	}

	NotYetVisibleException notYetVisible(PendingTransaction transaction) {
		return new NotYetVisibleException(transaction + " is durable" + place(transaction)
				+ ", and was not visible here within " + this.environment.visibleTimeout() + " (synced up to "
				+ this.environment.store().synced().offset() + "); do not repeat it", null);
	}

	// In whatever way

	/**
	 * Ends the work of the default persister: settles the transaction, or tells the
	 * custom {@code mutate} that has asked for it, and settles with that one.
	 */
	void delivered(PendingTransaction transaction, TransactionOutcome outcome, @Nullable RuntimeException failure,
			Aftermath after) {
		if (transaction.isDelivered()) {
			return;
		}
		transaction.delivered();
		if (!transaction.isCustom()) {
			settle(transaction, outcome, failure, after);
			return;
		}
		after.add(() -> transaction.tellDelivery(failure));
		if (transaction.isMutated()) {
			if (!transaction.isAcknowledged()) {
				takeOut(transaction, after);
			}
			settle(transaction, outcome, failure, after);
		}
	}

	/**
	 * Ends transactions because the database closes (SPEC M13).
	 */
	void closed(List<PendingTransaction> transactions, Aftermath after) {
		List<SendFailure> ends = transactions.stream().map(SendFailure::closed).toList();
		this.overlay.remove(transactions.stream().filter((transaction) -> !transaction.isAcknowledged()).toList(),
				(conflict) -> conflicted(conflict, after));
		for (int i = 0; i < ends.size(); i++) {
			PendingTransaction transaction = transactions.get(i);
			SendFailure end = ends.get(i);
			settle(transaction, end.outcome(), end.exception(), after);
			if (transaction.isPersisting()) {
				SendFailure persisted = transaction.isSent() ? end : SendFailure.closedBeforeItWasSent(transaction);
				delivered(transaction, persisted.outcome(), persisted.exception(), after);
			}
		}
	}

	/**
	 * Ends a transaction that has left the overlay because it did not fit any more. Where
	 * a custom {@code mutate} is running, that goes on, and cannot persist it.
	 */
	void conflicted(Conflict conflict, Aftermath after) {
		PendingTransaction transaction = conflict.transaction();
		if (!transaction.isStarted()) {
			settle(transaction, TransactionOutcome.FAILED, conflict.failure(), after);
			return;
		}
		transaction.conflict(conflict.failure());
		if (transaction.isPersisting()) {
			delivered(transaction, TransactionOutcome.FAILED, conflict.failure(), after);
		}
	}

	/**
	 * Takes a transaction out of the overlay and settles it.
	 */
	void fail(PendingTransaction transaction, SendFailure end, Aftermath after) {
		takeOut(transaction, after);
		settle(transaction, end.outcome(), end.exception(), after);
	}

	void takeOut(PendingTransaction transaction, Aftermath after) {
		this.overlay.remove(List.of(transaction), (conflict) -> conflicted(conflict, after));
	}

	void settle(PendingTransaction transaction, TransactionOutcome outcome, @Nullable RuntimeException failure,
			Aftermath after) {
		if (!transaction.isShown()) {
			this.byTxid.remove(transaction.txid());
		}
		sendingEnded(transaction);
		this.unsettled.settle(transaction, outcome, failure, after);
	}

}
