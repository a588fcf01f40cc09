package io.streamdb;

import org.jspecify.annotations.Nullable;

/**
 * The database is {@link StreamDbState#FAILED}: it cannot be preloaded, read or written
 * (SPEC M4, M9, M10). {@link StreamDb#preload()} tries again.
 */
public class StreamDbFailedException extends StreamDbUnavailableException {

	private final FailureReason reason;

	/**
	 * Creates the exception.
	 * @param reason why the database failed
	 * @param message what happened and what to do
	 * @param cause the error behind it, or {@code null}
	 */
	public StreamDbFailedException(FailureReason reason, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.reason = reason;
	}

	/**
	 * Returns why the database failed.
	 * @return the reason
	 */
	public FailureReason reason() {
		return this.reason;
	}

}
