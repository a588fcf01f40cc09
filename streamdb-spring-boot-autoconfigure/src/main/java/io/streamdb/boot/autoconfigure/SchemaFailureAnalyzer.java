package io.streamdb.boot.autoconfigure;

import io.streamdb.schema.SchemaException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Analyses entities of which no schema can be made; the exception says what to do.
 */
class SchemaFailureAnalyzer extends AbstractFailureAnalyzer<SchemaException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, SchemaException cause) {
		return new FailureAnalysis(cause.getMessage(), "Change the entity or its @StreamCollection as described.",
				cause);
	}

}
