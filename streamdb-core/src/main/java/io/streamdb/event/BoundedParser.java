package io.streamdb.event;

import java.io.OutputStream;
import java.io.Writer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.Base64Variant;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.SerializableString;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TreeNode;
import tools.jackson.core.sym.PropertyNameMatcher;
import tools.jackson.core.type.ResolvedType;
import tools.jackson.core.type.TypeReference;
import tools.jackson.core.util.JsonParserDelegate;

/**
 * Shows one JSON value of a longer text as if it were the whole text: it ends where the
 * value ends, holds what it shows to limits, and is not closed by its reader.
 * <p>
 * It also remembers when the text itself turned out to be broken. A deserializer may wrap
 * or swallow that exception, but the source is then somewhere in the middle of a token
 * and must not be read any further.
 */
class BoundedParser extends JsonParserDelegate {

	private final JsonParser source;

	private final StreamReadConstraints constraints;

	private final Function<JsonParser, ObjectReadContext> readContexts;

	private int depth;

	private boolean ended;

	private @Nullable JacksonException broken;

	private @Nullable ObjectReadContext readContext;

	/**
	 * Creates a parser.
	 * @param source the text, on the first token of the value
	 * @param constraints the limits
	 * @param readContexts makes the context for deserializers that ask for one
	 */
	BoundedParser(JsonParser source, StreamReadConstraints constraints,
			Function<JsonParser, ObjectReadContext> readContexts) {
		super(source);
		this.source = source;
		this.constraints = constraints;
		this.readContexts = readContexts;
		begin();
	}

	/**
	 * Shows the value on whose first token the source stands now.
	 */
	final void begin() {
		this.ended = !this.source.currentToken().isStructStart();
		this.depth = this.ended ? 0 : 1;
		this.broken = null;
		this.readContext = null;
	}

	/**
	 * Holds a value that is neither object nor array to the limits.
	 */
	final void checkScalar() {
		if (this.ended) {
			check(this.source.currentToken());
		}
	}

	/**
	 * Returns how many objects and arrays are open, the value itself included.
	 * @return the depth, 0 at the end
	 */
	final int depth() {
		return this.depth;
	}

	/**
	 * Moves the source to the end of the value, wherever its reader has left it.
	 * @throws FramingException when the text is broken, whether its reader said so or not
	 */
	final void finish() {
		while (!this.ended && this.broken == null) {
			JsonToken token = FramingException.nextToken(this.source);
			if (token.isStructStart()) {
				this.depth++;
			}
			else if (token.isStructEnd()) {
				leave();
			}
		}
		if (this.broken != null) {
			throw new FramingException(this.broken);
		}
	}

	/**
	 * Skips the value of the property whose name the source stands on.
	 */
	final void skipPropertyValue() {
		advance();
		try {
			this.source.skipChildren();
		}
		catch (JacksonException ex) {
			throw broke(ex);
		}
	}

	private JsonToken advance() {
		try {
			return this.source.nextToken();
		}
		catch (JacksonException ex) {
			throw broke(ex);
		}
	}

	private JacksonException broke(JacksonException ex) {
		if (this.broken == null) {
			this.broken = ex;
		}
		return ex;
	}

	private void leave() {
		this.depth--;
		this.ended = (this.depth == 0);
	}

	private JsonToken entered(JsonToken token) {
		if (token.isStructStart()) {
			this.depth++;
		}
		else if (token.isStructEnd()) {
			leave();
		}
		check(token);
		return token;
	}

	private void check(JsonToken token) {
		switch (token) {
			case START_OBJECT, START_ARRAY -> this.constraints.validateNestingDepth(this.depth);
			case VALUE_NUMBER_INT -> this.constraints.validateIntegerLength(this.source.getStringLength());
			case VALUE_NUMBER_FLOAT -> this.constraints.validateFPLength(this.source.getStringLength());
			default -> {
			}
		}
	}

	@Override
	public @Nullable JsonToken nextToken() {
		return (!this.ended) ? entered(advance()) : null;
	}

	@Override
	public @Nullable JsonToken nextValue() {
		JsonToken token = nextToken();
		return (token == JsonToken.PROPERTY_NAME) ? nextToken() : token;
	}

	@Override
	public @Nullable String nextName() {
		return (nextToken() == JsonToken.PROPERTY_NAME) ? currentName() : null;
	}

	@Override
	public boolean nextName(SerializableString name) {
		return name.getValue().equals(nextName());
	}

	@Override
	public int nextNameMatch(PropertyNameMatcher matcher) {
		if (this.ended) {
			return PropertyNameMatcher.MATCH_ODD_TOKEN;
		}
		int match;
		try {
			match = this.source.nextNameMatch(matcher);
		}
		catch (JacksonException ex) {
			throw broke(ex);
		}
		if (match == PropertyNameMatcher.MATCH_END_OBJECT) {
			leave();
		}
		else if (match == PropertyNameMatcher.MATCH_ODD_TOKEN) {
			entered(this.source.currentToken());
		}
		return match;
	}

	@Override
	public JsonParser skipChildren() {
		if (currentToken() != null && currentToken().isStructStart()) {
			try {
				this.source.skipChildren();
			}
			catch (JacksonException ex) {
				throw broke(ex);
			}
			leave();
		}
		return this;
	}

	@Override
	public void clearCurrentToken() {
		// The end of the value stays in sight: the source is not at its own end.
	}

	@Override
	public void close() {
		// The source goes on after this value.
	}

	@Override
	public StreamReadConstraints streamReadConstraints() {
		return this.constraints;
	}

	@Override
	public ObjectReadContext objectReadContext() {
		ObjectReadContext context = this.readContext;
		if (context == null) {
			context = this.readContexts.apply(this);
			this.readContext = context;
		}
		return context;
	}

	@Override
	public <T> T readValueAs(Class<T> valueType) {
		return objectReadContext().readValue(this, valueType);
	}

	@Override
	public <T> T readValueAs(TypeReference<T> valueType) {
		return objectReadContext().readValue(this, valueType);
	}

	@Override
	public <T> T readValueAs(ResolvedType valueType) {
		return objectReadContext().readValue(this, valueType);
	}

	@Override
	public <T extends TreeNode> T readValueAsTree() {
		return objectReadContext().readTree(this);
	}

	// A string is read to its end only when somebody asks for it, so these can find the
	// text broken as well.

	@Override
	public void finishToken() {
		try {
			this.delegate.finishToken();
		}
		catch (JacksonException ex) {
			throw broke(ex);
		}
	}

	@Override
	public String getString() {
		try {
			return this.delegate.getString();
		}
		catch (JacksonException ex) {
			throw broke(ex);
		}
	}

	@Override
	public char[] getStringCharacters() {
		finishToken();
		return this.delegate.getStringCharacters();
	}

	@Override
	public int getStringLength() {
		finishToken();
		return this.delegate.getStringLength();
	}

	@Override
	public int getStringOffset() {
		finishToken();
		return this.delegate.getStringOffset();
	}

	@Override
	public int getString(Writer writer) {
		finishToken();
		return this.delegate.getString(writer);
	}

	@Override
	public long readString(Writer writer) {
		finishToken();
		return this.delegate.readString(writer);
	}

	@Override
	public @Nullable String getValueAsString() {
		return getValueAsString(null);
	}

	@Override
	public @Nullable String getValueAsString(@Nullable String defaultValue) {
		finishToken();
		return this.delegate.getValueAsString(defaultValue);
	}

	@Override
	public int getValueAsInt() {
		return getValueAsInt(0);
	}

	@Override
	public int getValueAsInt(int defaultValue) {
		finishToken();
		return this.delegate.getValueAsInt(defaultValue);
	}

	@Override
	public long getValueAsLong() {
		return getValueAsLong(0);
	}

	@Override
	public long getValueAsLong(long defaultValue) {
		finishToken();
		return this.delegate.getValueAsLong(defaultValue);
	}

	@Override
	public double getValueAsDouble() {
		return getValueAsDouble(0);
	}

	@Override
	public double getValueAsDouble(double defaultValue) {
		finishToken();
		return this.delegate.getValueAsDouble(defaultValue);
	}

	@Override
	public boolean getValueAsBoolean() {
		return getValueAsBoolean(false);
	}

	@Override
	public boolean getValueAsBoolean(boolean defaultValue) {
		finishToken();
		return this.delegate.getValueAsBoolean(defaultValue);
	}

	@Override
	public byte[] getBinaryValue(Base64Variant variant) {
		finishToken();
		return this.delegate.getBinaryValue(variant);
	}

	@Override
	public int readBinaryValue(Base64Variant variant, OutputStream out) {
		finishToken();
		return this.delegate.readBinaryValue(variant, out);
	}

}
