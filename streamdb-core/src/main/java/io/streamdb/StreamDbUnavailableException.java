package io.streamdb;

import org.jspecify.annotations.Nullable;

/**
 * The database cannot be read, written or waited for now (SPEC M4): it was not preloaded,
 * its first load takes too long, it has failed, or it is closed.
 */
public class StreamDbUnavailableException extends IllegalStateException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the error behind it, or {@code null}
	 */
	public StreamDbUnavailableException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
