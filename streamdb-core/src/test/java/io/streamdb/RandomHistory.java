package io.streamdb;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.streamdb.testsupport.RandomJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A seeded history for a {@link ReferenceComparison}: transactions over few keys, so that
 * they meet each other, with all that a stream may hold among them. Values are objects
 * and keys canonical and not empty, since there the reference and the protocol are one.
 */
final class RandomHistory {

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	private final Random random;

	private final RandomJson json;

	private final List<String> texts = new ArrayList<>();

	private final List<String> numbers = new ArrayList<>();

	/** The properties of partial values; of whole values there are none. */
	private final List<String> properties = new ArrayList<>();

	private int txid;

	private RandomHistory(long seed) {
		this.random = new Random(seed);
		this.json = new RandomJson(this.random);
		for (int i = 2 + this.random.nextInt(10); i > 0; i--) {
			this.texts.add(this.json.key());
			this.numbers
				.add(Long.toString(this.random.nextBoolean() ? this.random.nextInt(20) : this.random.nextLong()));
		}
	}

	/**
	 * Makes a history of values that replace each other.
	 * @param seed the seed
	 * @return the history
	 */
	static RandomHistory whole(long seed) {
		return new RandomHistory(seed);
	}

	/**
	 * Makes a history of values that are partial: objects with some of a few properties.
	 * There is no reset in it, since that ends the reference's StreamDB.
	 * @param seed the seed
	 * @return the history
	 */
	static RandomHistory partial(long seed) {
		RandomHistory history = new RandomHistory(seed);
		for (int i = 3 + history.random.nextInt(5); i > 0; i--) {
			history.properties.add("p" + history.json.text());
		}
		return history;
	}

	/**
	 * Makes the bodies to append, each one or several whole transactions.
	 */
	List<String> posts() {
		List<String> posts = new ArrayList<>();
		for (int i = 1 + this.random.nextInt(8); i > 0; i--) {
			ArrayNode post = NODES.arrayNode();
			for (int j = 1 + this.random.nextInt(4); j > 0; j--) {
				addTransaction(post);
			}
			posts.add(post.toString());
		}
		return posts;
	}

	private void addTransaction(ArrayNode post) {
		switch (this.random.nextInt(25)) {
			case 0 -> post.add(control(this.properties.isEmpty() ? "reset" : "fence"));
			case 1 -> {
				post.add(control("snapshot-start"));
				addEvents(post);
				post.add(control("snapshot-end"));
			}
			case 2 -> post.add(control("fence"));
			default -> addEvents(post);
		}
	}

	private ObjectNode control(String control) {
		ObjectNode item = NODES.objectNode();
		item.putObject("headers").put("control", control).put("offset", this.json.text());
		return item;
	}

	private void addEvents(ArrayNode post) {
		String name = this.random.nextBoolean() ? "tx-" + this.txid++ : null;
		for (int i = 1 + this.random.nextInt(6); i > 0; i--) {
			post.add(event(name));
		}
	}

	private ObjectNode event(@Nullable String transaction) {
		String type = this.json.oneOf(List.of("open", "open", "shaped", "numbered", "stranger", "Open", "__proto__"));
		String operation = this.json.oneOf(List.of("insert", "insert", "update", "update", "upsert", "delete"));
		ObjectNode event = NODES.objectNode();
		event.put("type", type);
		event.put("key", this.json.oneOf(type.equals("numbered") ? this.numbers : this.texts));
		if (!operation.equals("delete")) {
			event.set("value", value(type));
		}
		else if (this.random.nextBoolean()) {
			event.set("value", this.json.value(1));
		}
		if (this.random.nextInt(5) == 0) {
			event.set("old_value", value(type));
		}
		ObjectNode headers = event.putObject("headers");
		headers.put("operation", operation);
		if (transaction != null) {
			headers.put("txid", transaction);
		}
		if (this.random.nextBoolean()) {
			headers.put("timestamp", "2026-11-23T10:00:00.000Z");
		}
		if (this.random.nextInt(10) == 0) {
			headers.set("x-" + this.json.text(), this.json.value(2));
			event.set("x-" + this.json.text(), this.json.value(2));
		}
		return this.random.nextBoolean() ? this.json.shuffled(event) : event;
	}

	private ObjectNode value(String type) {
		ObjectNode value = (!this.properties.isEmpty()) ? partial() : switch (type) {
			case "shaped" -> shaped();
			case "numbered" -> numbered();
			default -> this.json.object(3);
		};
		if (this.random.nextInt(3) == 0) {
			value.set(type.equals("shaped") ? "ref" : "id", this.json.value(1));
		}
		return this.json.shuffled(value);
	}

	private ObjectNode partial() {
		ObjectNode value = NODES.objectNode();
		for (int i = this.random.nextInt(4); i > 0; i--) {
			value.set(this.json.oneOf(this.properties), this.json.value(2));
		}
		return value;
	}

	private ObjectNode shaped() {
		ObjectNode value = NODES.objectNode();
		value.put("text", this.random.nextBoolean() ? this.json.text() : null);
		value.put("number", this.random.nextLong());
		value.put("flag", this.random.nextBoolean() ? this.random.nextBoolean() : null);
		ArrayNode tags = value.putArray("tags");
		for (int i = this.random.nextInt(3); i > 0; i--) {
			tags.add(this.json.text());
		}
		if (this.random.nextBoolean()) {
			value.putObject("part").put("name", this.json.text()).put("weight", this.random.nextGaussian());
		}
		else {
			value.putNull("part");
		}
		return value;
	}

	private ObjectNode numbered() {
		ObjectNode value = NODES.objectNode();
		value.put("count", this.random.nextInt());
		value.set("more", this.json.value(2));
		return value;
	}

}
