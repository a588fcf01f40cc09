package io.streamdb.server.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What the records of a stream add up to, its bytes apart: where it ends, whether it is
 * closed, and what is known of its writers. The same records make the same state, here
 * and in a storage that reads them again. Not safe for use by several threads.
 */
public final class StreamState {

	/**
	 * How many producers a stream knows: the one that was silent longest is forgotten.
	 */
	public static final int MAX_PRODUCERS = 10_000;

	/** In the order of the last append, the oldest first. */
	private final Map<String, ProducerState> producers;

	private long producersFootprint;

	private long tail;

	private boolean closed;

	private @Nullable ProducerStamp closedBy;

	private @Nullable String lastSequence;

	private Instant lastAccess;

	/**
	 * Creates the state of a stream without records.
	 * @param firstPosition the position of its first byte
	 * @param createdAt when it was created
	 */
	public StreamState(long firstPosition, Instant createdAt) {
		this.producers = new LinkedHashMap<>();
		this.tail = firstPosition;
		this.lastAccess = createdAt;
	}

	/**
	 * Creates a state that was kept.
	 * @param tail the position after the last append
	 * @param closed whether the stream is closed
	 * @param closedBy the producer's stamp of the append that closed it, or {@code null}
	 * @param lastSequence the last {@code Stream-Seq}, or {@code null}
	 * @param lastAccess when the stream was read or written last
	 * @param producers the producers, the one with the oldest append first
	 */
	public StreamState(long tail, boolean closed, @Nullable ProducerStamp closedBy, @Nullable String lastSequence,
			Instant lastAccess, List<ProducerState> producers) {
		this(tail, lastAccess);
		this.closed = closed;
		this.closedBy = closedBy;
		this.lastSequence = lastSequence;
		producers.forEach(this::put);
	}

	/**
	 * Copies the state.
	 * @return a copy that changes of this one leave alone
	 */
	public StreamState copy() {
		return new StreamState(this.tail, this.closed, this.closedBy, this.lastSequence, this.lastAccess, producers());
	}

	/**
	 * Adds a record.
	 * @param record the record, which begins at the tail
	 */
	public void apply(LogRecord record) {
		if (record.position() != this.tail) {
			throw new IllegalArgumentException(
					"The record begins at " + record.position() + ", and the stream ends at " + this.tail);
		}
		this.tail = record.end();
		if (record.bytes() != null && record.sequence() != null) {
			this.lastSequence = record.sequence();
		}
		ProducerStamp producer = record.producer();
		if (record.close()) {
			this.closed = true;
			this.closedBy = producer;
		}
		if (producer != null) {
			put(new ProducerState(producer.producerId(), producer.epoch(), producer.sequence(), this.tail,
					record.at()));
		}
		access(record.at());
	}

	private void put(ProducerState producer) {
		forget(producer.producerId());
		this.producers.put(producer.producerId(), producer);
		this.producersFootprint += producer.footprint();
		if (this.producers.size() > MAX_PRODUCERS) {
			forget(this.producers.keySet().iterator().next());
		}
	}

	private void forget(String producerId) {
		ProducerState forgotten = this.producers.remove(producerId);
		if (forgotten != null) {
			this.producersFootprint -= forgotten.footprint();
		}
	}

	/**
	 * Notes an access.
	 * @param at when it was; an earlier time than the last one changes nothing
	 */
	public void access(Instant at) {
		if (at.isAfter(this.lastAccess)) {
			this.lastAccess = at;
		}
	}

	/**
	 * Forgets the producers whose last append is older than a time.
	 */
	void forgetProducers(Instant limit) {
		Iterator<ProducerState> oldestFirst = this.producers.values().iterator();
		while (oldestFirst.hasNext()) {
			ProducerState oldest = oldestFirst.next();
			if (!oldest.lastAppend().isBefore(limit)) {
				return;
			}
			this.producersFootprint -= oldest.footprint();
			oldestFirst.remove();
		}
	}

	@Nullable ProducerState producer(String producerId) {
		return this.producers.get(producerId);
	}

	/**
	 * Returns about what the producers cost in memory.
	 */
	long producersFootprint() {
		return this.producersFootprint;
	}

	/**
	 * Returns the position after the last append.
	 * @return the position
	 */
	public long tail() {
		return this.tail;
	}

	/**
	 * Returns whether the stream is closed.
	 * @return whether it is closed
	 */
	public boolean closed() {
		return this.closed;
	}

	/**
	 * Returns the producer's stamp of the append that closed the stream.
	 * @return the stamp, or {@code null} when the stream is open or nobody said
	 */
	public @Nullable ProducerStamp closedBy() {
		return this.closedBy;
	}

	/**
	 * Returns the last {@code Stream-Seq}.
	 * @return the sequence, or {@code null} when there was none
	 */
	public @Nullable String lastSequence() {
		return this.lastSequence;
	}

	/**
	 * Returns when the stream was read or written last.
	 * @return the time
	 */
	public Instant lastAccess() {
		return this.lastAccess;
	}

	/**
	 * Returns the producers.
	 * @return the producers, the one with the oldest append first
	 */
	public List<ProducerState> producers() {
		return new ArrayList<>(this.producers.values());
	}

}
