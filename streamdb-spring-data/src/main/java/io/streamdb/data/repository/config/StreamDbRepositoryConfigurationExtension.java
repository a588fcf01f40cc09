package io.streamdb.data.repository.config;

import java.lang.annotation.Annotation;
import java.util.Collection;
import java.util.Set;

import io.streamdb.data.mapping.StreamCollection;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.data.repository.support.SimpleStreamRepository;
import io.streamdb.data.repository.support.StreamRepositoryFactoryBean;

import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.data.repository.config.RepositoryConfigurationExtensionSupport;
import org.springframework.data.repository.config.RepositoryConfigurationSource;

/**
 * Tells Spring Data what a StreamDB repository is, and how it is made.
 */
public class StreamDbRepositoryConfigurationExtension extends RepositoryConfigurationExtensionSupport {

	private static final String TEMPLATE_REF = "streamDbTemplateRef";

	@Override
	public String getModuleName() {
		return "StreamDB";
	}

	@Override
	@Deprecated
	protected String getModulePrefix() {
		// Deprecated by Spring Data, and still abstract there.
		return getModuleIdentifier();
	}

	@Override
	public String getRepositoryFactoryBeanClassName() {
		return StreamRepositoryFactoryBean.class.getName();
	}

	@Override
	public String getRepositoryBaseClassName() {
		return SimpleStreamRepository.class.getName();
	}

	@Override
	protected Collection<Class<? extends Annotation>> getIdentifyingAnnotations() {
		return Set.of(StreamCollection.class);
	}

	@Override
	protected Collection<Class<?>> getIdentifyingTypes() {
		return Set.of(StreamRepository.class);
	}

	@Override
	public void postProcess(BeanDefinitionBuilder builder, RepositoryConfigurationSource source) {
		source.getAttribute(TEMPLATE_REF)
			.ifPresent((template) -> builder.addPropertyReference("streamDbOperations", template));
	}

}
