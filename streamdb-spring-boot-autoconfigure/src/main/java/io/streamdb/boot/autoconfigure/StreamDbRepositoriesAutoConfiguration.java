package io.streamdb.boot.autoconfigure;

import io.streamdb.data.repository.StreamRepository;
import io.streamdb.data.repository.config.EntityRepositoryPostProcessor;
import io.streamdb.data.repository.support.StreamRepositoryFactoryBean;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.persistence.autoconfigure.EntityScanner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for StreamDB repositories: those with an interface, unless
 * {@link io.streamdb.data.repository.config.EnableStreamDbRepositories} is used, and a
 * {@link StreamRepository} of every entity.
 */
@AutoConfiguration(after = StreamDbAutoConfiguration.class)
@ConditionalOnClass(EntityScanner.class)
@ConditionalOnBean(StreamDbEntities.class)
@ConditionalOnBooleanProperty(name = "streamdb.repositories.enabled", matchIfMissing = true)
public final class StreamDbRepositoriesAutoConfiguration {

	@Bean
	static EntityRepositoryPostProcessor streamDbEntityRepositories(StreamDbEntities entities) {
		return new EntityRepositoryPostProcessor(entities.classes(), StreamDbAutoConfiguration.TEMPLATE_BEAN_NAME);
	}

	/**
	 * Repositories with an interface.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(StreamRepositoryFactoryBean.class)
	@Import(StreamDbRepositoriesAutoConfigureRegistrar.class)
	static class DeclaredRepositoriesConfiguration {

	}

}
