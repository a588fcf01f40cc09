package io.streamdb.simulation;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

import io.streamdb.SimulatedDatabases;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbState;
import io.streamdb.client.TransportRequest;
import io.streamdb.simulation.StreamHistory.Life;
import io.streamdb.simulation.StreamHistory.Place;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.StateSnapshot;
import io.streamdb.transaction.TransactionOutcome;
import io.streamdb.transaction.TransactionState;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One database of the system, and what it must show: a prefix of the stream with its
 * pending transactions on top. Looks at it whenever something was published, before
 * anybody else can run.
 */
final class Replica {

	private static final JsonMapper MAPPER = new JsonMapper();

	/** A request that gets through, after one that was late and the longest pause. */
	private static final long ENOUGH_FOR_A_FENCE = 10_000_000_000L;

	final String name;

	final SimulatedScheduling scheduling;

	private final Simulator simulator;

	private final StreamHistory history;

	private final Duration transactionTimeout;

	private final List<Tx> pending = new ArrayList<>();

	private final Map<String, Tx> byTxid = new HashMap<>();

	/** Of which places the server has said that there is nothing more. */
	private final Set<Place> upToDate = new HashSet<>();

	/** Up to where the server has sent something, of each life of the stream. */
	private final Map<Integer, Integer> told = new HashMap<>();

	/** What was looked at, by version. */
	private final TreeMap<Long, Look> versions = new TreeMap<>();

	/** Of versions that were not looked at yet. */
	private final TreeMap<Long, List<Consumer<Look>>> unchecked = new TreeMap<>();

	/** Up to where the synced state is shown, at least and at most. */
	private @Nullable Place place;

	private int latest;

	/** From which position on the stream was read of which it shows a state. */
	private int start;

	private @Nullable String lastOffset;

	/**
	 * With what the responses began that a load may have begun with, of each life of the
	 * stream.
	 */
	private final Map<Integer, TreeSet<Integer>> begun = new HashMap<>();

	/** How many invalid events it was told to skip, under the policy FAIL. */
	int skips;

	/** Whether it stops at invalid events. */
	boolean stopsAtInvalid;

	/** Whether it was told to load what the server has left, whatever that is. */
	boolean loadsWhatIsLeft;

	/** When it was last loaded again after a failure of its own, or -1. */
	long revived = -1;

	private long version;

	private int orders;

	private final Map<String, Integer> lastOrders = new HashMap<>();

	private int lastLife;

	private boolean everCustom;

	/** Whether an outcome was ever unknown, which holds up what depends on it only. */
	private boolean everUnknown;

	int rawAppends;

	StreamDb db;

	FaultyNetwork.Client client;

	boolean closing;

	boolean isolated;

	Replica(Simulator simulator, StreamHistory history, String name, Duration transactionTimeout) {
		this.simulator = simulator;
		this.history = history;
		this.name = name;
		this.transactionTimeout = transactionTimeout;
		this.scheduling = new SimulatedScheduling(simulator, name);
		this.scheduling.onPublished(this::look);
	}

	/**
	 * Notes that the server sends it what comes before an offset.
	 * @param offset the offset
	 * @param nothingMore whether it says that there is nothing more
	 */
	void told(String offset, boolean nothingMore) {
		for (Place told : this.history.places(offset)) {
			if (nothingMore) {
				this.upToDate.add(told);
			}
			this.told.merge(told.life(), told.position(), Math::max);
		}
	}

	/**
	 * Notes that the server begins to send it all that it has.
	 * @return to be run when that has reached it: of a request that it has given up, or
	 * has sent once and the network twice, it never does
	 */
	Runnable begun() {
		int life = this.history.life().number();
		List<Integer> starts = this.history.life().starts();
		int start = starts.get(starts.size() - 1);
		return () -> this.begun.computeIfAbsent(life, (unused) -> new TreeSet<>()).add(start);
	}

	@Nullable Place place() {
		return this.place;
	}

	List<Tx> pending() {
		return this.pending;
	}

	/**
	 * Returns whether the synced state contains everything of a txid.
	 */
	boolean contains(String txid) {
		if (this.place == null) {
			return false;
		}
		for (int life = 0; life < this.place.life(); life++) {
			if (this.history.life(life).firstOf(txid) >= 0) {
				return true;
			}
		}
		int first = this.history.life(this.place.life()).firstOf(txid);
		return first >= 0 && first < this.latest;
	}

	/**
	 * Notes a transaction, before it is committed.
	 */
	void register(Tx tx) {
		this.byTxid.put(tx.txid(), tx);
		tx.committedIn = (this.place != null) ? this.place.life() : 0;
		this.everCustom |= tx.custom;
	}

	/**
	 * Looks at what is published, holding the commit lock.
	 */
	private void look() {
		if (this.db == null) {
			return;
		}
		StateSnapshot visible = this.db.snapshot();
		boolean changed = visible.version() != this.version;
		Tx committing = this.simulator.current().committing;
		if (changed && committing != null && committing.replica == this && committing.order == 0) {
			List<Tx> above = goingOutAfter(committing);
			this.pending.removeAll(above);
			this.pending.add(committing);
			this.pending.addAll(above);
			committing.order = ++this.orders;
			above.forEach((tx) -> tx.order = ++this.orders);
		}
		for (Tx tx : this.pending) {
			if (!tx.custom && tx.frozen != null && tx.state() == TransactionState.PENDING) {
				tx.frozen = null;
			}
		}
		if (changed) {
			this.version = visible.version();
			check(visible, this.db.syncedSnapshot());
		}
		for (Tx tx : this.pending) {
			boolean frozen = tx.custom ? this.simulator.current().handingOut == tx
					: tx.state() == TransactionState.PERSISTING;
			if (frozen && tx.frozen == null && !tx.gone) {
				tx.frozen = tx.results;
			}
		}
		for (Tx tx : this.pending) {
			if (tx.state() == TransactionState.FAILED) {
				tx.failedIn = this.history.life().number();
			}
		}
		this.pending.removeIf(this::isOver);
	}

	/**
	 * Finds what a transaction is put under that an action commits while its own
	 * {@code mutate} runs, and has not persisted: the action's, and what builds on it.
	 */
	private List<Tx> goingOutAfter(Tx committing) {
		Tx outer = committing.within;
		if (outer == null || outer.gone || !this.pending.contains(outer)) {
			return List.of();
		}
		List<Tx> above = new ArrayList<>(List.of(outer));
		for (Tx tx : this.pending.subList(this.pending.indexOf(outer) + 1, this.pending.size())) {
			if (tx.within != outer && !tx.gone && above.stream().anyMatch(tx::meets)) {
				above.add(tx);
			}
		}
		return above;
	}

	private boolean isOver(Tx tx) {
		return tx.state() == TransactionState.FAILED || (isIn(tx, this.place) && !isUnseen(tx, this.place, this.start));
	}

	/**
	 * Returns whether a transaction stands where the server kept nothing any more when it
	 * was read: only an answer to it tells that it is in the stream.
	 */
	private boolean isUnseen(Tx tx, Place at, int from) {
		boolean completed = tx.state() == TransactionState.COMPLETED && !isDurable(tx);
		if (tx.appended == null || tx.appended.life() != at.life() || completed) {
			return false;
		}
		if (isDurable(tx) && !SimulatedDatabases.isAwaited(this.db, tx.txid())) {
			return false;
		}
		if (from != this.start && this.place != null && tx.appended.position() > this.place.position()
				&& tx.appended.position() <= from) {
			return true;
		}
		return tx.unseen;
	}

	/**
	 * Returns whether it shows something of its own that the server has acknowledged and
	 * keeps no longer, so that it hides what others write.
	 */
	boolean showsUnseen() {
		return this.pending.stream()
			.filter((tx) -> tx.unseen || (tx.appended != null && tx.appended.life() < this.place.life()))
			.anyMatch((tx) -> isDurable(tx) && SimulatedDatabases.isAwaited(this.db, tx.txid()));
	}

	private static boolean isDurable(Tx tx) {
		return tx.outcome().orElse(null) == TransactionOutcome.DURABLE;
	}

	private boolean isIn(Tx tx, @Nullable Place at) {
		return at != null && tx.appended != null && tx.appended.life() == at.life()
				&& tx.appended.position() <= at.position();
	}

	private void check(StateSnapshot visible, StateSnapshot synced) {
		Map<String, String> rows = Entities.rows(visible);
		Map<String, String> syncedRows = Entities.rows(synced);
		Look look = new Look(visible.version(), syncedRows, rows);
		this.versions.put(visible.version(), look);
		Map<Long, List<Consumer<Look>>> due = this.unchecked.headMap(visible.version(), true);
		due.values().forEach((checks) -> checks.forEach((check) -> check.accept(look)));
		due.clear();
		if (synced.offset() == null) {
			expect(syncedRows.isEmpty(), "Rows before the first commit: " + syncedRows);
			return;
		}
		String problem = "Its offset " + synced.offset() + " was never told";
		List<Place> newestFirst = new ArrayList<>(this.history.places(synced.offset()));
		Collections.reverse(newestFirst);
		for (Place from : newestFirst) {
			if (this.place != null && from.life() < this.place.life()) {
				continue;
			}
			Life life = this.history.life(from.life());
			boolean same = this.place != null && this.place.life() == from.life();
			boolean anew = !synced.offset().equals(this.lastOffset) && this.begun.containsKey(from.life());
			Collection<Integer> starts = (same && !anew) ? List.of(this.start)
					: this.begun.getOrDefault(from.life(), new TreeSet<>()).descendingSet();
			for (int begin : starts) {
				for (int position = Math.max(begin, from.position()); position <= life.size(); position++) {
					if (same && position < this.place.position() || !life.state(begin, position).equals(syncedRows)) {
						continue;
					}
					Place at = new Place(from.life(), position);
					boolean on = same && begin == this.start;
					String found = problemWith(at, begin, on, rows, false);
					if (found == null || !this.history.namesLives() && problemWith(at, begin, on, rows, true) == null) {
						accept(at, begin, syncedRows);
						if (anew) {
							this.begun.clear();
						}
						this.lastOffset = synced.offset();
						return;
					}
					if (problem.startsWith("Its offset")) {
						problem = found;
					}
				}
			}
			if (problem.startsWith("Its offset")) {
				problem = "No prefix from " + from + " on (it was at " + this.place + ") is what it shows as synced: "
						+ syncedRows + "; at the offset it is " + life.state(from.position());
			}
		}
		this.simulator.fail(failure(problem));
	}

	/**
	 * Holds what it shows against a place.
	 * @param begin from where on the stream was read
	 * @param same whether it was read from there on before
	 * @param abandoned whether it has given up what was committed before it noticed
	 * another stream, though that may be the one to have acknowledged it
	 */
	private @Nullable String problemWith(Place at, int begin, boolean same, Map<String, String> rows,
			boolean abandoned) {
		Life life = this.history.life(at.life());
		boolean told = this.upToDate.contains(at);
		if (life.isWithinTransaction(at.position()) && !told) {
			return "At " + at + " it shows a transaction in part";
		}
		int from = (same && this.place != null) ? this.place.position() : 0;
		if (!told && (!same || life.hasReset(from, at.position()))) {
			return "It shows " + at + " after " + this.place + ", across a reset or another stream, before it is"
					+ " up to date";
		}
		if (begin > 0 && !same && this.place != null && !this.loadsWhatIsLeft && !life.isSnapshotAt(begin)) {
			return "It shows what is left from " + begin + " on, which is no whole state";
		}
		if (this.stopsAtInvalid && life.invalid(begin, at.position()) > this.skips) {
			return "It shows " + at + " behind an invalid event that nobody has skipped";
		}
		Map<String, String> expected = new TreeMap<>(life.state(begin, at.position()));
		for (Tx tx : this.pending) {
			boolean durable = isDurable(tx);
			boolean over = isIn(tx, at) && !isUnseen(tx, at, begin);
			if (tx.gone || tx.state() == TransactionState.FAILED || over) {
				continue;
			}
			boolean completed = tx.state() == TransactionState.COMPLETED;
			boolean earlier = tx.appended != null && tx.appended.life() < at.life();
			// Until it has asked which of the two streams is the later one.
			boolean doubted = earlier && durable && SimulatedDatabases.isAwaited(this.db, tx.txid());
			if (completed && !tx.custom && (tx.appended == null)) {
				return tx + " has completed and is not in the stream";
			}
			if (completed && !doubted && (tx.custom && (!durable || tx.appended == null) || earlier)) {
				tx.gone = true;
				continue;
			}
			if (completed && abandoned && tx.committedIn < at.life()) {
				tx.gone = true;
				continue;
			}
			Map<String, Optional<String>> results = tx.applyTo(expected);
			if (results == null) {
				if (tx.custom && tx.state() == TransactionState.PERSISTING) {
					tx.gone = true;
					continue;
				}
				return tx + " does not fit the state at " + at + " and was not failed: " + expected;
			}
			tx.results = results;
			results.forEach(
					(key, value) -> value.ifPresentOrElse((row) -> expected.put(key, row), () -> expected.remove(key)));
		}
		return expected.equals(rows) ? null : "At " + at + " it should show\n  " + expected + "\nand shows\n  " + rows
				+ "\nwith pending " + this.pending.stream().filter((tx) -> !isOver(tx)).toList();
	}

	private void accept(Place at, int begin, Map<String, String> syncedRows) {
		Life life = this.history.life(at.life());
		if (!at.equals(this.place)) {
			this.simulator.trace().event(this.name + " shows " + at);
		}
		if (begin != this.start) {
			this.simulator.trace().event(this.name + " has read from " + begin + " on");
			this.pending.forEach((tx) -> tx.unseen = isUnseen(tx, at, begin));
			this.start = begin;
		}
		this.place = at;
		this.latest = at.position();
		for (int position = at.position(); position <= this.told.getOrDefault(at.life(), 0); position++) {
			if (life.state(begin, position).equals(syncedRows)) {
				this.latest = position;
			}
		}
	}

	/**
	 * Looks at a request when it is sent: its events are what the overlay shows.
	 */
	void sent(TransportRequest request) {
		byte[] body = request.body();
		if (!request.method().equals("POST") || body == null) {
			return;
		}
		this.everUnknown |= !"0".equals(request.headers().get("Producer-Epoch"));
		Map<String, Map<String, Optional<String>>> sent = new LinkedHashMap<>();
		JsonNode items = MAPPER.readTree(new String(body, StandardCharsets.UTF_8));
		for (JsonNode item : items) {
			StreamHistory.Item event = StreamHistory.Item.of(item);
			if (event.txid() != null && event.key() != null) {
				sent.computeIfAbsent(event.txid(), (txid) -> new LinkedHashMap<>())
					.put(event.key(), Optional.ofNullable(event.row(null)));
			}
		}
		sent.forEach((txid, events) -> {
			Tx tx = this.byTxid.get(txid);
			if (tx != null && !tx.custom) {
				expect(events.equals(tx.frozen), "It sends " + events + " for " + tx + " and shows " + tx.frozen);
			}
		});
	}

	/**
	 * Notes that the stream has taken a transaction.
	 */
	void appended(String txid, Place end) {
		Tx tx = this.byTxid.get(txid);
		if (tx == null) {
			return;
		}
		tx.appends++;
		boolean first = tx.appended == null || tx.appended.life() < end.life();
		if (tx.appended == null || tx.appended.life() < end.life()) {
			tx.appended = end;
		}
		if (tx.custom) {
			return;
		}
		expect(first, tx + " is in the stream twice");
		expect(tx.outcome().orElse(null) != TransactionOutcome.FAILED || end.life() > tx.failedIn,
				tx + " has failed and is in the stream");
		tx.ops.stream().map(Tx.Op::key).distinct().forEach((key) -> expectOrder(tx, key));
		if (!this.everCustom && !this.everUnknown) {
			expectOrder(tx, "all");
		}
	}

	private void expectOrder(Tx tx, String key) {
		if (this.history.life().number() != this.lastLife) {
			this.lastLife = this.history.life().number();
			this.lastOrders.clear();
		}
		int last = this.lastOrders.getOrDefault(key, 0);
		expect(tx.order > last, tx + " was committed as " + tx.order + " and is in the stream after " + last
				+ ", which wrote " + key + " too");
		this.lastOrders.put(key, tx.order);
	}

	/**
	 * Checks how a transaction ended.
	 */
	void ended(Tx tx, @Nullable Throwable failure) {
		TransactionOutcome outcome = tx.outcome().orElse(null);
		this.simulator.trace()
			.event(this.name + " " + tx + " ended as " + outcome
					+ ((failure != null) ? " (" + failure.getClass().getSimpleName() + ")" : ""));
		expect(outcome != null, tx + " is done and has no outcome");
		if (tx.custom) {
			return;
		}
		switch (outcome) {
			case COMPLETED -> {
				expect(failure == null, tx + " has completed and failed its future with " + failure);
				expect(tx.appends > 0, tx + " has completed and is not in the stream");
			}
			case DURABLE -> expect(tx.appends > 0, tx + " is durable and not in the stream");
			case FAILED -> expect(tx.appended == null || tx.appended.life() > tx.failedIn,
					tx + " has failed and is in the stream");
			case UNKNOWN -> expect(this.closing || this.history.life().number() > 0 || this.history.life().isDeleted()
					|| this.history.life().starts().size() > 1 || this.db.status().state() == StreamDbState.FAILED
					|| (this.revived >= 0 && this.revived >= this.simulator.nanos() - ENOUGH_FOR_A_FENCE)
					|| this.client.lastTrouble() >= this.simulator.nanos() - ENOUGH_FOR_A_FENCE
					|| this.client.lastRead() <= this.simulator.nanos() - this.transactionTimeout.toNanos(),
					tx + " is unknown, though the server was there for long enough");
		}
	}

	/**
	 * Makes a subscriber that adds up what it is told.
	 * @param visible whether it is told what readers see
	 */
	Subscriber subscriber(boolean visible) {
		return new Subscriber(visible);
	}

	void expect(boolean holds, String message) {
		if (!holds) {
			this.simulator.fail(failure(message));
		}
	}

	private AssertionError failure(String message) {
		return new AssertionError(this.name + ": " + message);
	}

	/**
	 * Checks the rows of a version, which may have been told of before the commit lock
	 * was released.
	 */
	private void whenLookedAt(long wanted, Consumer<Look> check) {
		Map.Entry<Long, Look> published = this.versions.ceilingEntry(wanted);
		if (published != null) {
			check.accept(published.getValue());
		}
		else {
			this.unchecked.computeIfAbsent(wanted, (unused) -> new ArrayList<>()).add(check);
		}
	}

	/**
	 * What was published.
	 *
	 * @param version its version
	 * @param synced the synced rows
	 * @param visible the visible rows
	 */
	private record Look(long version, Map<String, String> synced, Map<String, String> visible) {
	}

	/**
	 * Adds up change sets.
	 */
	final class Subscriber {

		private final Map<String, String> rows = new TreeMap<>();

		private final boolean visible;

		private boolean begun;

		Subscriber(boolean visible) {
			this.visible = visible;
		}

		void accept(ChangeSet changes) {
			Map<String, String> before = new TreeMap<>(this.rows);
			if (changes.initial()) {
				expect(!this.begun, "A second initial state");
				expect(this.rows.isEmpty(), "A change before the initial state");
			}
			this.begun = true;
			for (Change<?> change : changes.changes()) {
				apply(change);
			}
			Map<String, String> sum = new TreeMap<>(this.rows);
			whenLookedAt(changes.version(), (looked) -> {
				Map<String, String> published = this.visible ? looked.visible() : looked.synced();
				// Of several states in one hold of the lock only the last was looked at.
				boolean known = !this.visible || looked.version() == changes.version();
				expect(!known || published.equals(sum),
						"The " + (this.visible ? "visible" : "synced") + " changes up to version " + changes.version()
								+ " add up to " + sum + " and not to " + published + " from " + before);
			});
		}

		private void apply(Change<?> change) {
			String key = change.definition().type() + "/" + change.key();
			String previous = (change.previous() != null) ? Entities.value(change.previous()) : null;
			expect(java.util.Objects.equals(this.rows.get(key), previous),
					"A change of " + key + " from " + previous + " where " + this.rows.get(key) + " was");
			if (change.value() != null) {
				this.rows.put(key, Entities.value(change.value()));
			}
			else {
				this.rows.remove(key);
			}
		}

		Map<String, String> rows() {
			return this.rows;
		}

	}

}
