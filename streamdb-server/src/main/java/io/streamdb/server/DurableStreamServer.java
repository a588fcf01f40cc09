package io.streamdb.server;

import java.net.URI;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.streamdb.client.StreamTransport;
import io.streamdb.server.store.StreamStore;
import io.streamdb.server.subscription.SubscriptionMetrics;
import io.streamdb.server.subscription.Subscriptions;

/**
 * A Durable Streams server in this process (SPEC S). Unless it is given a storage it
 * holds its streams in memory: they are gone when it is closed. Used through
 * {@link #transport()} without HTTP, or through a {@link DurableStreamServlet}; both may
 * be used at once. Safe for use by many threads.
 */
public final class DurableStreamServer implements AutoCloseable {

	/** Names no host that could ever exist (RFC 6761), since none is asked. */
	private static final String IN_PROCESS = "http://in-process.invalid";

	private final StreamStore store;

	private final ServerCounters counters = new ServerCounters();

	private final OpenRequests requests;

	private final ProtocolHandler handler;

	private final LiveReaders readers;

	private final @Nullable Subscriptions subscriptions;

	private final InProcessTransport transport;

	private final @Nullable ExecutorService ownExecutor;

	private final @Nullable ScheduledExecutorService ownScheduler;

	DurableStreamServer(DurableStreamServerBuilder builder) {
		this.ownExecutor = (builder.executor == null) ? newExecutor() : null;
		this.ownScheduler = (builder.scheduler == null) ? newScheduler() : null;
		Executor executor = (builder.executor != null) ? builder.executor : this.ownExecutor;
		ScheduledExecutorService scheduler = (builder.scheduler != null) ? builder.scheduler : this.ownScheduler;
		ServerTasks tasks = new ServerTasks(executor, scheduler);
		ServerLimits limits = builder.limits;
		this.store = new StreamStore(builder.storage, builder.clock, executor, tasks::schedule, limits.maxStreams(),
				limits.maxStoredBytes());
		RequestBodies bodies = new RequestBodies(limits.maxBodyBytes());
		this.readers = new LiveReaders(limits.maxReaders());
		this.requests = new OpenRequests(limits.maxRequests(), limits.maxPendingBytes());
		this.subscriptions = openSubscriptions(builder, tasks);
		this.handler = new ProtocolHandler(this.store, this.requests, this.counters,
				new CrossOrigin(builder.allowedOrigins), access(builder),
				new CreateHandler(this.store, bodies, this.counters),
				new AppendHandler(this.store, bodies, this.counters),
				new ReadHandler(this.store, limits.maxChunkBytes(),
						new LiveSettings(builder.longPollTimeout, builder.sseDuration, builder.heartbeat), this.readers,
						tasks, new Cursors(builder.clock, builder.random), builder.clock, builder.random, this.counters,
						builder.offsetHeaders),
				(this.subscriptions != null)
						? new SubscriptionHandler(this.subscriptions, limits.maxBodyBytes(), this.counters) : null);
		this.transport = new InProcessTransport(this.handler, tasks);
	}

	private @Nullable Subscriptions openSubscriptions(DurableStreamServerBuilder builder, ServerTasks tasks) {
		if (builder.subscriptions == null) {
			return null;
		}
		try {
			return Subscriptions.open(this.store, builder.subscriptions, StreamPath::isStream, builder.clock,
					builder.random, tasks::execute, tasks::schedule);
		}
		catch (RuntimeException ex) {
			closeStore();
			throw ex;
		}
	}

	private static StreamAccess access(DurableStreamServerBuilder builder) {
		if (builder.access != null) {
			return builder.access;
		}
		return builder.forwardedHeadersTrusted ? new NobodyAccess() : StreamAccess.localOnly();
	}

	/**
	 * Starts to build a server.
	 * @return a builder
	 */
	public static DurableStreamServerBuilder builder() {
		return new DurableStreamServerBuilder();
	}

	/**
	 * Returns the way to the streams without HTTP, for the application itself: no access
	 * decision, no limit on live reads.
	 * @return the transport; of a URL it looks at the path only
	 */
	public StreamTransport transport() {
		return this.transport;
	}

	/**
	 * Returns the URL of a stream for {@link #transport()}. It means nothing to anybody
	 * else.
	 * @param stream the stream's path, not encoded and without a slash at its begin
	 * @return the URL
	 * @throws IllegalArgumentException when there can be no stream of that path
	 */
	public URI url(String stream) {
		String path = "/" + PercentEncoding.encodePath(stream);
		try {
			if (!stream.isEmpty() && StreamPath.normalise(path, "").equals(stream) && !StreamPath.isReserved(stream)) {
				return URI.create(IN_PROCESS + path);
			}
		}
		catch (BadRequestException ex) {
			throw new IllegalArgumentException("Not the path of a stream: '" + stream + "'. " + ex.getMessage());
		}
		throw new IllegalArgumentException("Not the path of a stream: '" + stream + "'");
	}

	/**
	 * Ends the live reads over HTTP, each with an offset to come back to, and answers
	 * later ones at once (SPEC S6). To be called before the web server waits for its
	 * requests to end. Reads in process go on, so that the application can still see what
	 * it writes while it stops.
	 */
	public void endLiveReaders() {
		this.readers.endRemote();
	}

	/**
	 * Ends all reads, refuses further requests, and closes the storage. May be called
	 * more than once.
	 */
	@Override
	public void close() {
		this.handler.close();
		this.readers.endAll();
		if (this.subscriptions != null) {
			this.subscriptions.close();
		}
		closeStore();
	}

	private void closeStore() {
		this.store.close();
		if (this.ownExecutor != null) {
			this.ownExecutor.shutdown();
		}
		if (this.ownScheduler != null) {
			this.ownScheduler.shutdownNow();
		}
	}

	/**
	 * Returns whether what the server acknowledged is there again when its storage is
	 * opened again (SPEC S2): not when it holds its streams in memory.
	 * @return whether it is
	 */
	public boolean durable() {
		return this.store.durable();
	}

	/**
	 * Returns why the storage has failed. Nothing can be written any more then; what was
	 * accepted before is there.
	 * @return the failure, or {@code null} when there was none
	 */
	public @Nullable Throwable failure() {
		Throwable told = this.counters.storageFailure.get();
		return (told != null) ? told : this.store.failure();
	}

	/**
	 * Returns what the server has done, and how much it holds.
	 * @return the figures of this moment
	 */
	public ServerMetrics metrics() {
		ServerCounters counted = this.counters;
		return new ServerMetrics(counted.appends.sum(), counted.appendedBytes.sum(), counted.readBytes.sum(),
				counted.failedWrites.sum(), this.requests.open(), this.requests.bodyBytes(), this.readers.size(),
				this.store.streamCount(), this.store.usedBytes(), this.store.storedBytes(), counted.refusedBodies.sum(),
				counted.refusedStreams.sum(), counted.refusedWrites.sum(), counted.refusedReads.sum(),
				counted.refusedRequests.sum());
	}

	/**
	 * Returns what the subscriptions have done, and how many there are (SPEC S4).
	 * @return the figures of this moment; all are 0 when they are not switched on
	 */
	public SubscriptionMetrics subscriptionMetrics() {
		return (this.subscriptions != null) ? this.subscriptions.metrics() : SubscriptionMetrics.none();
	}

	ProtocolHandler handler() {
		return this.handler;
	}

	StreamStore store() {
		return this.store;
	}

	int liveReaders() {
		return this.readers.size();
	}

	private static ExecutorService newExecutor() {
		int threads = Math.max(2, Math.min(8, Runtime.getRuntime().availableProcessors()));
		ThreadPoolExecutor executor = new ThreadPoolExecutor(threads, threads, 30, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), threads("streamdb-server-"));
		executor.allowCoreThreadTimeOut(true);
		return executor;
	}

	private static ScheduledExecutorService newScheduler() {
		ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, threads("streamdb-server-timer-"));
		scheduler.setRemoveOnCancelPolicy(true);
		return scheduler;
	}

	private static ThreadFactory threads(String prefix) {
		AtomicInteger number = new AtomicInteger();
		return (task) -> {
			Thread thread = new Thread(task, prefix + number.incrementAndGet());
			thread.setDaemon(true);
			return thread;
		};
	}

}
