package io.streamdb.boot.autoconfigure;

import java.net.URI;

import io.streamdb.StreamDb;
import io.streamdb.client.DurableStream;
import io.streamdb.client.DurableStreamBuilder;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.DurableStreamServerBuilder;
import io.streamdb.server.DurableStreamServlet;
import io.streamdb.server.StreamAccess;
import jakarta.servlet.http.HttpServlet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the embedded server: what the database runs on when no URL of a
 * stream is configured (SPEC B8). The application itself does not go through HTTP.
 */
@AutoConfiguration
@ConditionalOnClass(DurableStreamServer.class)
@Conditional(OnMissingStreamUrlCondition.class)
@ConditionalOnMissingBean({ StreamDb.class, DurableStream.class })
@EnableConfigurationProperties(StreamDbProperties.class)
public final class StreamDbServerAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(StreamDbServerAutoConfiguration.class);

	@Bean
	@ConditionalOnMissingBean
	DurableStreamServer streamDbServer(ObjectProvider<StreamAccess> access,
			ObjectProvider<DurableStreamServerBuilderCustomizer> customizers, Environment environment,
			ListableBeanFactory beanFactory) {
		DurableStreamServerBuilder builder = DurableStreamServer.builder()
			.forwardedHeadersTrusted(ForwardedHeaders.areTrusted(environment, beanFactory));
		access.ifAvailable(builder::access);
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		logger.warn("The embedded stream server holds its streams in memory only: they are gone when the application"
				+ " stops. To keep them, set 'streamdb.url' to the URL of a stream of another server.");
		return builder.build();
	}

	@Bean
	DurableStream streamDbStream(DurableStreamServer server, StreamDbProperties properties,
			ObjectProvider<DurableStreamBuilderCustomizer> customizers) {
		DurableStreamBuilder builder = DurableStream.builder(server.url(properties.stream()))
			.transport(server.transport());
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	@Bean
	StreamDbBuilderCustomizer streamDbEmbeddedStreamCreation() {
		return (builder) -> builder.createIfMissing(true);
	}

	/**
	 * What others see of the server: its streams under {@code streamdb.server.path}.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HttpServlet.class, ServletRegistrationBean.class })
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static class ServletConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = "streamDbServlet")
		ServletRegistrationBean<DurableStreamServlet> streamDbServlet(DurableStreamServer server,
				StreamDbProperties properties) {
			ServletRegistrationBean<DurableStreamServlet> registration = new ServletRegistrationBean<>(
					new DurableStreamServlet(server), properties.server().path() + "/*");
			registration.setName("streamDbServlet");
			registration.setAsyncSupported(true);
			return registration;
		}

		@Bean
		@Order(0)
		DurableStreamBuilderCustomizer streamDbServedUrl(DurableStreamServer server, StreamDbProperties properties) {
			URI served = URI.create(properties.server().path() + server.url(properties.stream()).getRawPath());
			return (builder) -> builder.shownUrl(served);
		}

		@Bean
		LiveReaderShutdown streamDbLiveReaderShutdown(DurableStreamServer server) {
			return new LiveReaderShutdown(server);
		}

	}

}
