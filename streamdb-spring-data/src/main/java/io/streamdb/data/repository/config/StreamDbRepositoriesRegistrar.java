package io.streamdb.data.repository.config;

import java.lang.annotation.Annotation;

import org.springframework.data.repository.config.RepositoryBeanDefinitionRegistrarSupport;
import org.springframework.data.repository.config.RepositoryConfigurationExtension;

/**
 * Registers the repositories of {@link EnableStreamDbRepositories}.
 */
class StreamDbRepositoriesRegistrar extends RepositoryBeanDefinitionRegistrarSupport {

	@Override
	protected Class<? extends Annotation> getAnnotation() {
		return EnableStreamDbRepositories.class;
	}

	@Override
	protected RepositoryConfigurationExtension getExtension() {
		return new StreamDbRepositoryConfigurationExtension();
	}

}
