package io.streamdb.boot.autoconfigure;

import java.lang.annotation.Annotation;

import io.streamdb.data.repository.config.EnableStreamDbRepositories;
import io.streamdb.data.repository.config.StreamDbRepositoryConfigurationExtension;

import org.springframework.boot.autoconfigure.data.AbstractRepositoryConfigurationSourceSupport;
import org.springframework.data.repository.config.RepositoryConfigurationExtension;

/**
 * Registers the repositories of the auto-configuration packages.
 */
class StreamDbRepositoriesAutoConfigureRegistrar extends AbstractRepositoryConfigurationSourceSupport {

	@Override
	protected Class<? extends Annotation> getAnnotation() {
		return EnableStreamDbRepositories.class;
	}

	@Override
	protected Class<?> getConfiguration() {
		return EnableStreamDbRepositoriesConfiguration.class;
	}

	@Override
	protected RepositoryConfigurationExtension getRepositoryConfigurationExtension() {
		return new StreamDbRepositoryConfigurationExtension();
	}

	@EnableStreamDbRepositories
	private static final class EnableStreamDbRepositoriesConfiguration {

	}

}
