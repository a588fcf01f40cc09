package io.streamdb.boot.autoconfigure;

import io.streamdb.data.repository.StreamRepository;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.data.repository.core.RepositoryCreationException;
import org.springframework.data.repository.query.QueryCreationException;

/**
 * Analyses interfaces that cannot be repositories.
 */
class RepositoryCreationFailureAnalyzer extends AbstractFailureAnalyzer<RepositoryCreationException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, RepositoryCreationException cause) {
		if (!StreamRepository.class.isAssignableFrom(cause.getRepositoryInterface())) {
			return null;
		}
		if (cause instanceof QueryCreationException query) {
			return new FailureAnalysis(
					"The method %s of the repository %s has no implementation: StreamDB does not derive queries from method names."
						.formatted(query.getMethod().getName(), cause.getRepositoryInterface().getName()),
					"Use findAll(Predicate, Pageable) of StreamRepository, or make %s a default method."
						.formatted(query.getMethod().getName()),
					cause);
		}
		return new FailureAnalysis(cause.getMessage(),
				"Change %s or its entity as described.".formatted(cause.getRepositoryInterface().getName()), cause);
	}

}
