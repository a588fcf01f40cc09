package io.streamdb.boot.autoconfigure;

import java.io.File;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.streamdb.InvalidEventPolicy;
import io.streamdb.SnapshotMode;
import io.streamdb.UpdateMode;
import io.streamdb.client.LiveMode;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * Configuration properties of a database.
 *
 * @param url URL of the stream to follow. When not set, and streamdb-server is on the
 * class path, the database runs on the embedded server.
 * @param stream Name of the embedded server's stream. Not used with a URL.
 * @param live How to follow the stream once it is read.
 * @param headers Headers of every request to the server, such as Authorization.
 * @param createIfMissing Whether to create the stream when it does not exist. The stream
 * of the embedded server is always created.
 * @param transactionTimeout How long a transaction may take until the server acknowledges
 * it.
 * @param txidTimeout How long to wait for a transaction id, or for an acknowledged
 * transaction, to become visible.
 * @param shutdownTimeout How long pending transactions may drain when the application
 * stops.
 * @param updateMode What an event does to the entity of a key that is there already: it
 * replaces the entity, or is merged into it. Merging is for streams whose other writers
 * send partial updates.
 * @param snapshotMode What the control events 'snapshot-start' and 'snapshot-end' mean:
 * they are hints, or what stands between them replaces all entities of the types seen
 * there.
 * @param invalidEvents What to do with events that cannot be applied: leave them out and
 * report them, or stop at the first one. The endpoint 'streamdb' can then skip it.
 * @param startup Startup
 * @param health Health
 * @param server Embedded server
 */
@ConfigurationProperties("streamdb")
public record StreamDbProperties(@Nullable String url, @DefaultValue("main") String stream,
		@DefaultValue("auto") LiveMode live, @DefaultValue Map<String, String> headers,
		@DefaultValue("false") boolean createIfMissing, @DefaultValue("30s") Duration transactionTimeout,
		@DefaultValue("5s") Duration txidTimeout, @DefaultValue("10s") Duration shutdownTimeout,
		@DefaultValue("replace") UpdateMode updateMode, @DefaultValue("hint") SnapshotMode snapshotMode,
		@DefaultValue("quarantine") InvalidEventPolicy invalidEvents, @DefaultValue Startup startup,
		@DefaultValue Health health, @DefaultValue Server server) {

	/** The name of the database in meters and at the endpoint. */
	public static final String DATABASE_NAME = "main";

	public StreamDbProperties {
		requirePositive("streamdb.transaction-timeout", transactionTimeout);
		requirePositive("streamdb.txid-timeout", txidTimeout);
		if (shutdownTimeout.isNegative()) {
			throw new InvalidConfigurationPropertyValueException("streamdb.shutdown-timeout", shutdownTimeout,
					"It must not be negative.");
		}
	}

	private static void requirePositive(String name, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new InvalidConfigurationPropertyValueException(name, value, "It must be positive.");
		}
	}

	/**
	 * How the application starts.
	 *
	 * @param mode When to load the state. Readiness waits for one that is loaded in the
	 * background only when 'management.endpoint.health.group.readiness.include' is set to
	 * 'readinessState,streamdb'.
	 * @param timeout How long to wait for the state at the start, and how long readers
	 * and writers wait while it is loading.
	 */
	public record Startup(@DefaultValue("wait") StartupMode mode, @DefaultValue("30s") Duration timeout) {

		public Startup {
			requirePositive("streamdb.startup.timeout", timeout);
		}

	}

	/**
	 * What counts as healthy.
	 *
	 * @param maxLag How long the connection may be lost until the database is out of
	 * service.
	 */
	public record Health(@DefaultValue("30s") Duration maxLag) {

		public Health {
			requirePositive("streamdb.health.max-lag", maxLag);
		}

	}

	/**
	 * The embedded server.
	 *
	 * @param path Path under which the streams are served.
	 * @param directory Directory in which the streams are kept. When not set they are
	 * held in memory, and gone when the application stops.
	 * @param allowedOrigins Origins whose pages may use the streams from a browser,
	 * besides those of this machine; '*' for all.
	 * @param offsetHeaders Whether events that are read over HTTP get the header
	 * 'offset', with the offset after them.
	 * @param limits Limits
	 * @param subscriptions Subscriptions
	 */
	public record Server(@DefaultValue("/streams") String path, @Nullable File directory,
			@DefaultValue List<String> allowedOrigins, @DefaultValue("false") boolean offsetHeaders,
			@DefaultValue Limits limits, @DefaultValue Subscriptions subscriptions) {

		public Server {
			if (!path.matches("(/[A-Za-z0-9._~-]+)+")) {
				throw new InvalidConfigurationPropertyValueException("streamdb.server.path", path,
						"It must begin with a slash, must not end with one, and must not contain wildcards.");
			}
		}

	}

	/**
	 * The reserved subscription APIs of the embedded server.
	 *
	 * @param enabled Whether clients can be woken by webhooks and wake events.
	 * @param localWebhooks Whether webhooks may be plain HTTP on this machine, for
	 * development.
	 * @param url URL of the streams as receivers of webhooks see it, without a slash at
	 * its end. That of the request which creates a subscription when not set.
	 * @param maxSubscriptions Number of subscriptions.
	 * @param maxLinks Number of streams that all subscriptions follow together.
	 * @param keyRotation How long a key signs webhooks until a new one takes its place.
	 */
	public record Subscriptions(@DefaultValue("false") boolean enabled, @DefaultValue("false") boolean localWebhooks,
			@Nullable URI url, @DefaultValue("1000") int maxSubscriptions, @DefaultValue("100000") int maxLinks,
			@DefaultValue("30d") Duration keyRotation) {
	}

	/**
	 * What the embedded server takes on at most.
	 *
	 * @param bodySize Size of a request's body.
	 * @param streams Number of streams.
	 * @param memory Memory that all streams take together. Half of the heap when not set.
	 * @param disk Size of the files in the directory of the server. What the disk has
	 * room for when not set.
	 * @param readers Number of live reads over HTTP at one time. As many as fit half of
	 * the heap when not set, and 10000 at most.
	 * @param requests Number of other requests over HTTP at one time.
	 * @param pendingBodies Size of all bodies over HTTP that are being read or appended
	 * at one time. One eighth of the heap when not set.
	 * @param chunkSize How much of a stream one response holds.
	 */
	public record Limits(@DefaultValue("32MB") DataSize bodySize, @DefaultValue("100000") int streams,
			@Nullable DataSize memory, @Nullable DataSize disk, @Nullable Integer readers,
			@DefaultValue("2000") int requests, @Nullable DataSize pendingBodies,
			@DefaultValue("16MB") DataSize chunkSize) {

		private static final String PREFIX = "streamdb.server.limits.";

		public Limits {
			requireBetween("body-size", bodySize.toBytes(), Integer.MAX_VALUE);
			requireBetween("chunk-size", chunkSize.toBytes(), Integer.MAX_VALUE);
			requireBetween("streams", streams, Integer.MAX_VALUE);
			requireBetween("requests", requests, Integer.MAX_VALUE);
			if (readers != null) {
				requireBetween("readers", readers, Integer.MAX_VALUE);
			}
			if (memory != null) {
				requireBetween("memory", memory.toBytes(), Long.MAX_VALUE);
			}
			if (disk != null) {
				requireBetween("disk", disk.toBytes(), Long.MAX_VALUE);
			}
			if (pendingBodies != null && pendingBodies.compareTo(bodySize) < 0) {
				throw new InvalidConfigurationPropertyValueException(PREFIX + "pending-bodies", pendingBodies,
						"It must not be less than " + PREFIX + "body-size, which is " + bodySize + ".");
			}
		}

		private static void requireBetween(String name, long value, long max) {
			if (value <= 0 || value > max) {
				throw new InvalidConfigurationPropertyValueException(PREFIX + name, value,
						"It must be from 1 to " + max + ".");
			}
		}

	}

}
