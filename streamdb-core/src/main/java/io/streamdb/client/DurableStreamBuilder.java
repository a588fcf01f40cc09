package io.streamdb.client;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link DurableStream}.
 */
public final class DurableStreamBuilder {

	private final URI url;

	private @Nullable URI shownUrl;

	private final Map<String, Supplier<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

	private final Map<String, Supplier<String>> parameters = new TreeMap<>();

	private @Nullable StreamTransport transport;

	private String contentType = "application/json";

	private RetryPolicy retryPolicy = RetryPolicy.defaults();

	private RetryPolicy readRetryPolicy = RetryPolicy.unbounded();

	private Duration requestTimeout = Duration.ofSeconds(30);

	private Duration heartbeatLimit = Duration.ofSeconds(90);

	private @Nullable Executor executor;

	private Clock clock = Clock.systemUTC();

	private RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();

	private Scheduling scheduling = Scheduling.real();

	private LongSupplier nanoTime = this.scheduling::nanoTime;

	private Pause pause = Pause.in(this.scheduling);

	DurableStreamBuilder(URI url) {
		this.url = url;
	}

	/**
	 * Sets the transport; the default is one {@link JdkHttpTransport} that all handles of
	 * the process share.
	 * @param transport the transport
	 * @return this builder
	 */
	public DurableStreamBuilder transport(StreamTransport transport) {
		this.transport = transport;
		return this;
	}

	/**
	 * Sets what {@link DurableStream#url()}, exceptions, health and log messages show
	 * instead of the URL that is asked: for a transport whose URLs mean nothing to
	 * anybody else.
	 * @param shownUrl what others know the stream by; it may be a path
	 * @return this builder
	 */
	public DurableStreamBuilder shownUrl(URI shownUrl) {
		this.shownUrl = shownUrl;
		return this;
	}

	/**
	 * Adds a header whose value is asked for with every request (SPEC P6), on the thread
	 * that sends it. A supplier that throws fails the request; since nothing was sent, it
	 * is repeated like a request that the server could not take.
	 * @param name the header's name
	 * @param value gives the value
	 * @return this builder
	 * @throws IllegalArgumentException when the name is no header name, or one that the
	 * client sets itself
	 */
	public DurableStreamBuilder header(String name, Supplier<String> value) {
		StreamEndpoint.checkHeaderName(name);
		this.headers.put(name, value);
		return this;
	}

	/**
	 * Adds a query parameter whose value is asked for with every request (SPEC P6), as
	 * with {@link #header}.
	 * @param name the parameter's name
	 * @param value gives the value
	 * @return this builder
	 * @throws IllegalArgumentException when the client sets the parameter itself
	 */
	public DurableStreamBuilder parameter(String name, Supplier<String> value) {
		StreamEndpoint.checkParameterName(name);
		this.parameters.put(name, value);
		return this;
	}

	/**
	 * Sets the content type of appends; the default is {@code application/json}.
	 * @param contentType the content type
	 * @return this builder
	 */
	public DurableStreamBuilder contentType(String contentType) {
		this.contentType = contentType;
		return this;
	}

	/**
	 * Sets how requests other than reads are repeated; an {@link IdempotentProducer}
	 * takes only the delays from it. The default is {@link RetryPolicy#defaults()}.
	 * @param policy the policy
	 * @return this builder
	 */
	public DurableStreamBuilder retryPolicy(RetryPolicy policy) {
		this.retryPolicy = policy;
		return this;
	}

	/**
	 * Sets how failed reads are repeated: the first connect and the live read. The
	 * default is {@link RetryPolicy#unbounded()}: whoever reads sees each failure in
	 * {@link BatchHandler#retrying} and can close the reader.
	 * @param policy the policy; {@code maxRetries} counts failures in a row
	 * @return this builder
	 */
	public DurableStreamBuilder readRetryPolicy(RetryPolicy policy) {
		this.readRetryPolicy = policy;
		return this;
	}

	/**
	 * Sets how long the head of a response may take, live reads apart; the default is 30
	 * seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public DurableStreamBuilder requestTimeout(Duration timeout) {
		this.requestTimeout = TimeLimits.positive("request timeout", timeout);
		return this;
	}

	/**
	 * Sets how long a read may be silent before it is given up and made anew (SPEC P4).
	 * It has to be longer than the server's long-poll timeout; the default is 90 seconds,
	 * since servers end their live reads after about 60.
	 * @param limit the limit
	 * @return this builder
	 */
	public DurableStreamBuilder heartbeatLimit(Duration limit) {
		this.heartbeatLimit = TimeLimits.positive("heartbeat limit", limit);
		return this;
	}

	/**
	 * Sets where readers, producers and requests run; the default is a thread of their
	 * own each, a virtual one where the runtime has them (see {@link StreamThreads}).
	 * @param executor the executor; it must not run tasks on the calling thread, and must
	 * start each at once: a reader keeps its thread as long as it reads, a producer until
	 * it is closed
	 * @return this builder
	 */
	public DurableStreamBuilder executor(Executor executor) {
		this.executor = executor;
		return this;
	}

	/**
	 * Sets the clock that dates in {@code Retry-After} are compared with; the default is
	 * the system's.
	 * @param clock the clock
	 * @return this builder
	 */
	public DurableStreamBuilder clock(Clock clock) {
		this.clock = clock;
		return this;
	}

	/**
	 * Sets the source of the jitter between retries.
	 * @param random the generator, safe for many threads
	 * @return this builder
	 */
	public DurableStreamBuilder random(RandomGenerator random) {
		this.random = random;
		return this;
	}

	DurableStreamBuilder scheduling(Scheduling scheduling) {
		this.scheduling = scheduling;
		return nanoTime(scheduling::nanoTime).pause(Pause.in(scheduling));
	}

	DurableStreamBuilder nanoTime(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
		return this;
	}

	DurableStreamBuilder pause(Pause pause) {
		this.pause = pause;
		return this;
	}

	/**
	 * Builds the handle.
	 * @return the handle
	 * @throws IllegalArgumentException when the URL is not that of a stream
	 */
	public DurableStream build() {
		StreamEndpoint endpoint = new StreamEndpoint(this.url, this.shownUrl, this.headers, this.parameters);
		ClientSettings settings = new ClientSettings(
				(this.transport != null) ? this.transport : SharedTransport.INSTANCE,
				(this.executor != null) ? this.executor : SharedThreads.INSTANCE, this.retryPolicy,
				this.readRetryPolicy, this.requestTimeout, this.heartbeatLimit, this.clock, this.nanoTime, this.random,
				this.pause, this.scheduling);
		return new DurableStream(new RequestSender(endpoint, settings), this.contentType);
	}

	private static final class SharedTransport {

		static final StreamTransport INSTANCE = new JdkHttpTransport();

	}

	private static final class SharedThreads {

		static final Executor INSTANCE = StreamThreads.perTask("client");

	}

}
