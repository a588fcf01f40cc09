package io.streamdb.server.store;

import java.io.IOException;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Keeps the streams of a {@link StreamStore}: their records and their bytes. Decides
 * nothing: what a record means, who may see it and when a stream ends is the store's. A
 * store has a storage to itself and closes it. Safe for use by many threads.
 * <p>
 * The records of one stream become durable in the order in which they were handed over.
 * Of different streams no order is needed.
 * <p>
 * A write that failed makes the storage fail for ever: all later writes fail too, with a
 * {@link StorageFailedException}, and what was durable before can still be read.
 */
public interface StreamStorage extends AutoCloseable {

	/**
	 * Tells all streams that are kept, without those that were deleted. Called once,
	 * before anything else.
	 * @return the streams, in any order
	 * @throws IOException when what is there cannot be read
	 */
	List<RecoveredStream> recover() throws IOException;

	/**
	 * Returns the highest incarnation that was ever given to {@link #create}. Called
	 * after {@link #recover()}.
	 * @return the incarnation, 0 when there was none
	 */
	long highestIncarnation();

	/**
	 * Returns whether what was acknowledged survives this process (SPEC S2).
	 * @return whether it does
	 */
	boolean durable();

	/**
	 * Begins a stream: its description and its first append are one record. Does not wait
	 * for the disk.
	 * @param description what never changes
	 * @param first the first append, or {@code null} for none
	 * @param done called once, when it is durable or failed
	 * @return the stream
	 * @throws StorageFullException when there is no room; nothing has happened then, and
	 * the callback is not called
	 */
	StreamData create(StreamDescription description, @Nullable LogRecord first, WriteCallback done)
			throws StorageFullException;

	/**
	 * Returns how many bytes the streams take here.
	 * @return the number of bytes
	 */
	long storedBytes();

	/**
	 * Returns why nothing is written any more, whether or not anybody has tried since.
	 * @return the first failure, or {@code null} when all is well
	 */
	default @Nullable Throwable failure() {
		return null;
	}

	/**
	 * Makes durable what was handed over, and gives everything back. No callback comes
	 * after it.
	 */
	@Override
	void close();

}
