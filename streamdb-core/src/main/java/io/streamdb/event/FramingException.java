package io.streamdb.event;

import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Carries what broke a body past application code that may throw Jackson's exceptions
 * too.
 */
final class FramingException extends RuntimeException {

	private final transient JacksonException failure;

	FramingException(JacksonException failure) {
		super(failure.getMessage(), failure, false, false);
		this.failure = failure;
	}

	/**
	 * Does one step of reading where nothing but the body can be at fault.
	 * @param <T> the result
	 * @param parser the parser
	 * @param step the step
	 * @return the step's result
	 */
	static <T extends @Nullable Object> T guard(JsonParser parser, Function<JsonParser, T> step) {
		try {
			return step.apply(parser);
		}
		catch (JacksonException ex) {
			throw new FramingException(ex);
		}
	}

	/**
	 * Moves to the next token. The step that is done most often: on its own, so that it
	 * is compiled for what it is.
	 * @param parser the parser
	 * @return the token, or {@code null} at the end of the body
	 */
	static @Nullable JsonToken nextToken(JsonParser parser) {
		try {
			return parser.nextToken();
		}
		catch (JacksonException ex) {
			throw new FramingException(ex);
		}
	}

	JacksonException failure() {
		return this.failure;
	}

}
