package io.streamdb.boot.autoconfigure;

import java.nio.charset.StandardCharsets;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.streamdb.Spec;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbState;
import io.streamdb.boot.TestStreamServer;
import io.streamdb.boot.app.TestApplication;
import io.streamdb.boot.autoconfigure.endpoint.StreamDbEndpointAutoConfiguration;
import io.streamdb.boot.autoconfigure.health.StreamDbHealthContributorAutoConfiguration;
import io.streamdb.boot.autoconfigure.metrics.StreamDbMetricsAutoConfiguration;
import io.streamdb.boot.endpoint.StreamDbEndpoint;
import io.streamdb.boot.endpoint.StreamDbEndpointWebExtension;
import io.streamdb.boot.health.StreamDbHealthIndicator;
import io.streamdb.boot.health.StreamServerHealthIndicator;
import io.streamdb.boot.metrics.StreamDbMeterBinder;
import io.streamdb.boot.metrics.StreamServerMeterBinder;
import io.streamdb.client.AppendOptions;
import io.streamdb.client.DurableStream;
import org.junit.jupiter.api.Test;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the auto-configurations of health, endpoint and meters.
 */
class ActuatorAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class,
				StreamDbHealthContributorAutoConfiguration.class, StreamDbEndpointAutoConfiguration.class,
				StreamDbMetricsAutoConfiguration.class))
		.withUserConfiguration(TestApplication.class);

	@Test
	void healthIsContributedUnderTheNameStreamdb() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(StreamDbHealthIndicator.class)
			.hasBean("streamdbHealthContributor"));
	}

	@Test
	void embeddedServerIsUpUntilItsStorageFails() {
		this.contextRunner.run((context) -> {
			Health health = context.getBean(StreamServerHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsEntry("streams", 1L);
		});
	}

	@Test
	@Spec("P3.11")
	void databaseOfAClosedStreamIsUp() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board");
			server.stream("board").closeStream().join();
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board")).run((context) -> {
				await().until(() -> context.getBean(StreamDb.class).status().state() == StreamDbState.COMPLETE);
				assertThat(context.getBean(StreamDbHealthIndicator.class).health().getStatus()).isEqualTo(Status.UP);
			});
		}
	}

	@Test
	void healthCanBeDisabled() {
		this.contextRunner.withPropertyValues("management.health.streamdb.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(StreamDbHealthIndicator.class));
		this.contextRunner.withPropertyValues("management.health.defaults.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(StreamDbHealthIndicator.class));
	}

	@Test
	void usersHealthIsTaken() {
		this.contextRunner.withBean("streamdbHealthIndicator", HealthIndicator.class, () -> () -> Health.up().build())
			.withBean("streamdbServerHealthIndicator", HealthIndicator.class, () -> () -> Health.up().build())
			.run((context) -> assertThat(context).doesNotHaveBean(StreamServerHealthIndicator.class)
				.doesNotHaveBean(StreamDbHealthIndicator.class));
	}

	@Test
	void endpointIsThereWhenItIsExposed() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(StreamDbEndpoint.class));
		this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=streamdb")
			.run((context) -> assertThat(context).hasSingleBean(StreamDbEndpoint.class)
				.hasSingleBean(StreamDbEndpointWebExtension.class));
		this.contextRunner
			.withPropertyValues("management.endpoints.web.exposure.include=streamdb",
					"management.endpoint.streamdb.access=NONE")
			.run((context) -> assertThat(context).doesNotHaveBean(StreamDbEndpoint.class));
	}

	@Test
	void metersNeedARegistry() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(StreamDbMeterBinder.class));
		this.contextRunner.withBean(SimpleMeterRegistry.class)
			.run((context) -> assertThat(context).hasSingleBean(StreamDbMeterBinder.class)
				.hasSingleBean(StreamServerMeterBinder.class));
	}

	@Test
	void serverHasMetersOnlyWhereItRuns() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board");
			this.contextRunner.withBean(SimpleMeterRegistry.class)
				.withPropertyValues("streamdb.url=" + server.url("board"))
				.run((context) -> assertThat(context).hasSingleBean(StreamDbMeterBinder.class)
					.doesNotHaveBean(StreamServerMeterBinder.class));
		}
	}

	@Test
	void metersOfTheServerTellWhatItDoes() {
		this.contextRunner.withBean(SimpleMeterRegistry.class)
			.withPropertyValues("streamdb.server.limits.body-size=100B")
			.run((context) -> {
				SimpleMeterRegistry registry = context.getBean(SimpleMeterRegistry.class);
				context.getBean(StreamServerMeterBinder.class).bindTo(registry);
				assertThat(registry.get("streamdb.server.streams").gauge().value()).isEqualTo(1);
				context.getBean(DurableStream.class)
					.append(AppendOptions.of("[{}]".getBytes(StandardCharsets.UTF_8)))
					.join();
				assertThat(registry.get("streamdb.server.appends").functionCounter().count()).isEqualTo(1);
				assertThat(registry.get("streamdb.server.appended").functionCounter().count()).isEqualTo(2);
				assertThat(registry.get("streamdb.server.refused").tag("limit", "body").functionCounter().count())
					.isZero();
				assertThat(registry.getMeters())
					.filteredOn((meter) -> meter.getId().getName().startsWith("streamdb.server"))
					.allMatch((meter) -> meter.getId().getDescription() != null && meter.getId().getBaseUnit() != null);
			});
	}

	@Test
	void nothingIsThereWithoutADatabase() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(StreamDbHealthContributorAutoConfiguration.class,
					StreamDbEndpointAutoConfiguration.class, StreamDbMetricsAutoConfiguration.class))
			.withBean(SimpleMeterRegistry.class)
			.withPropertyValues("management.endpoints.web.exposure.include=*")
			.run((context) -> assertThat(context).doesNotHaveBean(StreamDbHealthIndicator.class)
				.doesNotHaveBean(StreamDbEndpoint.class)
				.doesNotHaveBean(StreamDbMeterBinder.class));
	}

	@Test
	void actuatorAndMicrometerMayBeAbsent() {
		this.contextRunner
			.withClassLoader(new FilteredClassLoader(HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class,
					ConditionalOnAvailableEndpoint.class, MeterRegistry.class))
			.run((context) -> assertThat(context).hasSingleBean(StreamDb.class)
				.doesNotHaveBean(StreamDbHealthIndicator.class)
				.doesNotHaveBean(StreamDbEndpoint.class)
				.doesNotHaveBean(StreamDbMeterBinder.class));
	}

}
