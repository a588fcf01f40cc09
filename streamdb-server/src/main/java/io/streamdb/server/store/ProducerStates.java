package io.streamdb.server.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The idempotent producers of one stream: for each the epoch and the last sequence
 * number. A producer is forgotten a week after its last append, as PROTOCOL 5.2.1
 * recommends for memory, or when too many others have been here since. Guarded by the
 * stream's lock.
 */
final class ProducerStates {

	static final Duration RETENTION = Duration.ofDays(7);

	static final int MAX_PRODUCERS = 10_000;

	/** In the order of the last append, the oldest first. */
	private final Map<String, State> states = new LinkedHashMap<>();

	/**
	 * Checks a stamp and changes nothing.
	 * @return why the append is not to be done, or {@code null} when it is
	 */
	@Nullable AppendOutcome check(ProducerStamp stamp, Instant now) {
		forgetOld(now);
		State state = this.states.get(stamp.producerId());
		if (state == null) {
			return (stamp.sequence() == 0) ? null : new AppendOutcome.SequenceGap(0);
		}
		if (stamp.epoch() < state.epoch) {
			return new AppendOutcome.StaleEpoch(state.epoch);
		}
		if (stamp.epoch() > state.epoch) {
			return (stamp.sequence() == 0) ? null : new AppendOutcome.EpochWithoutStart();
		}
		if (stamp.sequence() <= state.sequence) {
			return new AppendOutcome.Duplicate(state.tail, state.sequence, false);
		}
		return (stamp.sequence() == state.sequence + 1) ? null : new AppendOutcome.SequenceGap(state.sequence + 1);
	}

	void accept(ProducerStamp stamp, long tail, Instant now) {
		this.states.remove(stamp.producerId());
		this.states.put(stamp.producerId(), new State(stamp.epoch(), stamp.sequence(), tail, now));
		if (this.states.size() > MAX_PRODUCERS) {
			Iterator<State> oldestFirst = this.states.values().iterator();
			oldestFirst.next();
			oldestFirst.remove();
		}
	}

	private void forgetOld(Instant now) {
		Instant limit = now.minus(RETENTION);
		Iterator<State> oldestFirst = this.states.values().iterator();
		while (oldestFirst.hasNext() && oldestFirst.next().lastAppend.isBefore(limit)) {
			oldestFirst.remove();
		}
	}

	private record State(long epoch, long sequence, long tail, Instant lastAppend) {
	}

}
