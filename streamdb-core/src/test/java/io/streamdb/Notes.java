package io.streamdb;

import java.time.Duration;
import java.util.List;

import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.RetryPolicy;
import io.streamdb.client.StreamTransport;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.testsupport.ScriptedStream;

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
		return StreamDb.builder(stream(transport), schema()).live(LiveMode.LONG_POLL);
	}

	static DurableStream stream(StreamTransport transport) {
		RetryPolicy quick = new RetryPolicy(5, Duration.ofMillis(1), Duration.ofMillis(5));
		return DurableStream.builder(ScriptedStream.URL)
			.transport(transport)
			.retryPolicy(quick)
			.readRetryPolicy(new RetryPolicy(-1, Duration.ofMillis(1), Duration.ofMillis(20)))
			.build();
	}

	static StreamDb open(StreamTransport transport) {
		StreamDb db = on(transport).build();
		db.preload().orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join();
		return db;
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

	static String reset() {
		return "{\"headers\":{\"control\":\"reset\"}}";
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
