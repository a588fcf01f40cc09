package io.streamdb.server;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.MemoryStorage;
import io.streamdb.server.store.StreamStorage;
import io.streamdb.server.store.file.FileStorage;
import io.streamdb.server.subscription.SubscriptionSettings;

/**
 * Builds a {@link DurableStreamServer}.
 */
public final class DurableStreamServerBuilder {

	Clock clock = Clock.systemUTC();

	RandomGenerator random = new Random();

	Duration longPollTimeout = Duration.ofSeconds(25);

	Duration sseDuration = Duration.ofSeconds(60);

	Duration heartbeat = Duration.ofSeconds(15);

	ServerLimits limits = ServerLimits.defaults();

	Set<String> allowedOrigins = Set.of();

	boolean offsetHeaders;

	StreamStorage storage = new MemoryStorage();

	@Nullable StreamAccess access;

	boolean forwardedHeadersTrusted;

	@Nullable SubscriptionSettings subscriptions;

	@Nullable Executor executor;

	@Nullable ScheduledExecutorService scheduler;

	DurableStreamServerBuilder() {
	}

	/**
	 * Sets the clock that tells incarnations, cursors and the age of producers; the
	 * default is the system's.
	 * @param value the clock
	 * @return this builder
	 */
	public DurableStreamServerBuilder clock(Clock value) {
		this.clock = value;
		return this;
	}

	/**
	 * Sets where chance comes from (in cursors and the duration of connections).
	 * @param value the generator, safe for use by many threads
	 * @return this builder
	 */
	public DurableStreamServerBuilder random(RandomGenerator value) {
		this.random = value;
		return this;
	}

	/**
	 * Sets how long a long-poll waits; the default is 25 seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public DurableStreamServerBuilder longPollTimeout(Duration timeout) {
		this.longPollTimeout = positive("longPollTimeout", timeout);
		return this;
	}

	/**
	 * Sets how long a connection with server-sent events lasts at most; the default is 60
	 * seconds. Each lasts up to a tenth less; and longer where a slow client still takes
	 * the event that it is at.
	 * @param duration the duration
	 * @return this builder
	 */
	public DurableStreamServerBuilder sseDuration(Duration duration) {
		this.sseDuration = positive("sseDuration", duration);
		return this;
	}

	/**
	 * Sets how long such a connection is silent before it gets a comment, by which a dead
	 * peer is noticed; the default is 15 seconds.
	 * @param interval the interval
	 * @return this builder
	 */
	public DurableStreamServerBuilder heartbeat(Duration interval) {
		this.heartbeat = positive("heartbeat", interval);
		return this;
	}

	/**
	 * Sets what keeps the streams; the default is memory.
	 * @param value the storage, which the server opens, and closes when it is closed
	 * @return this builder
	 */
	public DurableStreamServerBuilder storage(StreamStorage value) {
		this.storage = value;
		return this;
	}

	/**
	 * Keeps the streams in the files of a directory (SPEC S2): what was acknowledged is
	 * there again when a server is built with the same directory, whether this one was
	 * closed or its process or machine ended. In place of a
	 * {@link #storage(StreamStorage) storage}.
	 * @param directory the directory, which is created when it is missing; one server at
	 * a time may have it
	 * @return this builder
	 */
	public DurableStreamServerBuilder directory(Path directory) {
		return storage(FileStorage.in(directory));
	}

	/**
	 * Sets whether the events of JSON streams that go out over HTTP are told their
	 * offset, in the field {@code offset} of their {@code headers}: that of the end of
	 * their append. It costs parsing them. Events are stored as they come whatever is set
	 * here; the default is not to.
	 * @param value whether they are told
	 * @return this builder
	 */
	public DurableStreamServerBuilder offsetHeaders(boolean value) {
		this.offsetHeaders = value;
		return this;
	}

	/**
	 * Sets which pages of other origins may use the server from a browser (CORS), besides
	 * those of this machine. Whether a request is served is for the access to decide
	 * nevertheless. The default is none.
	 * @param origins the origins, such as {@code https://app.example.org}; {@code *} for
	 * all
	 * @return this builder
	 */
	public DurableStreamServerBuilder allowedOrigins(Collection<String> origins) {
		this.allowedOrigins = Set.copyOf(origins);
		return this;
	}

	/**
	 * Sets what the server takes on at most; the default is
	 * {@link ServerLimits#defaults()}.
	 * @param value the limits
	 * @return this builder
	 */
	public DurableStreamServerBuilder limits(ServerLimits value) {
		this.limits = value;
		return this;
	}

	/**
	 * Sets who may do what over HTTP; the default is {@link StreamAccess#localOnly()}
	 * (SPEC S5).
	 * @param value the access
	 * @return this builder
	 */
	public DurableStreamServerBuilder access(StreamAccess value) {
		this.access = value;
		return this;
	}

	/**
	 * Tells that the web server or a filter takes the peer's address and the host from
	 * forwarding headers. A local request can then not be told from a forged one: without
	 * an {@link #access(StreamAccess) access} of its own the server serves nobody over
	 * HTTP.
	 * @param trusted whether they are trusted
	 * @return this builder
	 */
	public DurableStreamServerBuilder forwardedHeadersTrusted(boolean trusted) {
		this.forwardedHeadersTrusted = trusted;
		return this;
	}

	/**
	 * Switches the reserved subscription APIs of the protocol on (SPEC S4), which are off
	 * by default.
	 * @param settings how to do them, such as {@link SubscriptionSettings#defaults()}
	 * @return this builder
	 */
	public DurableStreamServerBuilder subscriptions(SubscriptionSettings settings) {
		this.subscriptions = settings;
		return this;
	}

	/**
	 * Sets what runs the work of waiting readers, which never blocks; the default is a
	 * few threads of the server's own. It is not shut down with the server.
	 * @param value the executor; it must not run tasks on the calling thread
	 * @return this builder
	 */
	public DurableStreamServerBuilder executor(Executor value) {
		this.executor = value;
		return this;
	}

	/**
	 * Sets what tells the time to waiting readers; the default is a thread of the
	 * server's own. It is not shut down with the server.
	 * @param value the scheduler
	 * @return this builder
	 */
	public DurableStreamServerBuilder scheduler(ScheduledExecutorService value) {
		this.scheduler = value;
		return this;
	}

	/**
	 * Starts the server. What its storage has kept is there.
	 * @return the server, to be closed
	 * @throws java.io.UncheckedIOException when what the storage has kept cannot be read
	 */
	public DurableStreamServer build() {
		return new DurableStreamServer(this);
	}

	private static Duration positive(String name, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new IllegalArgumentException(name + " must be positive: " + value);
		}
		return value;
	}

}
