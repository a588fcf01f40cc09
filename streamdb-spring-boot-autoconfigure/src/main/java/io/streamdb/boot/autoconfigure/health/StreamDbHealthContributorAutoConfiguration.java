package io.streamdb.boot.autoconfigure.health;

import io.streamdb.StreamDb;
import io.streamdb.boot.autoconfigure.StreamDbAutoConfiguration;
import io.streamdb.boot.autoconfigure.StreamDbProperties;
import io.streamdb.boot.autoconfigure.StreamDbServerAutoConfiguration;
import io.streamdb.boot.health.StreamDbHealthIndicator;
import io.streamdb.boot.health.StreamServerHealthIndicator;
import io.streamdb.server.DurableStreamServer;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the health of the database and of the embedded server.
 */
@AutoConfiguration(after = { StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class })
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
public final class StreamDbHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnSingleCandidate(StreamDb.class)
	@ConditionalOnEnabledHealthIndicator("streamdb")
	@ConditionalOnMissingBean(name = { "streamdbHealthIndicator", "streamdbHealthContributor" })
	StreamDbHealthIndicator streamdbHealthContributor(StreamDb streamDb, StreamDbProperties properties) {
		return new StreamDbHealthIndicator(streamDb, properties.health().maxLag());
	}

	/**
	 * The health of the embedded server.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(DurableStreamServer.class)
	@ConditionalOnEnabledHealthIndicator("streamdb-server")
	static class ServerConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = { "streamdbServerHealthIndicator", "streamdbServerHealthContributor" })
		@ConditionalOnSingleCandidate(DurableStreamServer.class)
		StreamServerHealthIndicator streamdbServerHealthContributor(DurableStreamServer server) {
			return new StreamServerHealthIndicator(server);
		}

	}

}
