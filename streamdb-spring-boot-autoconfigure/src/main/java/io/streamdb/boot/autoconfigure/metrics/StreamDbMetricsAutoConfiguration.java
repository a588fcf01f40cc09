package io.streamdb.boot.autoconfigure.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.streamdb.StreamDb;
import io.streamdb.boot.autoconfigure.StreamDbAutoConfiguration;
import io.streamdb.boot.autoconfigure.StreamDbProperties;
import io.streamdb.boot.autoconfigure.StreamDbServerAutoConfiguration;
import io.streamdb.boot.metrics.FileStorageMeterBinder;
import io.streamdb.boot.metrics.StreamDbMeterBinder;
import io.streamdb.boot.metrics.StreamServerMeterBinder;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.store.file.FileStorage;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the meters of the database and of the embedded server.
 */
@AutoConfiguration(after = { StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class },
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
public final class StreamDbMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnSingleCandidate(StreamDb.class)
	StreamDbMeterBinder streamDbMeterBinder(StreamDb streamDb) {
		return new StreamDbMeterBinder(streamDb, StreamDbProperties.DATABASE_NAME);
	}

	/**
	 * The meters of the embedded server's files.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(FileStorage.class)
	static class FileStorageConfiguration {

		@Bean
		@ConditionalOnMissingBean
		@ConditionalOnSingleCandidate(FileStorage.class)
		FileStorageMeterBinder streamDbFileStorageMeterBinder(FileStorage storage) {
			return new FileStorageMeterBinder(storage);
		}

	}

	/**
	 * The meters of the embedded server.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(DurableStreamServer.class)
	static class ServerConfiguration {

		@Bean
		@ConditionalOnMissingBean
		@ConditionalOnSingleCandidate(DurableStreamServer.class)
		StreamServerMeterBinder streamServerMeterBinder(DurableStreamServer server) {
			return new StreamServerMeterBinder(server);
		}

	}

}
