package io.streamdb.event;

import java.math.BigDecimal;
import java.math.BigInteger;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.Base64Variant;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.Version;
import tools.jackson.core.Versioned;
import tools.jackson.core.base.ParserMinimalBase;
import tools.jackson.core.json.PackageVersion;
import tools.jackson.core.util.ByteArrayBuilder;
import tools.jackson.core.util.SimpleStreamReadContext;

/**
 * Shows a primary key that is a string: its name, and one value after the other. What a
 * {@code TokenBuffer} with these two tokens would do, without a buffer and a parser for
 * every entity.
 */
final class TextIdParser extends ParserMinimalBase implements Versioned {

	private final SimpleStreamReadContext context = SimpleStreamReadContext.createRootContext(null);

	private final String name;

	private String text = "";

	private boolean named;

	TextIdParser(ObjectReadContext readContext, String name) {
		super(readContext);
		this.name = name;
	}

	/**
	 * Starts again.
	 * @param id the value to show
	 */
	void begin(String id) {
		this.text = id;
		this.named = false;
		_updateTokenToNull();
	}

	@Override
	public @Nullable JsonToken nextToken() {
		if (!this.named) {
			this.named = true;
			this.context.setCurrentName(this.name);
			return _updateToken(JsonToken.PROPERTY_NAME);
		}
		return (currentToken() == JsonToken.PROPERTY_NAME) ? _updateToken(JsonToken.VALUE_STRING)
				: _updateTokenToNull();
	}

	@Override
	public @Nullable String getString() {
		if (currentToken() == JsonToken.VALUE_STRING) {
			return this.text;
		}
		return (currentToken() == JsonToken.PROPERTY_NAME) ? this.name : null;
	}

	@Override
	public char @Nullable [] getStringCharacters() {
		String string = getString();
		return (string != null) ? string.toCharArray() : null;
	}

	@Override
	public int getStringLength() {
		String string = getString();
		return (string != null) ? string.length() : 0;
	}

	@Override
	public int getStringOffset() {
		return 0;
	}

	@Override
	public boolean hasStringCharacters() {
		return false;
	}

	@Override
	public @Nullable String currentName() {
		return this.context.currentName();
	}

	@Override
	public TokenStreamContext streamReadContext() {
		return this.context;
	}

	@Override
	public @Nullable Object currentValue() {
		return this.context.currentValue();
	}

	@Override
	public void assignCurrentValue(@Nullable Object value) {
		this.context.assignCurrentValue(value);
	}

	@Override
	public byte[] getBinaryValue(Base64Variant variant) {
		ByteArrayBuilder bytes = new ByteArrayBuilder();
		_decodeBase64(String.valueOf(getString()), bytes, variant);
		return bytes.toByteArray();
	}

	@Override
	public boolean isNaN() {
		return false;
	}

	@Override
	public Number getNumberValue() {
		throw _constructNotNumericType(currentToken(), NR_UNKNOWN);
	}

	@Override
	public @Nullable NumberType getNumberType() {
		return null;
	}

	@Override
	public int getIntValue() {
		throw _constructNotNumericType(currentToken(), NR_INT);
	}

	@Override
	public long getLongValue() {
		throw _constructNotNumericType(currentToken(), NR_LONG);
	}

	@Override
	public BigInteger getBigIntegerValue() {
		throw _constructNotNumericType(currentToken(), NR_BIGINT);
	}

	@Override
	public float getFloatValue() {
		throw _constructNotNumericType(currentToken(), NR_FLOAT);
	}

	@Override
	public double getDoubleValue() {
		throw _constructNotNumericType(currentToken(), NR_DOUBLE);
	}

	@Override
	public BigDecimal getDecimalValue() {
		throw _constructNotNumericType(currentToken(), NR_BIGDECIMAL);
	}

	@Override
	public TokenStreamLocation currentTokenLocation() {
		return TokenStreamLocation.NA;
	}

	@Override
	public TokenStreamLocation currentLocation() {
		return TokenStreamLocation.NA;
	}

	@Override
	public @Nullable Object streamReadInputSource() {
		return null;
	}

	@Override
	public Version version() {
		return PackageVersion.VERSION;
	}

	@Override
	protected void _closeInput() {
	}

	@Override
	protected void _releaseBuffers() {
	}

	@Override
	protected void _handleEOF() {
	}

}
