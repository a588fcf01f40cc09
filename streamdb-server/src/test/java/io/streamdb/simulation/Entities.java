package io.streamdb.simulation;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.EntityValidator;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.StateSnapshot;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The collections of a simulated system, and the same in the eyes of the oracle, which
 * knows a row as a text.
 */
final class Entities {

	static final List<String> ACCOUNTS = List.of("a", "b", "c", "d");

	static final List<String> TICKETS = List.of("1", "2", "3");

	private static final EntityValidator NOT_BAD = (entity) -> entity.toString().contains("bad")
			? List.of("must not be bad")
			: entity.toString().contains("=null") ? List.of("must be complete") : List.of();

	static final StateSchema SCHEMA = StateSchema.of(CollectionDefinition.of(Account.class).validator(NOT_BAD).build(),
			CollectionDefinition.of(Ticket.class).validator(NOT_BAD).build());

	private Entities() {
	}

	/**
	 * An entity with a key of text.
	 *
	 * @param id the key
	 * @param text what it holds
	 * @param count a number
	 */
	record Account(String id, String text, Integer count) {
	}

	/**
	 * An entity with a numeric key.
	 *
	 * @param id the key
	 * @param text what it holds
	 */
	record Ticket(Integer id, String text) {
	}

	static boolean isKey(@Nullable String type, String key) {
		if ("account".equals(type)) {
			return true;
		}
		return "ticket".equals(type) && key.matches("-?[1-9][0-9]{0,8}|0");
	}

	/**
	 * Returns a valid value as a text, or {@code null}.
	 * @param type its type
	 * @param value the value
	 * @param before the row that it is merged into, or {@code null}
	 */
	static @Nullable String value(String type, JsonNode value, @Nullable String before) {
		if (!value.isObject()) {
			return null;
		}
		boolean ticket = type.equals("ticket");
		int bar = (before != null && !ticket) ? before.lastIndexOf('|') : -1;
		String text = (before == null || bar < 0) ? before : before.substring(0, bar);
		if (value.has("text")) {
			text = value.path("text").isString() ? value.path("text").stringValue() : null;
		}
		if (text == null || text.contains("bad")) {
			return null;
		}
		if (ticket) {
			return text;
		}
		Integer count = (before != null && bar >= 0) ? Integer.valueOf(before.substring(bar + 1)) : null;
		if (value.has("count")) {
			count = value.path("count").isInt() ? value.path("count").intValue() : null;
		}
		return (count != null) ? text + "|" + count : null;
	}

	static String value(Object entity) {
		if (entity instanceof Account account) {
			return account.text() + "|" + account.count();
		}
		return ((Ticket) entity).text();
	}

	/**
	 * Returns the rows of a snapshot as texts.
	 */
	static Map<String, String> rows(StateSnapshot snapshot) {
		Map<String, String> rows = new TreeMap<>();
		snapshot.collection(Account.class).rows().forEach((row) -> {
			if (!row.key().equals(row.value().id())) {
				throw new AssertionError("Under key " + row.key() + " stands " + row.value());
			}
			rows.put("account/" + row.key(), value(row.value()));
		});
		snapshot.collection(Ticket.class).rows().forEach((row) -> {
			if (!row.key().equals(row.value().id().toString())) {
				throw new AssertionError("Under key " + row.key() + " stands " + row.value());
			}
			rows.put("ticket/" + row.key(), value(row.value()));
		});
		return rows;
	}

}
