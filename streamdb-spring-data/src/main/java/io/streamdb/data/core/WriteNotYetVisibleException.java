package io.streamdb.data.core;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.UncategorizedDataAccessException;

/**
 * A write is durable, and was not visible here in time (SPEC T4). Do not repeat it: it
 * will be visible when this process has caught up.
 */
public class WriteNotYetVisibleException extends UncategorizedDataAccessException {

	/**
	 * Creates the exception.
	 * @param message what happened
	 * @param cause the cause
	 */
	public WriteNotYetVisibleException(@Nullable String message, Throwable cause) {
		super(message, cause);
	}

}
