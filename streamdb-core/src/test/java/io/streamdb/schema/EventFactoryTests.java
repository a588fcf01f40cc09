package io.streamdb.schema;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.streamdb.Spec;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.Operation;
import io.streamdb.schema.EventFactory.Headers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * How change events are made (SPEC E3).
 */
class EventFactoryTests {

	private final EventFactory<Task> events = CollectionDefinition.of(Task.class)
		.validator((entity) -> ((Task) entity).violations())
		.build()
		.events();

	private final Task task = new Task("t1", "Write", 1);

	private final Task older = new Task("t1", "Wrote", 1);

	private final Task bad = new Task("t1", "", -1);

	private final Task nameless = new Task("", "Write", 1);

	@Test
	@Spec({ "E3.1", "E3.3" })
	void keyComesFromTheValue() {
		assertThat(this.events.insert(null, this.task, Headers.NONE)).satisfies((event) -> {
			assertThat(event.type()).isEqualTo("task");
			assertThat(event.key()).isEqualTo("t1");
			assertThat(event.value()).isSameAs(this.task);
			assertThat(event.oldValue()).isNull();
			assertThat(event.headers().operation()).isEqualTo(Operation.INSERT);
			assertThat(event.headers().txid()).isNull();
			assertThat(event.headers().timestamp()).isNull();
			assertThat(event.headers().custom()).isEmpty();
		});
		assertThat(this.events.update(null, this.task, this.older, Headers.NONE)).satisfies((event) -> {
			assertThat(event.key()).isEqualTo("t1");
			assertThat(event.oldValue()).isSameAs(this.older);
			assertThat(event.headers().operation()).isEqualTo(Operation.UPDATE);
		});
		assertThat(this.events.upsert(null, this.task, Headers.NONE)).satisfies((event) -> {
			assertThat(event.key()).isEqualTo("t1");
			assertThat(event.headers().operation()).isEqualTo(Operation.UPSERT);
		});
	}

	@Test
	@Spec({ "E3.1", "E3.4" })
	void keyOfADeleteComesFromTheOldValue() {
		assertThat(this.events.delete(null, this.older, Headers.NONE)).satisfies((event) -> {
			assertThat(event.key()).isEqualTo("t1");
			assertThat(event.value()).isNull();
			assertThat(event.oldValue()).isSameAs(this.older);
			assertThat(event.headers().operation()).isEqualTo(Operation.DELETE);
		});
	}

	@Test
	@Spec({ "E3.2", "E3.6" })
	void explicitKeyWinsAndMayDiffer() {
		assertThat(this.events.insert("k", this.task, Headers.NONE).key()).isEqualTo("k");
		assertThat(this.events.insert("k", this.nameless, Headers.NONE).key()).isEqualTo("k");
		assertThat(this.events.update("k", this.task, this.older, Headers.NONE).key()).isEqualTo("k");
		assertThat(this.events.upsert("k", this.task, Headers.NONE).key()).isEqualTo("k");
		assertThat(this.events.delete("k", this.older, Headers.NONE).key()).isEqualTo("k");
		assertThat(this.events.delete("k", null, Headers.NONE).key()).isEqualTo("k");
	}

	@Test
	@Spec("E3.5")
	void missingOrEmptyKeyIsRefused() {
		assertRefused("insert", () -> this.events.insert(null, this.nameless, Headers.NONE));
		assertRefused("insert", () -> this.events.insert("", this.task, Headers.NONE));
		assertRefused("update", () -> this.events.update(null, this.nameless, this.task, Headers.NONE));
		assertRefused("upsert", () -> this.events.upsert("", this.task, Headers.NONE));
		assertRefused("delete", () -> this.events.delete(null, null, Headers.NONE));
		assertRefused("delete", () -> this.events.delete("", this.task, Headers.NONE));
		assertRefused("delete", () -> this.events.delete(null, this.nameless, Headers.NONE));
	}

	private void assertRefused(String operation, Runnable call) {
		assertThatExceptionOfType(SchemaException.class).isThrownBy(call::run)
			.withMessageContaining("task")
			.withMessageContaining(operation)
			.withMessageContaining("'id'");
	}

	@Test
	void keyThatReadersWouldRefuseIsRefused() {
		EventFactory<Counter> counters = CollectionDefinition.of(Counter.class).build().events();
		assertThat(counters.insert("7", new Counter(8), Headers.NONE).key()).isEqualTo("7");
		assertThatExceptionOfType(SchemaException.class)
			.isThrownBy(() -> counters.insert("007", new Counter(7), Headers.NONE))
			.withMessageContaining("counter insert")
			.withMessageContaining("'007'");
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> counters.delete("x", null, Headers.NONE));
	}

	@Test
	@Spec({ "E3.7", "E3.8" })
	void everyViolationIsTold() {
		assertThatExceptionOfType(EntityValidationException.class)
			.isThrownBy(() -> this.events.insert(null, this.bad, Headers.NONE))
			.withMessage("The task insert is not valid: title must not be empty; priority must not be negative");
		assertThatExceptionOfType(EntityValidationException.class)
			.isThrownBy(() -> this.events.upsert(null, this.bad, Headers.NONE))
			.withMessageContaining("upsert");
		assertThatExceptionOfType(EntityValidationException.class)
			.isThrownBy(() -> this.events.update(null, this.bad, this.bad, Headers.NONE))
			.satisfies((ex) -> assertThat(ex.violations()).containsExactly("title must not be empty",
					"priority must not be negative", "oldValue: title must not be empty",
					"oldValue: priority must not be negative"));
		assertThatExceptionOfType(EntityValidationException.class)
			.isThrownBy(() -> this.events.delete("k", this.bad, Headers.NONE))
			.withMessageContaining("oldValue: title");
	}

	@Test
	@Spec({ "E3.9", "E3.10" })
	void headersAddToTheOperationAndNeverChangeIt() {
		Map<String, JsonNode> custom = new LinkedHashMap<>();
		JsonNodeFactory nodes = JsonNodeFactory.instance;
		custom.put("operation", nodes.stringNode("delete"));
		custom.put("txid", nodes.stringNode("other"));
		custom.put("timestamp", nodes.stringNode("other"));
		custom.put("source", nodes.stringNode("import"));
		ChangeEvent<Task> event = this.events.insert(null, this.task,
				new Headers("x1", Instant.parse("2026-11-23T10:00:00Z"), custom));
		assertThat(event.headers().operation()).isEqualTo(Operation.INSERT);
		assertThat(event.headers().txid()).isEqualTo("x1");
		assertThat(event.headers().timestamp()).isEqualTo("2026-11-23T10:00:00Z");
		assertThat(event.headers().custom()).isEqualTo(Map.of("source", nodes.stringNode("import")));
	}

	@Test
	void emptyTxidIsNone() {
		assertThat(this.events.insert(null, this.task, new Headers("", null, Map.of())).headers().txid()).isNull();
	}

	record Counter(long id) {
	}

	record Task(@Nullable String id, String title, int priority) {

		List<String> violations() {
			return (this.title.isEmpty()) ? List.of("title must not be empty", "priority must not be negative")
					: List.of();
		}

	}

}
