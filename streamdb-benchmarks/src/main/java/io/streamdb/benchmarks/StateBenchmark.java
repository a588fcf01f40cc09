package io.streamdb.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;

import io.streamdb.EntityCollection;
import io.streamdb.StreamDb;
import io.streamdb.client.AppendOptions;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.data.core.StreamDbTemplate;
import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.data.repository.support.StreamRepositoryFactory;
import io.streamdb.event.ChangeEvent;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.EventFactory;
import io.streamdb.schema.StateSchema;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.TransactionHandle;

/**
 * Measures one mode in this process and prints one line of JSON per figure: the work and
 * the names of {@code state-bench.mjs} in the reference kit. {@link SideBySide} and
 * {@link LoadSideBySide} start it in fresh processes.
 */
final class StateBenchmark {

	private static final int GET_LOOKUPS = 1 << 20;

	private static final int LIVE_APPENDS = 2000;

	private static final int ACTIONS = 1000;

	private static final int WARM_UP = 200;

	private static final int PREFILL = 1000;

	private final PrintStream out;

	private final URI url;

	private final int events;

	private double heapWithState;

	private WeakReference<StreamDb> closed = new WeakReference<>(null);

	private StateBenchmark(PrintStream out, URI url, int events) {
		this.out = out;
		this.url = url;
		this.events = events;
	}

	public static void main(String[] args) throws Exception {
		StateBenchmark benchmark = new StateBenchmark(System.out, URI.create(args[1]), Integer.parseInt(args[2]));
		switch (args[0]) {
			case "preload" -> benchmark.preload();
			case "get" -> benchmark.get();
			case "repository" -> benchmark.repository();
			case "memory" -> benchmark.memory();
			case "live" -> benchmark.live();
			case "optimistic" -> benchmark.optimistic();
			default -> throw new IllegalArgumentException("Unknown mode " + args[0]);
		}
	}

	private void preload() throws Exception {
		int rows = preloadOnce();
		// What goes with the database was its heap. Measured afterwards, since a
		// collection before the load would shrink the heap that it begins with.
		print("preload.heap_per_row", (this.heapWithState - heapWithoutState()) / rows, "bytes/row");
	}

	/**
	 * Waits until the threads of the closed database have ended, which still refer to it.
	 */
	private double heapWithoutState() throws InterruptedException {
		for (int attempt = 0; attempt < 50; attempt++) {
			double used = usedHeapBytes();
			if (this.closed.get() == null) {
				return used;
			}
			Thread.sleep(100);
		}
		throw new IllegalStateException("A closed database is still in memory");
	}

	private int preloadOnce() throws Exception {
		StateSchema schema = schema();
		DurableStream stream = DurableStream.builder(this.url).build();
		long start = System.nanoTime();
		try (StreamDb db = StreamDb.builder(stream, schema).live(LiveMode.LONG_POLL).build()) {
			db.preload().join();
			double millis = (System.nanoTime() - start) / 1e6;
			print("preload.ms", millis, "ms");
			print("preload.events_per_s", this.events / (millis / 1000), "events/s");
			print("preload.peak_rss", peakMegabytes(), "MB");
			print("preload.cpu_s", cpuSeconds(), "s");
			this.heapWithState = usedHeapBytes();
			this.closed = new WeakReference<>(db);
			return db.collection(User.class).count();
		}
	}

	private void get() throws Exception {
		try (StreamDb db = open(this.url, LiveMode.LONG_POLL)) {
			String[] order = order(db.collection(User.class).findAll().stream().map(User::id).toList());
			EntityCollection<User> users = db.collection(User.class);
			print("get.random_key", nanos(order, (id) -> users.find(id).orElseThrow().age()), "ns/op");
		}
	}

	/**
	 * Gets through the repository, and calls its proxy for nothing.
	 */
	private void repository() throws Exception {
		StreamDbMappingContext entities = new StreamDbMappingContext();
		entities.setInitialEntitySet(Set.of(User.class));
		entities.afterPropertiesSet();
		try (StreamDb db = open(this.url, LiveMode.LONG_POLL)) {
			UserRepository users = new StreamRepositoryFactory(new StreamDbTemplate(db, entities))
				.getRepository(UserRepository.class);
			String[] order = order(db.collection(User.class).findAll().stream().map(User::id).toList());
			print("repository.get", nanos(order, (id) -> users.findById(id).orElseThrow().age()), "ns/op");
			print("repository.nothing", nanos(order, (id) -> users.nothing()), "ns/op");
		}
	}

	/**
	 * Follows the stream, and measures the heap after every million events.
	 */
	private void memory() throws Exception {
		DurableStream stream = DurableStream.builder(this.url).build();
		try (StreamDb db = StreamDb.builder(stream, schema()).live(LiveMode.LONG_POLL).build()) {
			db.preload().join();
			for (int million = 1; million * 1_000_000L <= this.events; million++) {
				String offset = GeneratedStream.offset(million * 1_000_000L / GeneratedStream.KEYS);
				db.awaitOffset(offset, Duration.ofMinutes(10)).join();
				print("memory.after_" + million + "_million", usedHeapBytes() / (1 << 20), "MB");
			}
			if (db.collection(User.class).count() != GeneratedStream.KEYS) {
				throw new IllegalStateException("There are " + db.collection(User.class).count() + " users");
			}
		}
	}

	private static String[] order(List<String> keys) {
		Random random = new Random(1);
		String[] order = new String[GET_LOOKUPS];
		for (int i = 0; i < order.length; i++) {
			order[i] = keys.get(random.nextInt(keys.size()));
		}
		return order;
	}

	private static double nanos(String[] order, ToIntFunction<String> call) {
		long sink = 0;
		for (int warmUp = 0; warmUp < 5; warmUp++) {
			for (String key : order) {
				sink += call.applyAsInt(key);
			}
		}
		long start = System.nanoTime();
		for (int round = 0; round < 3; round++) {
			for (String key : order) {
				sink += call.applyAsInt(key);
			}
		}
		double nanos = (System.nanoTime() - start) / (3.0 * order.length);
		if (sink == 0) {
			throw new IllegalStateException("Nothing was read");
		}
		return nanos;
	}

	private void live() throws Exception {
		StateSchema schema = schema();
		DurableStream stream = prefilled(schema);
		try (StreamDb db = open(stream.url(), LiveMode.AUTO)) {
			EventFactory<User> events = definition(schema).events();
			long[] samples = new long[LIVE_APPENDS];
			for (int i = -WARM_UP; i < LIVE_APPENDS; i++) {
				String txid = "t" + i;
				User user = User.numbered(Math.floorMod(i, PREFILL));
				byte[] body = schema
					.encode(events.update(null, user, null, new EventFactory.Headers(txid, null, Map.of())));
				long start = System.nanoTime();
				CompletableFuture<Void> seen = db.awaitTxId(txid);
				stream.append(AppendOptions.of(body)).join();
				seen.join();
				if (i >= 0) {
					samples[i] = System.nanoTime() - start;
				}
			}
			print(Figure.percentile("live.append_to_awaitTxId.p50", samples, 0.5));
			print(Figure.percentile("live.append_to_awaitTxId.p99", samples, 0.99));
		}
		stream.delete().join();
	}

	private void optimistic() throws Exception {
		StateSchema schema = schema();
		DurableStream stream = prefilled(schema);
		try (StreamDb db = open(stream.url(), LiveMode.AUTO)) {
			OptimisticAction<User, User> addUser = (added, context) -> context.collection(User.class).insert(added);
			long[] visible = new long[ACTIONS];
			long[] persisted = new long[ACTIONS];
			for (int i = -WARM_UP; i < ACTIONS; i++) {
				User user = User.numbered(1_000_000 + WARM_UP + i);
				long start = System.nanoTime();
				TransactionHandle<User> handle = db.invoke(addUser, user);
				boolean there = db.collection(User.class).find(user.id()).isPresent();
				long shown = System.nanoTime();
				handle.await();
				if (!there) {
					throw new IllegalStateException("The action was not visible at once");
				}
				if (i >= 0) {
					visible[i] = shown - start;
					persisted[i] = System.nanoTime() - start;
				}
			}
			print(Figure.percentile("optimistic.local_visible.p50", visible, 0.5));
			print(Figure.percentile("optimistic.local_visible.p99", visible, 0.99));
			print(Figure.percentile("optimistic.round_trip.p50", persisted, 0.5));
			print(Figure.percentile("optimistic.round_trip.p99", persisted, 0.99));
		}
		stream.delete().join();
	}

	private DurableStream prefilled(StateSchema schema) {
		URI own = this.url.resolve("streamdb-" + ProcessHandle.current().pid());
		DurableStream stream = DurableStream.builder(own).build();
		stream.create(CreateOptions.json()).join();
		StringBuilder body = new StringBuilder("[");
		for (int i = 0; i < PREFILL; i++) {
			ChangeEvent<User> event = definition(schema).events()
				.insert(null, User.numbered(i), EventFactory.Headers.NONE);
			body.append(i == 0 ? "" : ",").append(new String(schema.encode(event), StandardCharsets.UTF_8));
		}
		stream.append(AppendOptions.of(body.append(']').toString().getBytes(StandardCharsets.UTF_8))).join();
		return stream;
	}

	private static StreamDb open(URI url, LiveMode live) {
		StreamDb db = StreamDb.builder(DurableStream.builder(url).build(), schema()).live(live).build();
		db.preload().join();
		return db;
	}

	private static StateSchema schema() {
		return StateSchema.of(CollectionDefinition.of(User.class).name("users").build());
	}

	private static CollectionDefinition<User> definition(StateSchema schema) {
		CollectionDefinition<User> definition = schema.byClass(User.class);
		if (definition == null) {
			throw new IllegalStateException("The schema holds no users");
		}
		return definition;
	}

	private void print(String metric, double value, String unit) {
		print(new Figure(metric, value, unit));
	}

	private void print(Figure figure) {
		this.out.println(figure.toLine());
	}

	private static double usedHeapBytes() {
		for (int i = 0; i < 3; i++) {
			System.gc();
		}
		Runtime runtime = Runtime.getRuntime();
		return runtime.totalMemory() - runtime.freeMemory();
	}

	private static double cpuSeconds() {
		return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1000.0;
	}

	private static double peakMegabytes() throws IOException {
		Path status = Path.of("/proc/self/status");
		if (!Files.exists(status)) {
			return Double.NaN;
		}
		return Files.readAllLines(status)
			.stream()
			.filter((line) -> line.startsWith("VmHWM:"))
			.mapToDouble((line) -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
			.findFirst()
			.orElse(Double.NaN);
	}

}
