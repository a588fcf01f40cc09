package io.streamdb.boot.health;

import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.ServerMetrics;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * {@link HealthIndicator} of the embedded server: down when its storage has failed, since
 * nothing can be written then. It is there only once the storage was read (SPEC S5).
 */
public class StreamServerHealthIndicator implements HealthIndicator {

	private final DurableStreamServer server;

	/**
	 * Creates an indicator.
	 * @param server the server
	 */
	public StreamServerHealthIndicator(DurableStreamServer server) {
		this.server = server;
	}

	@Override
	public Health health() {
		Throwable failure = this.server.failure();
		ServerMetrics metrics = this.server.metrics();
		Health.Builder health = (failure != null) ? Health.down().withDetail("error", failure.toString()) : Health.up();
		return health.withDetail("streams", metrics.streams())
			.withDetail("storedBytes", metrics.storedBytes())
			.withDetail("readers", metrics.liveReads())
			.build();
	}

}
