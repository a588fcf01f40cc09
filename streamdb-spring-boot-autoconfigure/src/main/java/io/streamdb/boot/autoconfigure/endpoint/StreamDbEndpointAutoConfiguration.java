package io.streamdb.boot.autoconfigure.endpoint;

import java.util.Map;

import io.streamdb.StreamDb;
import io.streamdb.boot.autoconfigure.StreamDbAutoConfiguration;
import io.streamdb.boot.autoconfigure.StreamDbProperties;
import io.streamdb.boot.endpoint.StreamDbEndpoint;
import io.streamdb.boot.endpoint.StreamDbEndpointWebExtension;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the {@link StreamDbEndpoint}.
 */
@AutoConfiguration(after = StreamDbAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(StreamDbEndpoint.class)
@ConditionalOnSingleCandidate(StreamDb.class)
public final class StreamDbEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	StreamDbEndpoint streamDbEndpoint(StreamDb streamDb) {
		return new StreamDbEndpoint(Map.of(StreamDbProperties.DATABASE_NAME, streamDb));
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
	StreamDbEndpointWebExtension streamDbEndpointWebExtension(StreamDbEndpoint endpoint) {
		return new StreamDbEndpointWebExtension(endpoint);
	}

}
