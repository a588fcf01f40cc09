package io.streamdb;

import java.time.Instant;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.InvalidEvent;

/**
 * Hooks into a {@link StreamDb} (SPEC M9, M11). All methods run on the apply thread,
 * except {@link #onStatusChange}, which runs on the thread that changed the status: they
 * must be quick, may read, and must not wait. What they throw is logged and harms nobody.
 */
public interface StreamDbListener {

	/**
	 * Called when a batch begins.
	 * @param offset the offset it follows
	 */
	default void beforeBatch(String offset) {
	}

	/**
	 * Called for every valid change event, before it is visible, and again when its batch
	 * breaks off and is read again.
	 * @param event the event, with its value bound
	 */
	default void onEvent(ChangeEvent<?> event) {
	}

	/**
	 * Called for every invalid event of a committed batch; of one batch for the first 10
	 * 000, further ones are counted. Of a key or txid that is longer than 300 characters
	 * the event has the start.
	 * @param event what is known of it
	 * @param offset the end offset of its batch
	 * @param at when it was read
	 */
	default void onInvalidEvent(InvalidEvent event, String offset, Instant at) {
	}

	/**
	 * Called when what a batch has brought is visible. The batches of a load, which
	 * become visible together, have one call; and a batch that brings nothing but a part
	 * of a transaction has none, since that is held until the transaction ends (SPEC M5).
	 * @param offset the offset up to which the visible state is complete
	 * @param upToDate whether the stream was wholly read then
	 */
	default void afterBatch(String offset, boolean upToDate) {
	}

	/**
	 * Called when the status has changed. While a call lasts, the last 100 changes wait;
	 * older ones are counted ({@link StreamDbMetrics#droppedStatusChanges()}) and not
	 * told.
	 * @param status the new status
	 */
	default void onStatusChange(StreamDbStatus status) {
	}

}
