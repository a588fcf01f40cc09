package io.streamdb.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Base64Body}.
 */
class Base64BodyTests {

	@Test
	void decodesWhateverTheLineBreaksAndPieces() throws IOException {
		for (long seed = 0; seed < 300; seed++) {
			Random random = new Random(seed);
			byte[] bytes = new byte[random.nextInt(20_000)];
			random.nextBytes(bytes);
			StringBuilder text = new StringBuilder(Base64.getEncoder().encodeToString(bytes));
			for (int i = random.nextInt(20); i > 0; i--) {
				text.insert(random.nextInt(text.length() + 1), random.nextBoolean() ? "\n" : "\r\n");
			}
			byte[] encoded = text.toString().getBytes(StandardCharsets.US_ASCII);
			assertThat(body(new TricklingStream(encoded, random)).readAllBytes()).as("seed %d", seed).isEqualTo(bytes);
		}
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "A", "AA", "AAA", "AAAAA", "A===", "AA=A", "AA==AAAA", "AAA\u00e9", "AA-_", "AA AA", "====" })
	void refusesWhatIsNotBase64(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
		assertThatExceptionOfType(StreamParseException.class)
			.isThrownBy(() -> body(new ByteArrayInputStream(bytes)).readAllBytes())
			.withMessageContaining("base64");
	}

	@Test
	void refusesPaddingInTheMiddleWhenItArrivesInPieces() {
		for (long seed = 0; seed < 50; seed++) {
			TricklingStream pieces = new TricklingStream("QQ==QUFB".getBytes(StandardCharsets.US_ASCII),
					new Random(seed));
			assertThatExceptionOfType(StreamParseException.class).as("seed %d", seed)
				.isThrownBy(() -> body(pieces).readAllBytes());
		}
	}

	@Test
	void emptyTextIsEmpty() throws IOException {
		assertThat(body(new ByteArrayInputStream(new byte[0])).read()).isEqualTo(-1);
	}

	private static Base64Body body(InputStream source) {
		return new Base64Body(source,
				(what, cause) -> new StreamParseException(what, URI.create("http://localhost/"), 200, null, cause));
	}

}
