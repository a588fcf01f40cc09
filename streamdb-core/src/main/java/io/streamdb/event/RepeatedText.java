package io.streamdb.event;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/**
 * Reads strings that are mostly one of those that are known already, without making new
 * ones.
 */
final class RepeatedText {

	private RepeatedText() {
	}

	/**
	 * Reads the string on which a parser stands.
	 * @param parser the parser
	 * @param last the string that it is perhaps
	 * @return the string; {@code last} itself when they are equal
	 */
	static String read(JsonParser parser, @Nullable String last) {
		if (last != null) {
			FramingException.guard(parser, RepeatedText::finish);
			if (stands(last, parser)) {
				return last;
			}
		}
		return FramingException.guard(parser, JsonParser::getString);
	}

	/**
	 * Reads the string on which a parser stands.
	 * @param parser the parser
	 * @param known the strings that it is perhaps
	 * @return the string; the known one when there is an equal one
	 */
	static String read(JsonParser parser, String[] known) {
		FramingException.guard(parser, RepeatedText::finish);
		for (String text : known) {
			if (stands(text, parser)) {
				return text;
			}
		}
		return FramingException.guard(parser, JsonParser::getString);
	}

	private static JsonParser finish(JsonParser parser) {
		parser.finishToken();
		return parser;
	}

	private static boolean stands(String text, JsonParser parser) {
		if (!parser.hasStringCharacters()) {
			return false;
		}
		int length = parser.getStringLength();
		return length == text.length() && isAt(text, parser.getStringCharacters(), parser.getStringOffset(), length);
	}

	/**
	 * Returns whether characters spell a string.
	 */
	static boolean isAt(String text, char[] characters, int offset, int length) {
		for (int i = 0; i < length; i++) {
			if (text.charAt(i) != characters[offset + i]) {
				return false;
			}
		}
		return true;
	}

}
