package io.streamdb;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.RetryPolicy;
import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.StateSnapshot;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.TransactionHandle;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The collections that the tests of this package work with: notes and counters.
 */
final class Notes {

	private Notes() {
	}

	static StateSchema schema() {
		return StateSchema.of(CollectionDefinition.of(Note.class)
			.validator((note) -> ((Note) note).text().isBlank() ? List.of("text must not be blank") : List.of())
			.build(), CollectionDefinition.of(Counter.class).build());
	}

	static StreamDbBuilder on(StreamTransport transport) {
		return StreamDb.builder(stream(transport), schema())
			.live(LiveMode.LONG_POLL)
			.txIdTimeout(Duration.ofSeconds(30));
	}

	static DurableStream stream(StreamTransport transport) {
		RetryPolicy quick = new RetryPolicy(5, Duration.ofMillis(1), Duration.ofMillis(5));
		return DurableStream.builder(ScriptedStream.URL)
			.transport(transport)
			.retryPolicy(quick)
			.readRetryPolicy(new RetryPolicy(RetryPolicy.UNBOUNDED, Duration.ofMillis(1), Duration.ofMillis(20)))
			.build();
	}

	static StreamDb open(StreamTransport transport) {
		return loaded(on(transport).build());
	}

	static StreamDb loaded(StreamDb db) {
		db.preload().orTimeout(20, TimeUnit.SECONDS).join();
		return db;
	}

	static Map<String, String> texts(StreamDb db) {
		return texts(db.snapshot());
	}

	static Map<String, String> texts(StateSnapshot snapshot) {
		Map<String, String> texts = new TreeMap<>();
		snapshot.collection(Note.class).rows().forEach((row) -> texts.put(row.key(), row.value().text()));
		return texts;
	}

	static TransactionHandle<Note> insert(StreamDb db, String id, String text) {
		return db.transact((transaction) -> transaction.collection(Note.class).insert(new Note(id, text)));
	}

	/**
	 * Waits for what a subscriber receives next.
	 */
	static ChangeSet next(BlockingQueue<ChangeSet> received) throws InterruptedException {
		ChangeSet changeSet = received.poll(20, TimeUnit.SECONDS);
		assertThat(changeSet).isNotNull();
		return changeSet;
	}

	static void awaitOffset(StreamDb db, String offset) {
		db.awaitOffset(offset, Duration.ofSeconds(20)).join();
	}

	static String insert(String id, String text) {
		return event("insert", id, text, null);
	}

	static String update(String id, String text) {
		return event("update", id, text, null);
	}

	static String event(String operation, String id, String text, String txid) {
		return "{\"type\":\"note\",\"key\":\"" + id + "\",\"value\":{\"id\":\"" + id + "\",\"text\":\"" + text
				+ "\"},\"headers\":{\"operation\":\"" + operation + "\""
				+ ((txid != null) ? ",\"txid\":\"" + txid + "\"" : "") + "}}";
	}

	static String delete(String id) {
		return "{\"type\":\"note\",\"key\":\"" + id + "\",\"headers\":{\"operation\":\"delete\"}}";
	}

	static String counter(String id, long value) {
		return "{\"type\":\"counter\",\"key\":\"" + id + "\",\"value\":{\"id\":\"" + id + "\",\"value\":" + value
				+ "},\"headers\":{\"operation\":\"upsert\"}}";
	}

	/** The same append with another text in it. */
	static TransportRequest replacing(TransportRequest request, String text, String by) {
		byte[] body = request.body();
		return (body == null) ? request
				: new TransportRequest(request.method(), request.uri(), request.headers(),
						new String(body, StandardCharsets.UTF_8).replace(text, by).getBytes(StandardCharsets.UTF_8),
						request.timeout());
	}

	static String reset() {
		return "{\"headers\":{\"control\":\"reset\"}}";
	}

	/**
	 * Adds a note at once, and makes it durable when the latch is open.
	 */
	static OptimisticAction<Note, Note> heldBy(CountDownLatch latch) {
		return new OptimisticAction<>() {

			@Override
			public Note onMutate(Note note, ActionContext context) {
				return context.collection(Note.class).insert(note);
			}

			@Override
			public CompletionStage<?> mutate(Note note, ActionContext context) {
				try {
					latch.await();
				}
				catch (InterruptedException ex) {
					return CompletableFuture.failedFuture(ex);
				}
				return context.persist();
			}

		};
	}

	record Note(String id, String text) {

		Note withText(String newText) {
			return new Note(this.id, newText);
		}

	}

	record Counter(String id, long value) {

		Counter plus(long more) {
			return new Counter(this.id, this.value + more);
		}

	}

}
