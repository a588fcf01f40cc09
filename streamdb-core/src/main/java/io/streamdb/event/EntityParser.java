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
 * come from two sources, one after the other.
 */
final class EntityParser extends BoundedParser {

	private final JsonParser source;

	private final EntityBinder binder;

	private @Nullable JsonParser id;

	/**
	 * Creates a parser.
	 * @param source the text, on the start of the value's object
	 * @param binder the binder of the value's type
	 * @param id the id to show
	 */
	EntityParser(JsonParser source, EntityBinder binder, Object id) {
		super(source, binder.constraints(), binder::readContext);
		this.source = source;
		this.binder = binder;
		TokenBuffer tokens = TokenBuffer.forGeneration();
		tokens.writeName(binder.idName());
		binder.writeId(tokens, id);
		this.id = tokens.asParser(source.objectReadContext());
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

	private void endOfId() {
		this.id = null;
		this.delegate = this.source;
	}

	private boolean isOtherId() {
		return depth() == 1 && this.binder.isIdName(this.source.currentName());
	}

}
