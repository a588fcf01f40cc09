package io.streamdb.boot.health;

import java.time.Duration;

import io.streamdb.StreamDb;
import io.streamdb.StreamDbMetrics;
import io.streamdb.StreamDbStatus;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * {@link HealthIndicator} of a {@link StreamDb} (SPEC B7). A database that follows its
 * stream, or has read it to its end, is up; one that is loading is out of service; one
 * that has lost its connection is up until the lag is too long, and out of service then;
 * one that has failed is down. One that waits for its first access is unknown, which
 * keeps it from being taken out of service before anybody can access it. Quarantined
 * events change nothing but the details.
 */
public class StreamDbHealthIndicator implements HealthIndicator {

	private final StreamDb streamDb;

	private final Duration maxLag;

	/**
	 * Creates an indicator.
	 * @param streamDb the database
	 * @param maxLag how long the connection may be lost until the database is out of
	 * service
	 */
	public StreamDbHealthIndicator(StreamDb streamDb, Duration maxLag) {
		this.streamDb = streamDb;
		this.maxLag = maxLag;
	}

	@Override
	public Health health() {
		StreamDbStatus status = this.streamDb.status();
		StreamDbMetrics metrics = this.streamDb.metrics();
		Health.Builder health = Health.status(health(status))
			.withDetail("url", this.streamDb.stream().url().toString())
			.withDetail("status", status.state().name());
		if (status.offset() != null) {
			health.withDetail("offset", status.offset());
		}
		if (status.lag() != null) {
			health.withDetail("lagSeconds", status.lag().toSeconds());
		}
		if (status.failureReason() != null) {
			health.withDetail("reason", status.failureReason().name());
		}
		if (status.cause() != null) {
			health.withDetail("error", status.cause().toString());
		}
		return health.withDetail("pending", metrics.pendingTransactions())
			.withDetail("invalidEvents", metrics.invalidEvents())
			.build();
	}

	private Status health(StreamDbStatus status) {
		return switch (status.state()) {
			case LIVE, COMPLETE -> Status.UP;
			case RETRYING -> isCurrent(status) ? Status.UP : Status.OUT_OF_SERVICE;
			case CONNECTING, CATCHING_UP, CLOSED -> Status.OUT_OF_SERVICE;
			case IDLE -> Status.UNKNOWN;
			case FAILED -> Status.DOWN;
		};
	}

	private boolean isCurrent(StreamDbStatus status) {
		return status.lag() != null && status.lag().compareTo(this.maxLag) <= 0;
	}

}
