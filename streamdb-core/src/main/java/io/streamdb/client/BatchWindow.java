package io.streamdb.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The batches of a producer that are not settled, in the order of their sequences, all of
 * one epoch (the protocol's 5.2.1). Only for the producer's thread.
 * <p>
 * Until the server has taken something of the epoch, only one is sent: it refuses a later
 * sequence that comes first for good. While one of them needs a repair, none but the
 * first is sent, so those that the server has not seen arrive in order. A server takes no
 * sequence before the one below it: when the first batch is certainly not there and is
 * not sent any more in this epoch, then none of the others is there or ever will be.
 */
final class BatchWindow {

	private final int size;

	private final Deque<ProducerBatch> batches = new ArrayDeque<>();

	private long epoch;

	private long nextSequence;

	/** Whether the server has taken something of the epoch. */
	private boolean open;

	BatchWindow(int size, long epoch) {
		this.size = size;
		this.epoch = epoch;
	}

	long epoch() {
		return this.epoch;
	}

	long nextSequence() {
		return this.nextSequence;
	}

	@Nullable ProducerBatch first() {
		return this.batches.peek();
	}

	boolean isEmpty() {
		return this.batches.isEmpty();
	}

	boolean isOnlyOne() {
		return this.batches.size() == 1;
	}

	boolean contains(ProducerBatch batch) {
		return this.batches.contains(batch);
	}

	/**
	 * Whether another batch may be added.
	 */
	boolean hasRoom() {
		return this.batches.isEmpty() || (isWide() && this.batches.size() < this.size
				&& this.batches.stream().noneMatch(ProducerBatch::isClosing));
	}

	/**
	 * Whether several may be on their way at once.
	 */
	boolean isWide() {
		return this.size > 1 && this.open && !isInRepair();
	}

	boolean isAnyRunning() {
		return this.batches.stream().anyMatch(ProducerBatch::isRunning);
	}

	private boolean isInRepair() {
		return this.batches.stream().anyMatch(ProducerBatch::isInRepair);
	}

	void add(ProducerBatch batch) {
		this.batches.add(batch);
		this.nextSequence = batch.sequence() + 1;
	}

	/**
	 * Notes that the server knows the epoch.
	 */
	void open() {
		this.open = true;
	}

	/**
	 * Removes the first batch, which the server has.
	 */
	void removeFirst() {
		this.batches.remove();
	}

	/**
	 * Removes all batches, none of which is on the server. What is sent next takes the
	 * sequence of the first one when that never left. Otherwise it goes into the next
	 * epoch: a copy that arrives late would make the server take it for a duplicate, and
	 * a server that refuses the very sequence does so until there is another epoch.
	 * @return their messages, in order
	 */
	List<ProducerMessage> dissolve() {
		ProducerBatch first = this.batches.peek();
		boolean neverLeft = isOnlyOne() && first != null && !first.wasAnswered();
		List<ProducerMessage> messages = new ArrayList<>();
		removeAll().forEach((batch) -> messages.addAll(batch.messages()));
		if (neverLeft) {
			this.nextSequence = first.sequence();
		}
		else {
			startEpoch(this.epoch + 1);
		}
		return messages;
	}

	/**
	 * Removes all batches, and gives up what is on its way.
	 * @return the batches, in order
	 */
	Collection<ProducerBatch> removeAll() {
		List<ProducerBatch> all = List.copyOf(this.batches);
		this.batches.clear();
		all.forEach((batch) -> batch.stop().stop());
		return all;
	}

	/**
	 * Goes on in another epoch, when there are no batches of this one.
	 * @param next the epoch
	 */
	void startEpoch(long next) {
		this.epoch = next;
		this.nextSequence = 0;
		this.open = false;
	}

	/**
	 * Finds a batch that may be sent now.
	 * @return the batch, or {@code null} when there is none
	 */
	@Nullable ProducerBatch due() {
		for (ProducerBatch batch : this.batches) {
			if (batch.isToBeSent()) {
				return batch;
			}
			if (!isWide()) {
				return null;
			}
		}
		return null;
	}

}
