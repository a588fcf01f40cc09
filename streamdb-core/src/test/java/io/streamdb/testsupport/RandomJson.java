package io.streamdb.testsupport;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes random text and random JSON with a taste for what is odd.
 */
public final class RandomJson {

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	private static final List<String> ODD_TEXTS = List.of("", " ", "0", "-1", "007", "null", "true", "undefined", "NaN",
			"__proto__", "constructor", "toString", "id", "key", "type", "value", "a.b", "a/b", "../x", "a:b", "a,b",
			"[0]", "\"", "'", "\\", "\\u0041", "<script>", "%20", "\t\r\n", "\u0000", "\u001f\u007f", "\u00e9",
			"e\u0301", "\u00df\u017f\u0130", "\u05d0\u202e\u0627", "\u2028\u2029", "\ufeff", "\uffff",
			"\ud83d\ude00\ud83c\uddf3\ud83c\uddf4", "\ud800\udc00");

	private final RandomGenerator random;

	/**
	 * Creates a generator.
	 * @param random the source of randomness
	 */
	public RandomJson(RandomGenerator random) {
		this.random = random;
	}

	/**
	 * Returns a text that is sometimes empty and never holds half a surrogate pair.
	 * @return the text
	 */
	public String text() {
		return switch (this.random.nextInt(4)) {
			case 0 -> oneOf(ODD_TEXTS);
			case 1 -> oneOf(ODD_TEXTS) + oneOf(ODD_TEXTS);
			case 2 -> Integer.toString(this.random.nextInt(1000), 36);
			default -> codePoints(this.random.nextInt(12));
		};
	}

	private String codePoints(int length) {
		StringBuilder text = new StringBuilder();
		while (text.length() < length) {
			int codePoint = switch (this.random.nextInt(3)) {
				case 0 -> this.random.nextInt(0x80);
				case 1 -> this.random.nextInt(0x3000);
				default -> this.random.nextInt(Character.MAX_CODE_POINT + 1);
			};
			if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
				text.appendCodePoint(codePoint);
			}
		}
		return text.toString();
	}

	/**
	 * Returns a text that is not empty.
	 * @return the text
	 */
	public String key() {
		String text = text();
		return (!text.isEmpty()) ? text : "k";
	}

	/**
	 * Returns any JSON value.
	 * @param depth how deep it may be nested
	 * @return the value
	 */
	public JsonNode value(int depth) {
		return switch (this.random.nextInt((depth > 0) ? 8 : 6)) {
			case 0 -> NODES.nullNode();
			case 1 -> NODES.booleanNode(this.random.nextBoolean());
			case 2 -> integer();
			case 3 -> NODES.numberNode(decimal());
			case 4, 5 -> NODES.stringNode(text());
			case 6 -> array(depth - 1);
			default -> object(depth - 1);
		};
	}

	private JsonNode integer() {
		return switch (this.random.nextInt(4)) {
			case 0 -> NODES.numberNode(this.random.nextInt());
			case 1 -> NODES.numberNode(this.random.nextLong());
			case 2 -> NODES.numberNode(new BigInteger(200, new Random(this.random.nextLong())));
			default -> NODES.numberNode(this.random.nextInt(20) - 10);
		};
	}

	private BigDecimal decimal() {
		int scale = this.random.nextInt(1, 20);
		return BigDecimal.valueOf(this.random.nextLong(-100_000, 100_000), this.random.nextBoolean() ? scale : -scale);
	}

	private ArrayNode array(int depth) {
		ArrayNode array = NODES.arrayNode();
		for (int i = this.random.nextInt(4); i > 0; i--) {
			array.add(value(depth));
		}
		return array;
	}

	/**
	 * Returns a JSON object.
	 * @param depth how deep its values may be nested
	 * @return the object
	 */
	public ObjectNode object(int depth) {
		ObjectNode object = NODES.objectNode();
		for (int i = this.random.nextInt(5); i > 0; i--) {
			object.set(text(), value(depth));
		}
		return object;
	}

	/**
	 * Returns an object with its properties in another order.
	 * @param object the object
	 * @return a new object
	 */
	public ObjectNode shuffled(ObjectNode object) {
		List<String> names = new ArrayList<>(object.propertyNames());
		Collections.shuffle(names, new Random(this.random.nextLong()));
		ObjectNode shuffled = NODES.objectNode();
		names.forEach((name) -> shuffled.set(name, object.get(name)));
		return shuffled;
	}

	/**
	 * Returns one of some choices.
	 * @param <T> their type
	 * @param choices the choices
	 * @return one of them
	 */
	public <T> T oneOf(List<T> choices) {
		return choices.get(this.random.nextInt(choices.size()));
	}

}
