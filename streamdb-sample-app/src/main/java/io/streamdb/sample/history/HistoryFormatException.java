package io.streamdb.sample.history;

import org.jspecify.annotations.Nullable;

/**
 * A history cannot be imported.
 */
class HistoryFormatException extends RuntimeException {

	HistoryFormatException(String history, int line, String reason, @Nullable Throwable cause) {
		super("Cannot import line " + line + " of " + history + ": " + reason, cause);
	}

}
