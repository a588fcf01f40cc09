package io.streamdb.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class JsonMessagesTests {

	private static final int BODIES = 5_000;

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "{\"a\":1}|{\"a\":1}", "[{\"a\":1},{\"b\":2}]|{\"a\":1},{\"b\":2}", "[[1,2],[3,4]]|[1,2],[3,4]",
					"[[[1,2,3]]]|[[1,2,3]]",
					"` [ 1.0 , 1e400,-0 ,\t12345678901234567890123 ] `|1.0,1e400,-0,12345678901234567890123",
					"` \n\"a\\u00e9 \"\r\n`|\"a\\u00e9 \"", "[ { \"a\" : 1 } ]|{ \"a\" : 1 }", "true|true", "null|null",
					"[null,false]|null,false", "0.10|0.10", "{\"a\":1,\"a\":2}|{\"a\":1,\"a\":2}", "\"\"|\"\"",
					"[\"\\ud800\"]|\"\\ud800\"" })
	@Spec({ "S3.1", "S3.2" })
	void keepsTheBytesOfEveryMessage(String body, String messages) {
		assertThat(split(body)).isEqualTo(messages);
	}

	@Test
	void emptyArrayHoldsNoMessage() {
		assertThat(split(" [ ] ")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "{", "[1", "[1,]", "[,1]", "{\"a\"}", "{a:1}", "{'a':1}", "1 2", "[1][2]", "[1],",
			"01", "1.", ".5", "+1", "NaN", "Infinity", "nul", "\"a", "\"\t\"", "\"\\x\"", "// c\n1", "1 /* c */",
			"\u0000", "]", "[1}", "{\"a\":1]", "tru", "truex", "\"\\u12\"" })
	@Spec("S3.3")
	void refusesWhatIsNotJson(String body) {
		assertThatExceptionOfType(BadRequestException.class).isThrownBy(() -> split(body))
			.withMessageContaining("not valid JSON");
	}

	@Test
	void refusesOtherEncodings() {
		for (byte[] body : List.of("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE),
				"{\"a\":1}".getBytes(StandardCharsets.UTF_16BE), "{\"a\":1}".getBytes(StandardCharsets.UTF_16),
				"\"\u00e9\"".getBytes(StandardCharsets.ISO_8859_1), new byte[] { '"', (byte) 0xC0, (byte) 0xAF, '"' },
				new byte[] { '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"' },
				new byte[] { '"', (byte) 0xF5, (byte) 0x80, (byte) 0x80, (byte) 0x80, '"' },
				new byte[] { '"', (byte) 0xE2, (byte) 0x82 },
				new byte[] { (byte) 0xEF, (byte) 0xBB, (byte) 0xBF, '1' })) {
			assertThatExceptionOfType(BadRequestException.class).isThrownBy(() -> JsonMessages.split(body));
		}
	}

	@Test
	void boundsTheDepthOfAMessage() {
		String deepest = "[".repeat(JsonMessages.MAX_DEPTH) + "]".repeat(JsonMessages.MAX_DEPTH);
		assertThat(split("[" + deepest + "]")).isEqualTo(deepest);
		assertThatExceptionOfType(BadRequestException.class).isThrownBy(() -> split("[[" + deepest + "]]"))
			.withMessageContaining("depth");
	}

	@Test
	@Spec("S3.4")
	void splitsGeneratedBodiesIntoWhatTheyWereMadeOf() {
		for (long seed = 0; seed < BODIES; seed++) {
			Random random = new Random(seed);
			List<String> messages = new ArrayList<>();
			StringBuilder body = new StringBuilder(space(random)).append('[');
			int count = random.nextInt(6);
			for (int i = 0; i < count; i++) {
				String message = value(random, 0);
				messages.add(message);
				body.append(i > 0 ? "," : "").append(space(random)).append(message).append(space(random));
			}
			body.append(space(random)).append(']').append(space(random));
			assertThat(split(body.toString())).as("seed %d: %s", seed, body).isEqualTo(String.join(",", messages));
		}
	}

	private static String value(Random random, int depth) {
		return switch (random.nextInt((depth > 3) ? 6 : 8)) {
			case 0 -> "true";
			case 1 -> "null";
			case 2 -> Integer.toString(random.nextInt());
			case 3 -> random.nextInt(10) + "." + random.nextInt(100) + "0e" + random.nextInt(500);
			case 4 -> "-" + "9".repeat(1 + random.nextInt(40));
			case 5 -> string(random);
			case 6 -> {
				List<String> elements = new ArrayList<>();
				for (int i = random.nextInt(4); i > 0; i--) {
					elements.add(space(random) + value(random, depth + 1) + space(random));
				}
				yield "[" + (elements.isEmpty() ? space(random) : String.join(",", elements)) + "]";
			}
			default -> {
				List<String> members = new ArrayList<>();
				for (int i = random.nextInt(4); i > 0; i--) {
					members.add(space(random) + string(random) + space(random) + ":" + space(random)
							+ value(random, depth + 1) + space(random));
				}
				yield "{" + (members.isEmpty() ? space(random) : String.join(",", members)) + "}";
			}
		};
	}

	private static String string(Random random) {
		String[] parts = { "a", "\\n", "\\\"", "é", "😀", "\\u0041", "\\\\", "]", "}", ",", " ", "[", "key", "\\/" };
		StringBuilder text = new StringBuilder("\"");
		for (int i = random.nextInt(12); i > 0; i--) {
			text.append(parts[random.nextInt(parts.length)]);
		}
		return text.append('"').toString();
	}

	private static String space(Random random) {
		String[] spaces = { "", "", "", " ", "\n", "\r\n", "\t", "  " };
		return spaces[random.nextInt(spaces.length)];
	}

	private static String split(String body) {
		return new String(JsonMessages.split(body.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
	}

}
