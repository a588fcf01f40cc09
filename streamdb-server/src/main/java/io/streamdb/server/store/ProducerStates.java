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
 * recommends for memory, or when too many others have been here since. What they cost is
 * taken from the store's quota. Guarded by the stream's lock.
 */
final class ProducerStates {

	static final Duration RETENTION = Duration.ofDays(7);

	static final int MAX_PRODUCERS = 10_000;

	/** About what a state costs in memory besides the name of its producer. */
	private static final int OVERHEAD = 256;

	/** In the order of the last append, the oldest first. */
	private final Map<String, State> states = new LinkedHashMap<>();

	private final ByteQuota quota;

	ProducerStates(ByteQuota quota) {
		this.quota = quota;
	}

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

	/**
	 * Returns what it costs in memory to accept a stamp: nothing when the producer is
	 * known.
	 */
	long footprint(ProducerStamp stamp) {
		return this.states.containsKey(stamp.producerId()) ? 0 : footprint(stamp.producerId());
	}

	private static long footprint(String producerId) {
		return OVERHEAD + 2L * producerId.length();
	}

	/**
	 * Accepts a stamp whose footprint was reserved.
	 */
	void accept(ProducerStamp stamp, long tail, Instant now) {
		this.states.remove(stamp.producerId());
		this.states.put(stamp.producerId(), new State(stamp.epoch(), stamp.sequence(), tail, now));
		if (this.states.size() > MAX_PRODUCERS) {
			Iterator<String> oldestFirst = this.states.keySet().iterator();
			this.quota.release(footprint(oldestFirst.next()));
			oldestFirst.remove();
		}
	}

	private void forgetOld(Instant now) {
		Instant limit = now.minus(RETENTION);
		Iterator<Map.Entry<String, State>> oldestFirst = this.states.entrySet().iterator();
		while (oldestFirst.hasNext()) {
			Map.Entry<String, State> oldest = oldestFirst.next();
			if (!oldest.getValue().lastAppend.isBefore(limit)) {
				return;
			}
			this.quota.release(footprint(oldest.getKey()));
			oldestFirst.remove();
		}
	}

	void forgetAll() {
		this.states.keySet().forEach((producerId) -> this.quota.release(footprint(producerId)));
		this.states.clear();
	}

	private record State(long epoch, long sequence, long tail, Instant lastAppend) {
	}

}
