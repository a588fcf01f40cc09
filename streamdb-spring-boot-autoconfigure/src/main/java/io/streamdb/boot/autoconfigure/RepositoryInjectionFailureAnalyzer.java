package io.streamdb.boot.autoconfigure;

import java.util.Optional;

import io.streamdb.data.mapping.StreamCollection;
import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.data.mapping.StreamDbPersistentEntity;
import io.streamdb.data.mapping.StreamDbPersistentProperty;
import io.streamdb.data.repository.StreamRepository;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/**
 * Analyses why there is no {@link StreamRepository} of a generic type: the entity is
 * none, is not scanned, or has an id of another type (SPEC B2). Comes before Boot's
 * general analysis of missing beans.
 */
class RepositoryInjectionFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException>
		implements Ordered {

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause) {
		ResolvableType type = cause.getResolvableType();
		if (type == null || type.resolve() != StreamRepository.class) {
			return null;
		}
		Class<?> entityClass = type.resolveGeneric(0);
		Class<?> idClass = type.resolveGeneric(1);
		if (entityClass == null || idClass == null) {
			return null;
		}
		String description = injectionPoint(rootFailure) + " requires a StreamRepository<%s, %s>, and there is none: "
			.formatted(entityClass.getSimpleName(), idClass.getSimpleName());
		if (!AnnotatedElementUtils.hasAnnotation(entityClass, StreamCollection.class)) {
			return new FailureAnalysis(
					description + "%s is not annotated with @StreamCollection.".formatted(entityClass.getName()),
					"Annotate %s with @StreamCollection.".formatted(entityClass.getName()), cause);
		}
		Class<?> actual = idClass(entityClass);
		if (actual != null && actual != idClass) {
			return new FailureAnalysis(
					description + "the id of %s is a %s.".formatted(entityClass.getName(), actual.getName()),
					"Inject a StreamRepository<%s, %s>.".formatted(entityClass.getSimpleName(), actual.getSimpleName()),
					cause);
		}
		return new FailureAnalysis(
				description + "%s was not found by the entity scan, or 'streamdb.repositories.enabled' is false."
					.formatted(entityClass.getName()),
				"Move %s into a package below that of the application class, or name its package in @EntityScan."
					.formatted(entityClass.getName()),
				cause);
	}

	private static @Nullable Class<?> idClass(Class<?> entityClass) {
		StreamDbPersistentEntity<?> entity = new StreamDbMappingContext().getPersistentEntity(entityClass);
		return Optional.ofNullable(entity)
			.map(StreamDbPersistentEntity::getIdProperty)
			.map(StreamDbPersistentProperty::getType)
			.<Class<?>>map(ClassUtils::resolvePrimitiveIfNecessary)
			.orElse(null);
	}

	private String injectionPoint(Throwable rootFailure) {
		UnsatisfiedDependencyException failure = findCause(rootFailure, UnsatisfiedDependencyException.class);
		if (failure == null) {
			return "The application";
		}
		if (failure.getInjectionPoint() != null && failure.getInjectionPoint().getMember() != null) {
			return "The bean '%s' (%s)".formatted(failure.getBeanName(),
					failure.getInjectionPoint().getMember().getDeclaringClass().getName());
		}
		return "The bean '%s'".formatted(failure.getBeanName());
	}

}
