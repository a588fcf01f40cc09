package io.streamdb.data.repository.support;

import java.util.Optional;

import io.streamdb.data.core.StreamDbOperations;
import io.streamdb.data.mapping.StreamDbPersistentEntity;
import io.streamdb.data.repository.StreamRepository;
import org.jspecify.annotations.Nullable;

import org.springframework.data.core.TypeInformation;
import org.springframework.data.repository.core.EntityInformation;
import org.springframework.data.repository.core.RepositoryCreationException;
import org.springframework.data.repository.core.RepositoryInformation;
import org.springframework.data.repository.core.RepositoryMetadata;
import org.springframework.data.repository.core.support.PersistentEntityInformation;
import org.springframework.data.repository.core.support.RepositoryFactorySupport;
import org.springframework.data.repository.query.QueryCreationException;
import org.springframework.data.repository.query.QueryLookupStrategy;
import org.springframework.data.repository.query.QueryLookupStrategy.Key;
import org.springframework.data.repository.query.ValueExpressionDelegate;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * Creates repositories.
 */
public class StreamRepositoryFactory extends RepositoryFactorySupport {

	private final StreamDbOperations operations;

	private final @Nullable Class<?> entityClass;

	/**
	 * Creates a factory of repositories with an interface of their own.
	 * @param operations what the repositories use
	 */
	public StreamRepositoryFactory(StreamDbOperations operations) {
		this(operations, null);
	}

	/**
	 * Creates a factory.
	 * @param operations what the repositories use
	 * @param entityClass the entity of a repository with no interface of its own, which
	 * is asked for by {@code StreamRepository.class}; or {@code null}
	 */
	public StreamRepositoryFactory(StreamDbOperations operations, @Nullable Class<?> entityClass) {
		Assert.notNull(operations, "'operations' must not be null");
		this.operations = operations;
		this.entityClass = entityClass;
	}

	@Override
	protected RepositoryMetadata getRepositoryMetadata(Class<?> repositoryInterface) {
		if (this.entityClass != null && repositoryInterface == StreamRepository.class) {
			Class<?> idType = entity(this.entityClass).getRequiredIdProperty().getType();
			return new EntityRepositoryMetadata(TypeInformation.of(this.entityClass),
					TypeInformation.of(ClassUtils.resolvePrimitiveIfNecessary(idType)));
		}
		return super.getRepositoryMetadata(repositoryInterface);
	}

	@Override
	public EntityInformation<?, ?> getEntityInformation(RepositoryMetadata metadata) {
		return new PersistentEntityInformation<>(entity(metadata.getDomainType()));
	}

	@Override
	protected Object getTargetRepository(RepositoryInformation information) {
		requireCollection(information);
		return getTargetRepositoryViaReflection(information, getEntityInformation(information), this.operations);
	}

	@Override
	protected Class<?> getRepositoryBaseClass(RepositoryMetadata metadata) {
		return SimpleStreamRepository.class;
	}

	@Override
	protected Optional<QueryLookupStrategy> getQueryLookupStrategy(@Nullable Key key,
			ValueExpressionDelegate valueExpressionDelegate) {
		return Optional.of((method, metadata, projectionFactory, namedQueries) -> {
			throw QueryCreationException.create(
					("StreamDB does not derive queries from method names; use findAll(Predicate, Pageable) of"
							+ " StreamRepository, or make %s a default method")
						.formatted(method.getName()),
					null, metadata.getRepositoryInterface(), method);
		});
	}

	private void requireCollection(RepositoryMetadata metadata) {
		Class<?> domainType = metadata.getDomainType();
		StreamDbPersistentEntity<?> entity = this.operations.mappingContext().getPersistentEntity(domainType);
		if (entity == null || !entity.isCollection()) {
			throw invalid(metadata, "%s is not annotated with @StreamCollection".formatted(domainType.getName()));
		}
		if (this.operations.streamDb().schema().byClass(domainType) == null) {
			throw invalid(metadata, "%s is no collection of the database; include its package in the entity scan"
				.formatted(domainType.getName()));
		}
		Class<?> idType = ClassUtils.resolvePrimitiveIfNecessary(entity.getRequiredIdProperty().getType());
		if (metadata.getIdType() != idType) {
			throw invalid(metadata, "the id of %s is a %s, not a %s".formatted(domainType.getName(), idType.getName(),
					metadata.getIdType().getName()));
		}
	}

	private static RepositoryCreationException invalid(RepositoryMetadata metadata, String reason) {
		Class<?> repositoryInterface = metadata.getRepositoryInterface();
		return new RepositoryCreationException(
				"%s cannot be a repository: %s".formatted(repositoryInterface.getName(), reason), repositoryInterface);
	}

	private StreamDbPersistentEntity<?> entity(Class<?> domainType) {
		return this.operations.mappingContext().getRequiredPersistentEntity(domainType);
	}

}
