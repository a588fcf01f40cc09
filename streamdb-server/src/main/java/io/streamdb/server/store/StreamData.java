package io.streamdb.server.store;

import java.io.IOException;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link StreamStorage} keeps of one life of a stream. Records come one at a time;
 * reads come at any time, by many threads, and only of what is durable.
 */
public interface StreamData {

	/**
	 * Adds one record: bytes, closure, producer and sequence together. Does not wait for
	 * the disk.
	 * @param record the record, which begins where the last one with bytes ended
	 * @param done called once, when it is durable or failed, in the order of the calls
	 * @throws StorageFullException when there is no room; nothing has happened then, and
	 * the callback is not called
	 */
	void append(LogRecord record, WriteCallback done) throws StorageFullException;

	/**
	 * Notes that the stream is gone for its clients, and kept for its forks (PROTOCOL
	 * 4.2).
	 * @param done called once, when that is durable or failed
	 */
	void softDelete(WriteCallback done);

	/**
	 * Gives the stream up, and its space back. Ranges that were handed out before stay
	 * readable until they are closed, or fail; they never give other bytes.
	 * @param done called once, when that is durable or failed
	 */
	void delete(WriteCallback done);

	/**
	 * Notes the last access of a stream that expires when it is idle. Need not survive a
	 * crash. Called rarely: the store bounds how often.
	 * @param lastAccess when the stream was read or written last
	 */
	void touch(Instant lastAccess);

	/**
	 * Returns whether an append begins at a position, or the limit is there. May wait for
	 * the disk.
	 * @param position a position from the first one of this data to the limit
	 * @param limit where reading ends: a boundary
	 * @return whether a read may begin there
	 * @throws IOException when that cannot be told
	 */
	boolean isBoundary(long position, long limit) throws IOException;

	/**
	 * Reads whole appends: as many as fit, but at least one if there is one. The end
	 * depends on nothing but the arguments. May wait for the disk.
	 * @param position where to begin: a boundary
	 * @param limit where to end at the latest: a boundary
	 * @param maxBytes how many bytes to read at most, the first append apart
	 * @return the appends, none at the limit, or {@code null} when the stream was given
	 * up
	 * @throws IOException when the bytes cannot be read or are not those that were
	 * written
	 */
	@Nullable AppendRange read(long position, long limit, long maxBytes) throws IOException;

}
