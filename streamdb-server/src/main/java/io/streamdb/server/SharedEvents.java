package io.streamdb.server;

import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jspecify.annotations.Nullable;

/**
 * Encoded data events that several readers of a stream want at about the same time: those
 * at the tail, who all wake with an append. Each is encoded once; there are so few that
 * nobody has to clean up.
 */
final class SharedEvents {

	/** What is larger is encoded piece by piece, for each reader by itself. */
	static final int MAX_BYTES = 16 * 1024;

	private static final int SLOTS = 256;

	private final AtomicReferenceArray<@Nullable Event> slots = new AtomicReferenceArray<>(SLOTS);

	byte @Nullable [] find(long incarnation, long start, long end) {
		Event event = this.slots.get(slot(incarnation, start));
		return (event != null && event.incarnation() == incarnation && event.start() == start && event.end() == end)
				? event.bytes() : null;
	}

	void put(long incarnation, long start, long end, byte[] bytes) {
		this.slots.set(slot(incarnation, start), new Event(incarnation, start, end, bytes));
	}

	private static int slot(long incarnation, long start) {
		return Math.floorMod(31 * Long.hashCode(incarnation) + Long.hashCode(start), SLOTS);
	}

	/**
	 * An event.
	 *
	 * @param incarnation of which stream
	 * @param start where its first append begins
	 * @param end where its last append ends
	 * @param bytes the encoded event, which nobody changes
	 */
	private record Event(long incarnation, long start, long end, byte[] bytes) {
	}

}
