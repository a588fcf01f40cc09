package io.streamdb.event;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.util.TokenBuffer;

/**
 * Reads the {@code value}, or the {@code old_value}, of one item after the other. It is
 * bound on the spot when type and key are known by then, and buffered until they are
 * otherwise. What is to be merged is kept as text until the item is known as a whole.
 */
final class ValueReader {

	private final JsonParser parser;

	private final SharedStrings.Types strings;

	/** Shows the values of one type, until one of another type comes. */
	private @Nullable EntityParser direct;

	private @Nullable EntityBinder directBinder;

	private @Nullable JsonToken token;

	private @Nullable TokenBuffer buffer;

	private @Nullable String text;

	private @Nullable Object entity;

	private InvalidEvent.@Nullable Kind kind;

	private String reason = "";

	private @Nullable Throwable cause;

	ValueReader(JsonParser parser, SharedStrings.Types strings) {
		this.parser = parser;
		this.strings = strings;
	}

	void clear() {
		this.token = null;
		this.buffer = null;
		this.text = null;
		this.entity = null;
		this.kind = null;
		this.reason = "";
		this.cause = null;
	}

	/**
	 * Notes what stands there, without reading it.
	 */
	void skip() {
		clear();
		this.token = this.parser.currentToken();
		FramingException.guard(this.parser, JsonParser::skipChildren);
	}

	/**
	 * Keeps what stands there for {@link #bindBuffered}.
	 */
	void buffer() {
		clear();
		this.token = this.parser.currentToken();
		if (this.token == JsonToken.START_OBJECT) {
			TokenBuffer tokens = TokenBuffer.forBuffering(this.parser, this.parser.objectReadContext());
			FramingException.guard(this.parser, (parser) -> {
				tokens.copyCurrentStructure(parser);
				return tokens;
			});
			this.buffer = tokens;
		}
		else {
			FramingException.guard(this.parser, JsonParser::skipChildren);
		}
	}

	/**
	 * Binds what stands there, and leaves the parser on its last token even when it does
	 * not bind.
	 * @param binder the binder
	 * @param id the id
	 */
	void bind(EntityBinder binder, Object id) {
		clear();
		this.token = this.parser.currentToken();
		if (this.token == JsonToken.START_OBJECT) {
			bind(direct(binder), binder, id);
		}
		else {
			FramingException.guard(this.parser, JsonParser::skipChildren);
		}
	}

	private EntityParser direct(EntityBinder binder) {
		EntityParser current = this.direct;
		if (current == null || this.directBinder != binder) {
			current = new EntityParser(this.parser, binder, this.strings.of(binder));
			this.direct = current;
			this.directBinder = binder;
		}
		return current;
	}

	/**
	 * Binds what was kept, if anything was.
	 * @param binder the binder
	 * @param id the id
	 */
	void bindBuffered(EntityBinder binder, Object id) {
		if (this.buffer != null) {
			JsonParser source = this.buffer.asParserOnFirstToken(this.parser.objectReadContext());
			bind(new EntityParser(source, binder, this.strings.of(binder)), binder, id);
			this.buffer = null;
		}
	}

	/**
	 * Keeps the text of what stands there for {@link #bindMerged}.
	 */
	void keepText() {
		clear();
		this.token = this.parser.currentToken();
		if (this.token == JsonToken.START_OBJECT) {
			this.text = FramingException.guard(this.parser, ValueText::of);
		}
		else {
			FramingException.guard(this.parser, JsonParser::skipChildren);
		}
	}

	/**
	 * Binds the text that was kept, if any was, on top of what is there.
	 * @param binder the binder
	 * @param id the id
	 * @param present the JSON of the value that is there, or {@code null}
	 */
	void bindMerged(EntityBinder binder, Object id, @Nullable String present) {
		String partial = this.text;
		if (partial == null) {
			return;
		}
		String merged = (present != null) ? ValueText.merge(present, partial) : partial;
		this.text = merged;
		try (JsonParser source = ValueText.parserOn(merged)) {
			bind(new EntityParser(source, binder, this.strings.of(binder)), binder, id);
		}
	}

	/**
	 * Returns the text that {@link #bindMerged} has bound.
	 * @return a JSON object, or {@code null} when there was none
	 */
	@Nullable String text() {
		return this.text;
	}

	private void bind(EntityParser value, EntityBinder binder, Object id) {
		value.begin(id);
		try {
			Object bound = binder.bind(value);
			if (binder.hasId(bound, id)) {
				this.entity = bound;
			}
			else {
				this.kind = InvalidEvent.Kind.INVALID_KEY;
				this.reason = "The key was written to the primary key '%s', which then read back as another one"
					.formatted(binder.idName());
			}
		}
		catch (RuntimeException | StackOverflowError ex) {
			this.kind = InvalidEvent.Kind.UNBINDABLE_VALUE;
			this.reason = reason(ex);
			this.cause = causeOf(ex);
		}
		value.finish();
	}

	private static String reason(Throwable failure) {
		if (failure instanceof JacksonException ex) {
			String path = ex.getPathReference();
			return Excerpt.of(ex.getOriginalMessage()) + (path.isEmpty() ? "" : " (at " + Excerpt.of(path) + ")");
		}
		return Excerpt.of(failure.toString());
	}

	/**
	 * Jackson's own exceptions hold on to the parser and its buffers, so only what the
	 * application threw is passed on.
	 */
	private static @Nullable Throwable causeOf(Throwable failure) {
		Throwable cause = failure;
		while (cause instanceof JacksonException) {
			cause = cause.getCause();
		}
		return cause;
	}

	/**
	 * Returns the first token of what stood there.
	 * @return the token, or {@code null} when the item has no such field
	 */
	@Nullable JsonToken token() {
		return this.token;
	}

	/**
	 * Returns what was bound.
	 * @return the entity, or {@code null} when nothing was
	 */
	@Nullable Object entity() {
		return this.entity;
	}

	/**
	 * Returns why nothing was bound.
	 * @return the kind, or {@code null} when no binding failed
	 */
	InvalidEvent.@Nullable Kind kind() {
		return this.kind;
	}

	String reason() {
		return this.reason;
	}

	@Nullable Throwable cause() {
		return this.cause;
	}

}
