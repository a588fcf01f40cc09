package io.streamdb.data.repository.support;

import io.streamdb.data.core.StreamDbExceptionTranslator;
import io.streamdb.data.core.StreamDbOperations;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.support.PersistenceExceptionTranslationInterceptor;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.core.support.RepositoryFactoryBeanSupport;
import org.springframework.data.repository.core.support.RepositoryFactorySupport;
import org.springframework.util.Assert;

/**
 * Factory bean of a repository.
 *
 * @param <R> the repository's type
 * @param <T> the entity's type
 * @param <ID> the id's type
 */
public class StreamRepositoryFactoryBean<R extends Repository<T, ID>, T, ID>
		extends RepositoryFactoryBeanSupport<R, T, ID> {

	private @Nullable StreamDbOperations operations;

	private @Nullable Class<?> entityClass;

	/**
	 * Creates a factory bean.
	 * @param repositoryInterface the repository's interface
	 */
	public StreamRepositoryFactoryBean(Class<? extends R> repositoryInterface) {
		super(repositoryInterface);
	}

	/**
	 * Sets what the repository uses.
	 * @param operations the operations
	 */
	public void setStreamDbOperations(StreamDbOperations operations) {
		this.operations = operations;
	}

	/**
	 * Sets the entity of a repository with no interface of its own.
	 * @param entityClass the entity class
	 */
	public void setEntityClass(Class<?> entityClass) {
		this.entityClass = entityClass;
	}

	@Override
	public void afterPropertiesSet() {
		setMappingContext(requiredOperations().mappingContext());
		super.afterPropertiesSet();
	}

	@Override
	protected RepositoryFactorySupport createRepositoryFactory() {
		StreamRepositoryFactory factory = new StreamRepositoryFactory(requiredOperations(), this.entityClass);
		factory.addRepositoryProxyPostProcessor((proxy, information) -> proxy
			.addAdvice(new PersistenceExceptionTranslationInterceptor(new StreamDbExceptionTranslator())));
		return factory;
	}

	private StreamDbOperations requiredOperations() {
		Assert.state(this.operations != null, "'streamDbOperations' must be set");
		return this.operations;
	}

}
