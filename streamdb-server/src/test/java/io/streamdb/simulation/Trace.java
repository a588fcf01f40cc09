package io.streamdb.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * What happens in a simulation: a hash of all of it, and the last part in words.
 */
final class Trace {

	private static final int KEPT = Integer.getInteger("simulation.trace", 120);

	private final LongSupplier nanos;

	private final Deque<Line> last = new ArrayDeque<>();

	private long hash = 1;

	Trace(LongSupplier nanos) {
		this.nanos = nanos;
	}

	void step(int strand) {
		add(strand);
		add(this.nanos.getAsLong());
	}

	void event(String what) {
		add(what.hashCode());
		if (this.last.size() == KEPT) {
			this.last.removeFirst();
		}
		this.last.add(new Line(this.nanos.getAsLong(), what));
	}

	private void add(long value) {
		this.hash = (this.hash ^ value) * 0x100000001b3L;
		this.hash ^= this.hash >>> 29;
	}

	long hash() {
		return this.hash;
	}

	@Override
	public String toString() {
		return this.last.stream().map(Line::toString).collect(Collectors.joining("\n"));
	}

	private record Line(long nanos, String what) {

		@Override
		public String toString() {
			return "%,13d µs  %s".formatted(this.nanos / 1000, this.what);
		}

	}

}
