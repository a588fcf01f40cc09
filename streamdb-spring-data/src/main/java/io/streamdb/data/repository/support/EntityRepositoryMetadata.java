package io.streamdb.data.repository.support;

import java.util.Set;

import io.streamdb.data.repository.StreamRepository;

import org.springframework.data.core.TypeInformation;
import org.springframework.data.repository.core.support.AbstractRepositoryMetadata;
import org.springframework.data.repository.core.support.RepositoryFragment;

/**
 * The metadata of a repository with no interface of its own: {@link StreamRepository}
 * with the types that an entity gives it.
 */
final class EntityRepositoryMetadata extends AbstractRepositoryMetadata {

	private final TypeInformation<?> domainType;

	private final TypeInformation<?> idType;

	EntityRepositoryMetadata(TypeInformation<?> domainType, TypeInformation<?> idType) {
		super(StreamRepository.class);
		this.domainType = domainType;
		this.idType = idType;
	}

	@Override
	public TypeInformation<?> getDomainTypeInformation() {
		return this.domainType;
	}

	@Override
	public TypeInformation<?> getIdTypeInformation() {
		return this.idType;
	}

	@Override
	public Set<RepositoryFragment<?>> getFragments() {
		return Set.of();
	}

}
