package io.streamdb.event;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.sym.PropertyNameMatcher;
import tools.jackson.databind.util.TokenBuffer;

/**
 * Shows the JSON object of a value with the event's key in its primary key property,
 * whatever the value says (SPEC M2): the id comes as the object's first property, and
 * every other property of that name is left out. Nothing is copied for that; the tokens
 * come from two sources, one after the other. One parser shows one value after the other.
 */
final class EntityParser extends BoundedParser {

	private final JsonParser source;

	private final EntityBinder binder;

	private final SharedStrings strings;

	private final TextIdParser textId;

	private @Nullable JsonParser id;

	/**
	 * Creates a parser.
	 * @param source the text, on the start of an object
	 * @param binder the binder of the values' type
	 * @param strings the strings that values of this type share
	 */
	EntityParser(JsonParser source, EntityBinder binder, SharedStrings strings) {
		super(source, binder.constraints(), binder::readContext);
		this.source = source;
		this.binder = binder;
		this.strings = strings;
		this.textId = new TextIdParser(source.objectReadContext(), binder.idName());
	}

	/**
	 * Shows the object on whose start the source stands now.
	 * @param entityId the id to show
	 */
	void begin(Object entityId) {
		begin();
		this.delegate = this.source;
		String text = this.binder.idText(entityId);
		if (text != null) {
			this.textId.begin(text);
			this.id = this.textId;
		}
		else {
			TokenBuffer tokens = TokenBuffer.forGeneration();
			tokens.writeName(this.binder.idName());
			this.binder.writeId(tokens, entityId);
			this.id = tokens.asParser(this.source.objectReadContext());
		}
	}

	@Override
	public @Nullable JsonToken nextToken() {
		if (this.id != null) {
			this.delegate = this.id;
			JsonToken token = this.id.nextToken();
			if (token != null) {
				return token;
			}
			endOfId();
		}
		JsonToken token = super.nextToken();
		while (token == JsonToken.PROPERTY_NAME && isOtherId()) {
			skipPropertyValue();
			token = super.nextToken();
		}
		return token;
	}

	@Override
	public int nextNameMatch(PropertyNameMatcher matcher) {
		if (this.id != null) {
			JsonToken token = nextToken();
			if (token == JsonToken.PROPERTY_NAME) {
				return matcher.matchName(currentName());
			}
			return (token == JsonToken.END_OBJECT) ? PropertyNameMatcher.MATCH_END_OBJECT
					: PropertyNameMatcher.MATCH_ODD_TOKEN;
		}
		int match = super.nextNameMatch(matcher);
		while ((match >= 0 || match == PropertyNameMatcher.MATCH_UNKNOWN_NAME) && isOtherId()) {
			skipPropertyValue();
			match = super.nextNameMatch(matcher);
		}
		return match;
	}

	@Override
	public JsonParser skipChildren() {
		if (this.delegate == this.id) {
			this.id.skipChildren();
			return this;
		}
		endOfId();
		return super.skipChildren();
	}

	@Override
	public String getString() {
		boolean property = this.delegate == this.source && depth() == 1
				&& this.source.currentToken() == JsonToken.VALUE_STRING;
		SharedStrings.Property shared = property ? this.strings.property(this.source.currentName()) : null;
		if (shared == null || !shared.isWorthwhile()) {
			return super.getString();
		}
		finishToken();
		return shared.string(this.source);
	}

	private void endOfId() {
		this.id = null;
		this.delegate = this.source;
	}

	private boolean isOtherId() {
		return depth() == 1 && this.binder.isIdName(this.source.currentName());
	}

}
