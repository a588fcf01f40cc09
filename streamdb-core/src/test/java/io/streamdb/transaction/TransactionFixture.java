package io.streamdb.transaction;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;

import io.streamdb.client.AppendResult;
import io.streamdb.client.DurableStream;
import io.streamdb.client.Scheduling;
import io.streamdb.client.StreamMetadata;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.EventHandler;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.InvalidEvent;
import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.StateSnapshot;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedBatch;
import io.streamdb.store.SyncedCommit;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Transactions over a state that a test advances by hand: nothing is sent, and nothing
 * arrives, by itself.
 */
final class TransactionFixture implements AutoCloseable {

	static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T10:00:00.123456Z"), ZoneOffset.UTC);

	static final StateSchema SCHEMA = StateSchema.of(CollectionDefinition.of(Item.class)
		.validator((item) -> ((Item) item).text().contains("bad") ? List.of("text is bad") : List.of())
		.build(), CollectionDefinition.of(Tag.class).build());

	final StateStore store = new StateStore(SCHEMA);

	final QueueingSender sender = new QueueingSender();

	final OpenGate gate = new OpenGate();

	final ScheduledThreadPoolExecutor scheduler;

	final TransactionPipeline pipeline;

	final Transactions transactions;

	private int position;

	TransactionFixture() {
		this(Duration.ofHours(1), Duration.ofHours(1));
	}

	TransactionFixture(Duration transactionTimeout, Duration visibleTimeout) {
		this(transactionTimeout, visibleTimeout, (task) -> new Thread(task).start());
	}

	TransactionFixture(Duration transactionTimeout, Duration visibleTimeout, Executor actions) {
		this(transactionTimeout, visibleTimeout, actions, new ScheduledThreadPoolExecutor(1));
	}

	TransactionFixture(Duration transactionTimeout, Duration visibleTimeout, Executor actions,
			ScheduledThreadPoolExecutor scheduler) {
		this.scheduler = scheduler;
		this.scheduler.setRemoveOnCancelPolicy(true);
		DurableStream stream = DurableStream.builder(URI.create("http://unused.test/stream")).build();
		this.pipeline = new TransactionPipeline(
				new TransactionEnvironment(this.store, SCHEMA, stream, this.gate, actions, Runnable::run,
						this.scheduler, Scheduling.real(), CLOCK, new Random(), transactionTimeout, visibleTimeout),
				this.sender);
		this.transactions = new Transactions(this.pipeline);
		tellDoubts((same) -> same.accept(tail(offset(this.position + 1))));
		bring();
	}

	/** Sets who is asked which stream there is. */
	void tellDoubts(Consumer<Consumer<StreamMetadata>> asked) {
		this.pipeline.tell(new StreamWitness() {

			@Override
			public void missing() {
				// Nobody has to know.
			}

			@Override
			public void doubted(Consumer<StreamMetadata> same) {
				asked.accept(same);
			}

		});
	}

	/** Lets the stream bring a batch. */
	SyncedCommit bring(ChangeEvent<?>... events) {
		return bring(List.of(events));
	}

	SyncedCommit bring(List<? extends ChangeEvent<?>> events) {
		SyncedBatch batch = this.store.batch(this.store.synced(), false);
		Set<String> own = new HashSet<>();
		for (ChangeEvent<?> event : events) {
			batch.apply(event);
			String txid = event.headers().txid();
			if (txid != null && this.pipeline.isPending(txid)) {
				own.add(txid);
			}
		}
		SyncedCommit commit = batch.seal(offset(++this.position));
		this.pipeline.commitSynced(commit, own, Map.of(), (version) -> {
		});
		return commit;
	}

	static StreamMetadata tail(String offset) {
		return new StreamMetadata("application/json", offset, false, false, null, null);
	}

	static String offset(int position) {
		return String.format("%08d", position);
	}

	int position() {
		return this.position;
	}

	/** Encodes the next queued transaction, which freezes it. */
	Sent encodeNext() {
		QueueingSender.Message message = this.sender.next();
		try {
			return new Sent(message, decode(message.events().bytes()));
		}
		catch (RuntimeException ex) {
			message.answer().completeExceptionally(ex);
			throw ex;
		}
	}

	/** Sends the next queued transaction, and lets the stream bring it. */
	Sent sendNext() {
		Sent sent = encodeNext();
		sent.acknowledge(offset(this.position + 1));
		bring(sent.events());
		return sent;
	}

	static List<ChangeEvent<?>> decode(byte[] bytes) {
		List<ChangeEvent<?>> events = new ArrayList<>();
		try {
			SCHEMA.decode(
					new SequenceInputStream(Collections
						.enumeration(List.of(stream("["), new ByteArrayInputStream(bytes), stream("]")))),
					new EventHandler() {

						@Override
						public void change(ChangeEvent<?> event) {
							events.add(event);
						}

						@Override
						public void control(ControlEvent event) {
							throw new AssertionError(event);
						}

						@Override
						public void invalid(InvalidEvent event) {
							throw new AssertionError(event);
						}

						@Override
						public void unknownType(String type, @Nullable String txid) {
							throw new AssertionError(type);
						}

						@Override
						public void ignored() {
							throw new AssertionError();
						}

					});
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return events;
	}

	private static ByteArrayInputStream stream(String text) {
		return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
	}

	Map<String, String> visible() {
		return texts(this.store.visible());
	}

	Map<String, String> synced() {
		return texts(this.store.syncedSnapshot());
	}

	static Map<String, String> texts(StateSnapshot snapshot) {
		Map<String, String> texts = new TreeMap<>();
		snapshot.collection(Item.class).rows().forEach((row) -> texts.put(row.key(), row.value().text()));
		assertThat(snapshot.collection(Item.class).count()).isEqualTo(texts.size());
		return texts;
	}

	static ChangeEvent<?> insert(String key, String text) {
		return event(Operation.INSERT, key, text);
	}

	static ChangeEvent<?> update(String key, String text) {
		return event(Operation.UPDATE, key, text);
	}

	static ChangeEvent<?> delete(String key) {
		return event(Operation.DELETE, key, "");
	}

	static ChangeEvent<?> event(Operation operation, String key, String text) {
		return new ChangeEvent<>("item", key, (operation != Operation.DELETE) ? new Item(key, text) : null, null,
				new EventHeaders(operation));
	}

	static TransactionalCollection<Item> items(Transaction transaction) {
		return transaction.collection(Item.class);
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
	}

	/**
	 * A transaction that was encoded.
	 *
	 * @param message where its answer goes
	 * @param events its events
	 */
	record Sent(QueueingSender.Message message, List<ChangeEvent<?>> events) {

		void acknowledge(String offset) {
			this.message.answer().complete(new AppendResult(offset, false, false));
		}

		void acknowledge(String offset, String incarnation) {
			this.message.answer().complete(new AppendResult(offset, false, false, incarnation));
		}

		void fail(RuntimeException failure) {
			this.message.answer().completeExceptionally(failure);
		}

	}

	record Item(String id, String text) {

		Item plus(String more) {
			return new Item(this.id, this.text + more);
		}

	}

	record Tag(String id) {
	}

	/**
	 * A gate that a test can close.
	 */
	static final class OpenGate implements StateGate {

		volatile @Nullable Thread applyThread;

		volatile @Nullable RuntimeException refusal;

		@Override
		public void awaitReadable() {
			// Readable from the start.
		}

		@Override
		public void awaitWritable() {
			RuntimeException reason = this.refusal;
			if (reason != null) {
				throw reason;
			}
		}

		@Override
		public void checkMayWait() {
			if (Thread.currentThread() == this.applyThread) {
				throw new IllegalTransactionStateException("apply thread", null);
			}
		}

	}

}
