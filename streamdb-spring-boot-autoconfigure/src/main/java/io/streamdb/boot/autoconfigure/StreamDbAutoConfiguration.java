package io.streamdb.boot.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbBuilder;
import io.streamdb.client.DurableStream;
import io.streamdb.client.DurableStreamBuilder;
import io.streamdb.data.action.StreamActionPostProcessor;
import io.streamdb.data.core.StreamDbExceptionTranslator;
import io.streamdb.data.core.StreamDbTemplate;
import io.streamdb.data.mapping.StateSchemaFactory;
import io.streamdb.data.mapping.StreamCollection;
import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.schema.BeanValidation;
import io.streamdb.schema.EntityValidator;
import io.streamdb.schema.KeyConverter;
import io.streamdb.schema.StateSchema;
import jakarta.validation.Validator;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.persistence.autoconfigure.EntityScanner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for a {@link StreamDb}, its template and its actions.
 */
@AutoConfiguration(after = StreamDbServerAutoConfiguration.class,
		afterName = { "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
				"org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration" })
@ConditionalOnClass(EntityScanner.class)
@EnableConfigurationProperties(StreamDbProperties.class)
public final class StreamDbAutoConfiguration {

	static final String TEMPLATE_BEAN_NAME = "streamDbTemplate";

	@Bean
	static StreamDbEntities streamDbEntities(ApplicationContext context) throws ClassNotFoundException {
		return new StreamDbEntities(new EntityScanner(context).scan(StreamCollection.class));
	}

	@Bean
	static StreamActionPostProcessor streamActionPostProcessor() {
		return new StreamActionPostProcessor(TEMPLATE_BEAN_NAME);
	}

	@Bean
	@ConditionalOnMissingBean
	StreamDbMappingContext streamDbMappingContext(StreamDbEntities entities) {
		StreamDbMappingContext mappingContext = new StreamDbMappingContext();
		mappingContext.setInitialEntitySet(entities.classes());
		return mappingContext;
	}

	@Bean(TEMPLATE_BEAN_NAME)
	@ConditionalOnMissingBean(name = TEMPLATE_BEAN_NAME)
	StreamDbTemplate streamDbTemplate(StreamDb streamDb, StreamDbMappingContext mappingContext,
			ObjectProvider<ObservationRegistry> observationRegistry) {
		StreamDbTemplate template = new StreamDbTemplate(streamDb, mappingContext);
		observationRegistry.ifUnique(template::setObservationRegistry);
		return template;
	}

	@Bean
	@ConditionalOnMissingBean
	StreamDbExceptionTranslator streamDbExceptionTranslator() {
		return new StreamDbExceptionTranslator();
	}

	/**
	 * Validation of entities by their constraints (SPEC E4).
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Validator.class)
	@ConditionalOnSingleCandidate(Validator.class)
	@ConditionalOnMissingBean(EntityValidator.class)
	static class ValidationConfiguration {

		@Bean
		BeanValidation streamDbEntityValidator(Validator validator) {
			return new BeanValidation(validator);
		}

	}

	/**
	 * The database, its stream and its schema.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(StreamDb.class)
	static class DatabaseConfiguration {

		@Bean
		@ConditionalOnMissingBean
		DurableStream streamDbStream(StreamDbProperties properties,
				ObjectProvider<DurableStreamBuilderCustomizer> customizers) {
			DurableStreamBuilder builder = DurableStream.builder(StreamUrl.of(properties));
			properties.headers().forEach((name, value) -> builder.header(name, () -> value));
			customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
			return builder.build();
		}

		@Bean
		@ConditionalOnMissingBean
		StateSchema streamDbSchema(StreamDbMappingContext mappingContext, ObjectProvider<JsonMapper> mapper,
				ObjectProvider<EntityValidator> validator, ObjectProvider<KeyConverter<?>> keyConverters) {
			return new StateSchemaFactory(mappingContext, mapper.getIfAvailable(() -> JsonMapper.builder().build()),
					validator.getIfAvailable(), keyConverters.orderedStream().toList())
				.create();
		}

		@Bean
		StreamDb streamDb(StreamDbProperties properties, DurableStream stream, StateSchema schema,
				ObjectProvider<StreamDbBuilderCustomizer> customizers, ApplicationContext context) {
			StreamDbBuilder builder = StreamDb.builder(stream, schema)
				.live(properties.live())
				.createIfMissing(properties.createIfMissing())
				.updateMode(properties.updateMode())
				.snapshotMode(properties.snapshotMode())
				.invalidEventPolicy(properties.invalidEvents())
				.startTimeout(properties.startup().timeout())
				.transactionTimeout(properties.transactionTimeout())
				.txIdTimeout(properties.txidTimeout())
				.shutdownTimeout(properties.shutdownTimeout());
			customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
			return StreamDbStartup.start(builder.build(), properties.startup(), context);
		}

	}

}
