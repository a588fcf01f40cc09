package io.streamdb.boot.autoconfigure;

import io.streamdb.server.store.file.DirectoryInUseException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Analyses that somebody else has the directory of the embedded server.
 */
class DirectoryInUseFailureAnalyzer extends AbstractFailureAnalyzer<DirectoryInUseException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, DirectoryInUseException cause) {
		return new FailureAnalysis(cause.getMessage() + ".",
				"Stop the application that has it, or set 'streamdb.server.directory' to another directory. Several"
						+ " applications share a stream by setting 'streamdb.url' to its URL in all but the one that"
						+ " serves it.",
				cause);
	}

}
