package io.streamdb.server.resets;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.streamdb.StreamDb;
import io.streamdb.client.DurableStream;
import io.streamdb.client.RetryPolicy;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.StateSnapshot;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionalCollection;

/**
 * One process of the reset test: a database, and some threads that write to it. It logs
 * each transaction with its outcome, a line each, and tells in the end what it holds.
 */
final class WriterProcess {

	private static final int SHARED_KEYS = 50;

	private static final Duration END = Duration.ofMinutes(2);

	private final StreamDb db;

	private final String name;

	private final Writer log;

	private WriterProcess(StreamDb db, String name, Writer log) {
		this.db = db;
		this.name = name;
		this.log = log;
	}

	/**
	 * Writes until the time is over.
	 * @param args the stream's URL, the name of the process, how many threads, for how
	 * long, the seed, the log
	 * @throws Exception when anything but a write fails
	 */
	public static void main(String[] args) throws Exception {
		PrintStream out = System.out;
		System.setOut(System.err);
		DurableStream stream = DurableStream.builder(URI.create(args[0]))
			.retryPolicy(new RetryPolicy(10, Duration.ofMillis(20), Duration.ofMillis(500)))
			.readRetryPolicy(new RetryPolicy(RetryPolicy.UNBOUNDED, Duration.ofMillis(20), Duration.ofMillis(500)))
			.build();
		try (StreamDb db = StreamDb.builder(stream, schema()).build();
				Writer log = Files.newBufferedWriter(Path.of(args[5]))) {
			db.preload().get(END.toSeconds(), TimeUnit.SECONDS);
			new WriterProcess(db, args[1], log).run(Integer.parseInt(args[2]), Duration.parse(args[3]),
					Long.parseLong(args[4]));
			log.flush();
			out.println("written " + db.metrics().retries());
			String offset = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
			db.awaitOffset(offset, END).get(END.toSeconds() + 1, TimeUnit.SECONDS);
			out.println("synced " + digest(db.syncedSnapshot()));
			out.println("visible " + digest(db.snapshot()));
		}
		out.println("closed");
	}

	static StateSchema schema() {
		return StateSchema.of(CollectionDefinition.of(Entry.class).build());
	}

	/**
	 * Returns what a snapshot holds, in few characters.
	 */
	static String digest(StateSnapshot snapshot) {
		TreeMap<String, Entry> entries = new TreeMap<>();
		snapshot.collection(Entry.class).stream().forEach((entry) -> entries.put(entry.id(), entry));
		return digest(entries);
	}

	static String digest(TreeMap<String, Entry> entries) {
		return entries.size() + "-" + Integer.toHexString(entries.toString().hashCode());
	}

	private void run(int threads, Duration duration, long seed) throws Exception {
		long end = System.nanoTime() + duration.toNanos();
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		try {
			List<Future<?>> writers = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				String writer = this.name + i;
				Random random = new Random(seed * 31 + i);
				writers.add(executor.submit(() -> {
					write(writer, random, end);
					return null;
				}));
			}
			for (Future<?> writer : writers) {
				writer.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * Writes one by one, and sometimes several before it waits for any.
	 */
	private void write(String writer, Random random, long end) throws IOException {
		long number = 0;
		while (System.nanoTime() < end) {
			int together = (random.nextInt(4) == 0) ? 2 + random.nextInt(10) : 1;
			List<TransactionHandle<Integer>> handles = new ArrayList<>();
			for (int i = 0; i < together; i++) {
				long current = number++;
				handles.add(this.db.transact((transaction) -> mutate(transaction, writer, current, random)));
			}
			for (int i = 0; i < together; i++) {
				log(writer, number - together + i, handles.get(i));
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(40)));
		}
	}

	private static Integer mutate(Transaction transaction, String writer, long number, Random random) {
		TransactionalCollection<Entry> entries = transaction.collection(Entry.class);
		entries.insert(new Entry(writer + "-" + number, writer, number, "x".repeat(random.nextInt(200))));
		int events = 1;
		if (random.nextBoolean()) {
			entries.save(new Entry("shared-" + random.nextInt(SHARED_KEYS), writer, number, ""));
			events++;
		}
		if (number > 20 && random.nextBoolean()
				&& entries.deleteIfPresent(writer + "-" + (number - 1 - random.nextInt(20)))) {
			events++;
		}
		return events;
	}

	private void log(String writer, long number, TransactionHandle<Integer> handle) throws IOException {
		String failure = "";
		try {
			handle.persisted().join();
		}
		catch (CompletionException ex) {
			failure = String.valueOf(ex.getCause()).replace('\n', ' ');
		}
		String line = String.join(" ", handle.txid(), writer, Long.toString(number), Integer.toString(handle.result()),
				handle.outcome().orElseThrow().name(), failure) + "\n";
		synchronized (this.log) {
			this.log.write(line);
		}
	}

}
