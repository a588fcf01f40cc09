package io.streamdb.boot.autoconfigure;

import io.streamdb.data.mapping.DuplicateCollectionException;
import io.streamdb.data.mapping.MissingIdPropertyException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.data.mapping.MappingException;

/**
 * Analyses entities that cannot be collections.
 */
class EntityMappingFailureAnalyzer extends AbstractFailureAnalyzer<MappingException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, MappingException cause) {
		if (cause instanceof MissingIdPropertyException missingId) {
			return new FailureAnalysis(
					"The entity %s has no primary key.".formatted(missingId.getEntityClass().getName()),
					"Annotate the property that identifies it with org.springframework.data.annotation.Id, or name it"
							+ " 'id'.",
					cause);
		}
		if (cause instanceof DuplicateCollectionException duplicate) {
			return new FailureAnalysis(
					"Two entities have the collection %s '%s': %s and %s.".formatted(duplicate.getAttribute(),
							duplicate.getValue(), duplicate.getFirst().getName(), duplicate.getSecond().getName()),
					"Give one of them another @StreamCollection(%s = …), or remove it from the entity scan."
						.formatted(duplicate.getAttribute()),
					cause);
		}
		return null;
	}

}
