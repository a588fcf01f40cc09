package io.streamdb.boot.test;

import java.util.Map;

import io.streamdb.boot.test.server.TestStreamServer;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;

import org.springframework.beans.factory.support.DefaultSingletonBeanRegistry;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Starts a server for a context, whose end is also the server's. A record, so that tests
 * that want the same share a context.
 *
 * @param stream the stream that the application uses
 */
record TestStreamServerContextCustomizer(String stream) implements ContextCustomizer {

	private static final String NAME = "testStreamServer";

	@Override
	public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
		TestStreamServer server = TestStreamServer.start();
		// The first to be registered is the last to be destroyed: after the database.
		((DefaultSingletonBeanRegistry) context.getBeanFactory()).registerDisposableBean(NAME, server::close);
		context.getBeanFactory().registerSingleton(NAME, server);
		context.getBeanFactory().registerSingleton("testStreamServerFaults", server.faults());
		DurableStream.builder(server.server().url(this.stream))
			.transport(server.server().transport())
			.build()
			.create(CreateOptions.json())
			.join();
		context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource(NAME, Map.of("streamdb.url", server.url(this.stream).toString())));
	}

}
