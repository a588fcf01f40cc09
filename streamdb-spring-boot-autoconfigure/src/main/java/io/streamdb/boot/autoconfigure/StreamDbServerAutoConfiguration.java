package io.streamdb.boot.autoconfigure;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

import io.streamdb.StreamDb;
import io.streamdb.client.DurableStream;
import io.streamdb.client.DurableStreamBuilder;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.DurableStreamServerBuilder;
import io.streamdb.server.DurableStreamServlet;
import io.streamdb.server.ServerLimits;
import io.streamdb.server.StreamAccess;
import io.streamdb.server.store.StreamStorage;
import io.streamdb.server.store.file.FileStorage;
import io.streamdb.server.subscription.SubscriptionSettings;
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
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;
import org.springframework.web.util.UriUtils;

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
	@ConditionalOnMissingBean(StreamStorage.class)
	@Conditional(OnServerDirectoryCondition.class)
	FileStorage streamDbFileStorage(StreamDbProperties properties) {
		Path directory = Objects.requireNonNull(properties.server().directory()).toPath();
		DataSize limit = properties.server().limits().disk();
		return (limit != null) ? FileStorage.in(directory, limit.toBytes()) : FileStorage.in(directory);
	}

	@Bean
	@ConditionalOnMissingBean
	DurableStreamServer streamDbServer(ObjectProvider<StreamStorage> storage, ObjectProvider<StreamAccess> access,
			ObjectProvider<DurableStreamServerBuilderCustomizer> customizers, ObjectProvider<ServedPath> servedPath,
			StreamDbProperties properties, Environment environment, ListableBeanFactory beanFactory) {
		boolean forwardedHeadersTrusted = ForwardedHeaders.areTrusted(environment, beanFactory);
		DurableStreamServerBuilder builder = DurableStreamServer.builder()
			.forwardedHeadersTrusted(forwardedHeadersTrusted)
			.allowedOrigins(properties.server().allowedOrigins())
			.offsetHeaders(properties.server().offsetHeaders())
			.limits(limits(properties.server().limits()));
		if (properties.server().subscriptions().enabled()) {
			builder.subscriptions(subscriptions(properties.server().subscriptions()));
		}
		storage.ifAvailable(builder::storage);
		access.ifAvailable(builder::access);
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		DurableStreamServer server = builder.build();
		if (!server.durable()) {
			logger.warn("The embedded stream server holds its streams in memory only: they are gone when the"
					+ " application stops. To keep them, set 'streamdb.server.directory' to a directory, or"
					+ " 'streamdb.url' to the URL of a stream of another server.");
		}
		servedPath.ifAvailable((path) -> logger.info("The embedded stream is served at {}. {}",
				path.of(properties.stream(), server), whoMayUseIt(access, customizers, forwardedHeadersTrusted)));
		return server;
	}

	private static SubscriptionSettings subscriptions(StreamDbProperties.Subscriptions properties) {
		try {
			return SubscriptionSettings.defaults()
				.withLocalWebhooks(properties.localWebhooks())
				.withUrl(properties.url())
				.withMaxSubscriptions(properties.maxSubscriptions())
				.withMaxLinks(properties.maxLinks())
				.withKeyRotation(properties.keyRotation());
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException("streamdb.server.subscriptions", properties,
					ex.getMessage());
		}
	}

	private static ServerLimits limits(StreamDbProperties.Limits properties) {
		ServerLimits limits = ServerLimits.defaults()
			.withMaxBodyBytes((int) properties.bodySize().toBytes())
			.withMaxStreams(properties.streams())
			.withMaxRequests(properties.requests())
			.withMaxChunkBytes((int) properties.chunkSize().toBytes());
		if (properties.readers() != null) {
			limits = limits.withMaxReaders(properties.readers());
		}
		DataSize memory = properties.memory();
		if (memory != null) {
			limits = limits.withMaxStoredBytes(memory.toBytes());
		}
		DataSize pendingBodies = properties.pendingBodies();
		return (pendingBodies != null) ? limits.withMaxPendingBytes(pendingBodies.toBytes()) : limits;
	}

	private static String whoMayUseIt(ObjectProvider<StreamAccess> access,
			ObjectProvider<DurableStreamServerBuilderCustomizer> customizers, boolean forwardedHeadersTrusted) {
		if (access.stream().findAny().isPresent()) {
			return "The StreamAccess bean decides who may use it.";
		}
		String who = forwardedHeadersTrusted ? "Nobody may use it, since forwarded headers are trusted"
				: "Only clients on this machine may use it";
		if (customizers.stream().findAny().isPresent()) {
			who = "Unless a DurableStreamServerBuilderCustomizer says otherwise, " + StringUtils.uncapitalize(who);
		}
		return who + ": to serve others, define a StreamAccess bean that decides who may do what.";
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

		private static final String CONTEXT_PATH = "server.servlet.context-path";

		@Bean
		ServedPath streamDbServedPath(StreamDbProperties properties, Environment environment) {
			String contextPath = Binder.get(environment).bind(CONTEXT_PATH, String.class).orElse("").strip();
			return new ServedPath(
					UriUtils.encodePath(StringUtils.trimTrailingCharacter(contextPath, '/'), StandardCharsets.UTF_8)
							+ properties.server().path());
		}

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
		DurableStreamBuilderCustomizer streamDbServedUrl(DurableStreamServer server, ServedPath path,
				StreamDbProperties properties) {
			URI served = path.of(properties.stream(), server);
			return (builder) -> builder.shownUrl(served);
		}

		@Bean
		LiveReaderShutdown streamDbLiveReaderShutdown(DurableStreamServer server) {
			return new LiveReaderShutdown(server);
		}

	}

}
