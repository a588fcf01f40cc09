package io.streamdb.server.store;

import org.jspecify.annotations.Nullable;

/**
 * Is told what became of a record.
 */
@FunctionalInterface
public interface WriteCallback {

	/**
	 * Takes the outcome. Called on a thread of the storage, or before the call that
	 * handed the record over returns; does not block.
	 * @param failure why the record is not durable, or {@code null} when it is
	 */
	void done(@Nullable Throwable failure);

}
