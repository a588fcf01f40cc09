package io.streamdb.benchmarks;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.streamdb.StreamDb;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportResponse;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.TransactionHandle;
import org.jspecify.annotations.Nullable;

/**
 * Measures optimistic actions in this process and prints one line of JSON per figure: how
 * soon an action is visible while others are pending, and how many a number of callers
 * complete. {@link ActionComparison} starts it in fresh processes.
 */
final class ActionBenchmark {

	private static final int[] PENDING = { 1, 100, 10_000 };

	private static final int[] IN_FLIGHT = { 1, 16, 64 };

	private static final int SAMPLES = 20_000;

	/** How many actions it takes until the compiler has done with their path. */
	private static final int WARM_UP_ACTIONS = 300_000;

	private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(40);

	private static final Duration WARM_UP = Duration.ofSeconds(2);

	private static final Duration MEASURED = Duration.ofSeconds(5);

	private static final OptimisticAction<User, User> ADD_USER = (added, context) -> context.collection(User.class)
		.insert(added);

	private final PrintStream out;

	private final AtomicInteger nextUser = new AtomicInteger();

	private ActionBenchmark(PrintStream out) {
		this.out = out;
	}

	/**
	 * Measures.
	 * @param args {@code visible}, or {@code complete} and {@code in-process} or the URL
	 * of a server's streams; after these for how many seconds, instead of 5, each figure
	 * of {@code complete} is measured, and which one, such as {@code threads_64}, if not
	 * all
	 * @throws Exception when something fails
	 */
	public static void main(String[] args) throws Exception {
		ActionBenchmark benchmark = new ActionBenchmark(System.out);
		if (args[0].equals("visible")) {
			benchmark.visible();
			return;
		}
		Duration measured = (args.length > 2) ? Duration.ofSeconds(Long.parseLong(args[2])) : MEASURED;
		String only = (args.length > 3) ? args[3] : null;
		if (args[1].equals("in-process")) {
			try (DurableStreamServer server = DurableStreamServer.builder().build()) {
				benchmark.complete(server.url("actions"), server.transport(), measured, only);
			}
		}
		else {
			benchmark.complete(URI.create(args[1] + "actions-" + ProcessHandle.current().pid()), null, measured, only);
		}
	}

	/**
	 * Measures from the call of an action until a reader sees it, on a server that
	 * answers no append, so that the number of pending actions stays.
	 */
	private void visible() throws Exception {
		for (int pending : PENDING) {
			try (DurableStreamServer server = DurableStreamServer.builder().build()) {
				StreamTransport silent = (request) -> request.method().equals("POST")
						? new CompletableFuture<TransportResponse>() : server.transport().send(request);
				try (StreamDb db = open(server.url("actions"), silent)) {
					for (int i = 0; i < pending - 1; i++) {
						db.invoke(ADD_USER, user());
					}
					long[] samples = new long[SAMPLES];
					for (int i = -SAMPLES; i < SAMPLES; i++) {
						long nanos = untilVisible(db);
						if (i >= 0) {
							samples[i] = nanos;
						}
					}
					print(new Figure("visible.p50.pending_" + pending, quantile(samples, SAMPLES, 0.5) / 1e3, "us"));
					print(new Figure("visible.p99.pending_" + pending, quantile(samples, SAMPLES, 0.99) / 1e3, "us"));
				}
			}
		}
	}

	private long untilVisible(StreamDb db) {
		User user = user();
		long start = System.nanoTime();
		TransactionHandle<User> handle = db.invoke(ADD_USER, user);
		boolean there = db.collection(User.class).find(user.id()).isPresent();
		long nanos = System.nanoTime() - start;
		if (!there) {
			throw new IllegalStateException("The action was not visible at once");
		}
		handle.rollback();
		return nanos;
	}

	/**
	 * Measures how many actions some callers complete that wait for each of theirs before
	 * the next one, and how long one takes.
	 */
	private void complete(URI url, @Nullable StreamTransport transport, Duration measured, @Nullable String only)
			throws Exception {
		try (StreamDb db = open(url, transport)) {
			long last = System.nanoTime() + LONGEST_WARM_UP.toNanos();
			while (this.nextUser.get() < WARM_UP_ACTIONS && System.nanoTime() < last) {
				callbacks(db, 64, WARM_UP);
				callers(db, 64, WARM_UP);
			}
			for (int callers : IN_FLIGHT) {
				if (only == null || only.equals("threads_" + callers)) {
					callers(db, callers, WARM_UP);
					print(callers(db, callers, measured), "threads", callers);
				}
				if (only == null || only.equals("callbacks_" + callers)) {
					callbacks(db, callers, WARM_UP);
					print(callbacks(db, callers, measured), "callbacks", callers);
				}
			}
		}
	}

	/**
	 * Callers that are threads, and wait.
	 */
	private Completions callers(StreamDb db, int callers, Duration duration)
			throws InterruptedException, ExecutionException {
		ExecutorService executor = Executors.newFixedThreadPool(callers);
		try {
			Usage before = Usage.now();
			long start = System.nanoTime();
			long end = start + duration.toNanos();
			List<Future<Samples>> results = new ArrayList<>();
			for (int i = 0; i < callers; i++) {
				results.add(executor.submit(() -> {
					Samples samples = new Samples();
					for (long begin = System.nanoTime(); begin < end; begin = System.nanoTime()) {
						db.invoke(ADD_USER, user()).await();
						samples.add(System.nanoTime() - begin);
					}
					return samples;
				}));
			}
			Samples all = new Samples();
			for (Future<Samples> result : results) {
				all.addAll(result.get());
			}
			return new Completions(all, System.nanoTime() - start, Usage.now().since(before));
		}
		finally {
			executor.shutdown();
		}
	}

	/**
	 * Callers that hold no thread: one starts actions, as many as are to be in flight, as
	 * the reference's event loop does.
	 */
	private Completions callbacks(StreamDb db, int callers, Duration duration) throws InterruptedException {
		Semaphore free = new Semaphore(callers);
		Samples samples = new Samples();
		Usage before = Usage.now();
		long start = System.nanoTime();
		long end = start + duration.toNanos();
		for (long now = start; now < end; now = System.nanoTime()) {
			free.acquire();
			long begin = System.nanoTime();
			db.invoke(ADD_USER, user()).persisted().whenComplete((user, failure) -> {
				synchronized (samples) {
					samples.add(System.nanoTime() - begin);
				}
				free.release();
			});
		}
		free.acquire(callers);
		synchronized (samples) {
			return new Completions(samples, System.nanoTime() - start, Usage.now().since(before));
		}
	}

	private StreamDb open(URI url, @Nullable StreamTransport transport) {
		var builder = DurableStream.builder(url);
		if (transport != null) {
			builder.transport(transport);
		}
		DurableStream stream = builder.build();
		stream.create(CreateOptions.json()).join();
		StreamDb db = StreamDb
			.builder(stream, StateSchema.of(CollectionDefinition.of(User.class).name("users").build()))
			.build();
		db.preload().join();
		return db;
	}

	/**
	 * As {@link User#numbered}, without the formatting of strings, which would be a part
	 * of the figures.
	 */
	private User user() {
		int number = this.nextUser.incrementAndGet();
		return new User("user-" + number, "Ada Lovelace", "ada." + number + "@example.com", 18 + number % 60,
				"Copenhagen", number % 2 == 0, number / 100.0, "2025-06-15T15:06:40.000Z");
	}

	private void print(Completions completions, String kind, int callers) {
		Samples samples = completions.samples();
		String suffix = "." + kind + "_" + callers;
		print(new Figure("complete.per_s" + suffix, samples.count * 1e9 / completions.nanos(), "actions/s"));
		print(new Figure("complete.p50" + suffix, quantile(samples.nanos, samples.count, 0.5) / 1e6, "ms"));
		print(new Figure("complete.p99" + suffix, quantile(samples.nanos, samples.count, 0.99) / 1e6, "ms"));
		print(new Figure("complete.cpu" + suffix, completions.usage().cpuNanos() / 1e3 / samples.count, "us/action"));
		print(new Figure("complete.allocated" + suffix, (double) completions.usage().bytes() / samples.count,
				"bytes/action"));
	}

	private void print(Figure figure) {
		this.out.println(figure.toLine());
	}

	private static double quantile(long[] nanos, int count, double quantile) {
		long[] sorted = Arrays.copyOf(nanos, count);
		Arrays.sort(sorted);
		return sorted[Math.min(count - 1, (int) (count * quantile))];
	}

	/**
	 * What some callers did in some time.
	 *
	 * @param samples how long each action took
	 * @param nanos how long all took together
	 * @param usage what this process used meanwhile
	 */
	private record Completions(Samples samples, long nanos, Usage usage) {
	}

	/**
	 * What this process has used: unlike the times, hardly disturbed by others on the
	 * machine.
	 *
	 * @param cpuNanos of all cores
	 * @param bytes that its threads have allocated
	 */
	private record Usage(long cpuNanos, long bytes) {

		static Usage now() {
			long cpu = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
			ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
			long[] bytes = threads.getThreadAllocatedBytes(threads.getAllThreadIds());
			return new Usage(cpu, Arrays.stream(bytes).filter((allocated) -> allocated > 0).sum());
		}

		Usage since(Usage before) {
			return new Usage(this.cpuNanos - before.cpuNanos, this.bytes - before.bytes);
		}

	}

	/**
	 * A list of nanoseconds that makes no garbage of each.
	 */
	private static final class Samples {

		private long[] nanos = new long[1 << 16];

		private int count;

		void add(long sample) {
			if (this.count == this.nanos.length) {
				this.nanos = Arrays.copyOf(this.nanos, 2 * this.count);
			}
			this.nanos[this.count++] = sample;
		}

		void addAll(Samples others) {
			for (int i = 0; i < others.count; i++) {
				add(others.nanos[i]);
			}
		}

	}

}
