package io.streamdb.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class ResponseReaderTests {

	private static final String NO_BODY = "HTTP/1.1 204 No Content\r\nStream-Next-Offset: 7\r\n\r\n";

	private static final String FIXED = "HTTP/1.1 200 \r\ncontent-length: 5\r\nStream-Up-To-Date: true\r\n\r\nhello";

	private static final String EMPTY = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

	private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			+ "5\r\nwhole\r\nB\r\n in\r\npieces\r\n0\r\n\r\n";

	private static final String ALL = NO_BODY + FIXED + EMPTY + CHUNKED + FIXED;

	private final StringBuilder bodies = new StringBuilder();

	private final ResponseReader reader = new ResponseReader(
			(piece) -> this.bodies.append(StandardCharsets.US_ASCII.decode(piece)));

	@Test
	void readsResponsesHoweverTheyArrive() {
		for (int size = 1; size <= ALL.length(); size++) {
			this.bodies.setLength(0);
			assertThat(read(ALL, size)).as("in pieces of %d bytes", size).containsExactly(204, 200, 404, 200, 200);
			assertThat(this.bodies).hasToString("hello" + "whole in\r\npieces" + "hello");
		}
	}

	@Test
	void findsHeadersWhateverTheirCase() {
		this.reader.read(ascii(FIXED));
		assertThat(this.reader.header("stream-up-to-date")).isEqualTo("true");
		assertThat(this.reader.header("content-length")).isEqualTo("5");
		assertThat(this.reader.header("stream")).isNull();
	}

	@Test
	void refusesResponsesWhoseEndNobodyTells() {
		assertThatIllegalStateException().isThrownBy(() -> this.reader.read(ascii("HTTP/1.1 200 OK\r\n\r\n")))
			.withMessageContaining("200");
	}

	private List<Integer> read(String responses, int size) {
		List<Integer> statuses = new ArrayList<>();
		for (int from = 0; from < responses.length(); from += size) {
			ByteBuffer piece = ascii(responses.substring(from, Math.min(responses.length(), from + size)));
			while (this.reader.read(piece)) {
				statuses.add(this.reader.status());
			}
		}
		return statuses;
	}

	private static ByteBuffer ascii(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
	}

}
