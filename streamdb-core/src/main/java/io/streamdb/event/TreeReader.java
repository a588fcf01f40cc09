package io.streamdb.event;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/**
 * Reads what the protocol does not know as trees, so that it survives a round trip.
 */
final class TreeReader {

	private static final ObjectReader READER = WireFormat.MAPPER.readerFor(JsonNode.class);

	private final JsonParser parser;

	private @Nullable String problem;

	TreeReader(JsonParser parser) {
		this.parser = parser;
	}

	void clear() {
		this.problem = null;
	}

	/**
	 * Returns which limit a tree exceeded since the last {@link #clear()}.
	 * @return the problem, or {@code null}
	 */
	@Nullable String problem() {
		return this.problem;
	}

	/**
	 * Reads the tree on whose first token the parser stands, and leaves the parser on its
	 * last.
	 * @param name what it is called
	 * @return the tree, or {@code null} when it exceeds a limit
	 */
	@Nullable JsonNode read(String name) {
		BoundedParser value = new BoundedParser(this.parser, WireFormat.TREE_CONSTRAINTS,
				(bounded) -> this.parser.objectReadContext());
		JsonNode tree = null;
		try {
			value.checkScalar();
			tree = READER.readValue(value);
		}
		catch (RuntimeException ex) {
			String message = (ex instanceof JacksonException jackson) ? jackson.getOriginalMessage() : ex.getMessage();
			this.problem = "'" + Excerpt.of(name) + "': " + Excerpt.of(String.valueOf(message));
		}
		value.finish();
		return tree;
	}

}
