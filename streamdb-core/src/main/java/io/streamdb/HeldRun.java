package io.streamdb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.InvalidEvent;
import org.jspecify.annotations.Nullable;

/**
 * The events of one txid that stand together at the end of what was read, and may go on
 * in what comes next (SPEC M5). They are kept aside until it is known that they do not. A
 * batch that breaks off takes back what it has added. For the {@link BatchApplier}.
 */
final class HeldRun {

	/** How many bytes of the stream are held, before a run is let go in parts. */
	static final long LIMIT = 64L << 20;

	private final String txid;

	private final String since;

	private final List<HeldEvent> events = new ArrayList<>(2);

	/** The last event of each key, where values are merged. */
	private final @Nullable Map<HeldKey, HeldEvent> byKey;

	private State state = new State(0, 0, false, null);

	/** As of the end of the last batch. */
	private State kept = this.state;

	/**
	 * Begins a run.
	 * @param txid the txid of its events
	 * @param since the offset before the batch in which it begins
	 * @param merging whether events have to be found by their keys
	 */
	HeldRun(String txid, String since, boolean merging) {
		this.txid = txid;
		this.since = since;
		this.byKey = merging ? new HashMap<>() : null;
	}

	String txid() {
		return this.txid;
	}

	/**
	 * Returns up to where everything can be visible while this run is not.
	 */
	String since() {
		return this.since;
	}

	/**
	 * Returns how many bytes of the stream the run takes, give or take a buffer of the
	 * parser.
	 */
	long bytes() {
		return this.state.bytes();
	}

	void add(ChangeEvent<?> event, @Nullable String json, long bytes) {
		HeldEvent held = new HeldEvent(event, json);
		this.events.add(held);
		index(held);
		this.state = this.state.plus(1, bytes);
	}

	/**
	 * Adds an item that changes nothing.
	 * @param invalid what is known of it when it is an invalid event
	 * @param bytes how many bytes it takes
	 */
	void add(@Nullable InvalidEvent invalid, long bytes) {
		this.state = this.state.plus(0, bytes);
		if (invalid != null && this.state.invalid() == null) {
			this.state = new State(this.state.size(), this.state.bytes(), this.state.released(), invalid);
		}
	}

	/**
	 * Returns the event that wrote a key last, as far as it is not applied.
	 * @return the event, or {@code null} when the run holds none of that key
	 */
	@Nullable HeldEvent last(String type, String key) {
		return (this.byKey != null && !isReleased()) ? this.byKey.get(new HeldKey(type, key)) : null;
	}

	List<HeldEvent> events() {
		return this.events;
	}

	/**
	 * Returns the first event of the run that was left out.
	 */
	@Nullable InvalidEvent invalid() {
		return this.state.invalid();
	}

	/**
	 * Returns whether the run has become too long to be held: what comes of it is applied
	 * at once.
	 */
	boolean isReleased() {
		return this.state.released();
	}

	void release() {
		this.state = new State(this.state.size(), this.state.bytes(), true, this.state.invalid());
	}

	/**
	 * Notes that a batch has ended and the run goes on.
	 * @return whether a part of it has become visible for the first time
	 */
	boolean keep() {
		boolean first = this.state.released() && !this.kept.released();
		if (this.state.released()) {
			this.events.clear();
			if (this.byKey != null) {
				this.byKey.clear();
			}
			this.state = new State(0, this.state.bytes(), true, this.state.invalid());
		}
		this.kept = this.state;
		return first;
	}

	/**
	 * Goes back to the end of the last batch.
	 */
	void restore() {
		this.state = this.kept;
		this.events.subList(this.kept.size(), this.events.size()).clear();
		if (this.byKey != null) {
			this.byKey.clear();
			this.events.forEach(this::index);
		}
	}

	private void index(HeldEvent held) {
		if (this.byKey != null) {
			this.byKey.put(new HeldKey(held.event().type(), held.event().key()), held);
		}
	}

	/**
	 * A change that is held.
	 *
	 * @param event the event
	 * @param json the JSON of its value, or {@code null} when it is not kept
	 */
	record HeldEvent(ChangeEvent<?> event, @Nullable String json) {
	}

	private record HeldKey(String type, String key) {
	}

	/**
	 * How far the run has come.
	 *
	 * @param size how many events it holds
	 * @param bytes how long it is
	 * @param released whether it is too long
	 * @param invalid its first invalid event
	 */
	private record State(int size, long bytes, boolean released, @Nullable InvalidEvent invalid) {

		State plus(int events, long more) {
			return new State(this.size + events, this.bytes + more, this.released, this.invalid);
		}

	}

}
