package io.streamdb.event;

import java.util.Set;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * How events stand on the wire (SPEC E1), with a mapper that nothing in the application
 * can change.
 */
final class WireFormat {

	static final String TYPE = "type";

	static final String KEY = "key";

	static final String VALUE = "value";

	static final String OLD_VALUE = "old_value";

	static final String HEADERS = "headers";

	static final String OPERATION = "operation";

	static final String TXID = "txid";

	static final String TIMESTAMP = "timestamp";

	static final String CONTROL = "control";

	static final String OFFSET = "offset";

	static final Set<String> FIELDS = Set.of(TYPE, KEY, VALUE, OLD_VALUE, HEADERS);

	private static final int MAX_NESTING_DEPTH = 100_000;

	/**
	 * Limits for what is kept as a tree: Jackson's defaults.
	 */
	static final StreamReadConstraints TREE_CONSTRAINTS = StreamReadConstraints.builder().build();

	/**
	 * An item that is not read must not be able to stop a stream, so a body has hardly
	 * any limit of its own: skipping needs no stack, and memory for the nesting only.
	 * What is read is held to limits by {@link BoundedParser}. The name table gives up
	 * caching rather than parsing when names collide on purpose.
	 */
	static final JsonMapper MAPPER = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(StreamReadConstraints.builder()
				.maxNestingDepth(MAX_NESTING_DEPTH)
				.maxNumberLength(Integer.MAX_VALUE)
				.maxStringLength(Integer.MAX_VALUE)
				.maxNameLength(Integer.MAX_VALUE)
				.build())
			.streamWriteConstraints(StreamWriteConstraints.builder().maxNestingDepth(MAX_NESTING_DEPTH).build())
			.disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
			.disable(TokenStreamFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
			.build())
		.disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
		.disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private WireFormat() {
	}

}
