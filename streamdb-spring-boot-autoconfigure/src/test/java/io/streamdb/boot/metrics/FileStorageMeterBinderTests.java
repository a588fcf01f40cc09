package io.streamdb.boot.metrics;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.store.file.FileStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FileStorageMeterBinder}.
 */
class FileStorageMeterBinderTests {

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	@Test
	void metersForcesAndTheirTime(@TempDir Path directory) {
		FileStorage storage = FileStorage.in(directory);
		new FileStorageMeterBinder(storage).bindTo(this.registry);
		try (DurableStreamServer server = DurableStreamServer.builder().storage(storage).build()) {
			assertThat(force().count()).isZero();
			DurableStream.builder(server.url("log"))
				.transport(server.transport())
				.build()
				.create(new CreateOptions("text/plain", null, null, false, new byte[1_000]))
				.join();
			assertThat(force().count()).isEqualTo(1);
			assertThat(force().totalTime(TimeUnit.NANOSECONDS)).isPositive();
			assertThat(this.registry.get("streamdb.server.force.records").functionCounter().count()).isEqualTo(1);
			assertThat(this.registry.get("streamdb.server.force.bytes").functionCounter().count()).isGreaterThan(1_000);
			assertThat(this.registry.get("streamdb.server.storage.failed").gauge().value()).isZero();
		}
	}

	private FunctionTimer force() {
		return this.registry.get("streamdb.server.force").functionTimer();
	}

}
