package io.streamdb.boot.autoconfigure.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.streamdb.StreamDb;
import io.streamdb.boot.autoconfigure.StreamDbAutoConfiguration;
import io.streamdb.boot.autoconfigure.StreamDbProperties;
import io.streamdb.boot.metrics.StreamDbMeterBinder;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the meters of the database.
 */
@AutoConfiguration(after = StreamDbAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnSingleCandidate(StreamDb.class)
public final class StreamDbMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	StreamDbMeterBinder streamDbMeterBinder(StreamDb streamDb) {
		return new StreamDbMeterBinder(streamDb, StreamDbProperties.DATABASE_NAME);
	}

}
