package io.streamdb.boot.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Analyses that there is no stream.
 */
class NoStreamFailureAnalyzer extends AbstractFailureAnalyzer<NoStreamException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, NoStreamException cause) {
		return new FailureAnalysis(cause.getMessage() + ".",
				"Set 'streamdb.url' to the URL of a stream, or add io.streamdb:streamdb-server to run on the embedded"
						+ " server.",
				cause);
	}

}
