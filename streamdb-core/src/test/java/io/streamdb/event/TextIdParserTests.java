package io.streamdb.event;

import java.time.DayOfWeek;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.TokenBuffer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TextIdParser}: it shows what a buffer of the same two tokens would.
 */
class TextIdParserTests {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	@ParameterizedTest
	@ValueSource(strings = { "", "a", "7", "007", "1.5", "true", "null", " spaced ", "ünïcödé 日本 \uD83D\uDE00",
			"quo\"te\\\n", "AQIDBA==", "not base64!", "MONDAY", "6ba7b810-9dad-11d1-80b4-00c04fd430c8" })
	void showsWhatABufferWould(String id) {
		List<String> expected = walk(buffered("name", id));
		assertThat(expected).as("a name, a string and the end").hasSize(4);
		assertThat(walk(parser("name", id))).isEqualTo(expected);
	}

	/** Notes at each token everything that can be asked of it. */
	private static List<String> walk(JsonParser parser) {
		List<String> seen = new ArrayList<>();
		seen.add(describe(parser));
		do {
			parser.nextToken();
			seen.add(describe(parser));
		}
		while (parser.currentToken() != null);
		return seen;
	}

	private static String describe(JsonParser parser) {
		return parser.currentToken() + " name " + parser.currentName() + " string " + parser.getString()
				+ " characters "
				+ ask(parser,
						(asked) -> (asked.getStringCharacters() != null) ? new String(asked.getStringCharacters(),
								asked.getStringOffset(), asked.getStringLength()) : null)
				+ " as string " + parser.getValueAsString() + " as int " + parser.getValueAsInt(-1) + " as boolean "
				+ parser.getValueAsBoolean(false) + " number " + ask(parser, JsonParser::getNumberValue) + " int "
				+ ask(parser, JsonParser::getIntValue) + " binary " + binary(parser);
	}

	private static String binary(JsonParser parser) {
		if (parser.currentToken() != JsonToken.VALUE_STRING) {
			return "-";
		}
		return ask(parser, (asked) -> {
			List<Byte> bytes = new ArrayList<>();
			for (byte next : asked.getBinaryValue()) {
				bytes.add(next);
			}
			return bytes;
		});
	}

	private static String ask(JsonParser parser, Function<JsonParser, Object> question) {
		try {
			return String.valueOf(question.apply(parser));
		}
		catch (JacksonException ex) {
			return "refused";
		}
	}

	@Test
	void showsOneIdAfterTheOther() {
		TextIdParser parser = new TextIdParser(ObjectReadContext.empty(), "name");
		for (String id : List.of("first", "second", "", "third")) {
			parser.begin(id);
			assertThat(parser.currentToken()).as("before the first token").isNull();
			assertThat(parser.nextToken()).isEqualTo(JsonToken.PROPERTY_NAME);
			assertThat(parser.currentName()).isEqualTo("name");
			if (id.equals("second")) {
				// Somebody has looked at a part of it only.
				continue;
			}
			assertThat(parser.nextToken()).isEqualTo(JsonToken.VALUE_STRING);
			assertThat(parser.getString()).isEqualTo(id);
			assertThat(parser.nextToken()).isNull();
			assertThat(parser.nextToken()).isNull();
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { String.class, UUID.class, Integer.class, Long.class, DayOfWeek.class, Double.class,
			Boolean.class, byte[].class, Object.class })
	void bindsToWhatABufferBindsTo(Class<?> type) {
		for (String id : List.of("7", "MONDAY", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "true", "AQID")) {
			assertThat(bound(parser("name", id), type)).as("%s from '%s'", type, id)
				.isEqualTo(bound(buffered("name", id), type));
		}
		assertThat(bound(parser("name", "7"), Integer.class)).isEqualTo("7");
		assertThat(bound(parser("name", "x"), Integer.class)).isEqualTo("refused");
	}

	private static String bound(JsonParser parser, Class<?> type) {
		parser.nextToken();
		parser.nextToken();
		try {
			return MAPPER.writeValueAsString(MAPPER.readValue(parser, type)).replaceAll("^\"(.*)\"$", "$1");
		}
		catch (JacksonException ex) {
			return "refused";
		}
	}

	private static JsonParser parser(String name, String id) {
		TextIdParser parser = new TextIdParser(ObjectReadContext.empty(), name);
		parser.begin(id);
		return parser;
	}

	private static JsonParser buffered(String name, String id) {
		TokenBuffer tokens = TokenBuffer.forGeneration();
		tokens.writeName(name);
		tokens.writeString(id);
		return tokens.asParser(ObjectReadContext.empty());
	}

}
