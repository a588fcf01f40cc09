package io.streamdb.sample.history;

import org.jspecify.annotations.Nullable;

/**
 * A history cannot be imported.
 */
class HistoryImportException extends RuntimeException {

	HistoryImportException(String what, String reason, @Nullable Throwable cause) {
		super("Cannot import " + what + ": " + reason, cause);
	}

}
