package io.streamdb.client;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ServerSentEvents}.
 */
class ServerSentEventsTests {

	private static final BiFunction<String, Throwable, StreamParseException> ERROR = (what,
			cause) -> new StreamParseException(what, URI.create("http://localhost/"), 200, null, cause);

	@Test
	void readsEventsOfSeveralTypes() throws IOException {
		assertThat(read("event: data\ndata: [1]\n\nevent: control\ndata: {}\n\n")).containsExactly("data=[1]",
				"control={}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "\r" })
	void acceptsEveryLineEnding(String end) throws IOException {
		String text = "event:data|data:a|data: b|data|data:|data:c||event:control|data:x||".replace("|", end);
		assertThat(read(text)).containsExactly("data=a\nb\n\n\nc", "control=x");
	}

	@Test
	void stripsOnlyOneSpaceBeforeAValue() throws IOException {
		assertThat(read("event:data\ndata:  two\n\n")).containsExactly("data= two");
	}

	@Test
	void skipsCommentsUnknownFieldsAndAByteOrderMark() throws IOException {
		assertThat(read("\uFEFF: hello\n\nid: 7\nretry: 100\nevent: data\n: beat\ndata: a\n: beat\nid\nfoo: bar\n"
				+ "data: b\n\n:\n\n"))
			.containsExactly("data=a\nb");
		assertThat(read("\uFEFFevent: data\ndata: a\n\n")).containsExactly("data=a");
	}

	@Test
	void skipsEventsWithoutDataOrType() throws IOException {
		assertThat(read("event: data\n\ndata: no type\n\nevent: data\ndata: a\n\n")).containsExactly("data=a");
	}

	@Test
	void readsAnEventWhoseTypeComesAfterItsData() throws IOException {
		assertThat(read("data: a\ndata: b\nevent: data\n\n")).containsExactly("data=a\nb");
	}

	@Test
	void refusesToHoldAHugeEventWhoseTypeComesLater() {
		String text = "data: " + "x".repeat((1 << 20) + 1) + "\nevent: data\n\n";
		assertThatExceptionOfType(StreamParseException.class).isThrownBy(() -> read(text))
			.withMessageContaining("before its type");
	}

	@Test
	void refusesAnEventThatChangesItsType() {
		assertThatExceptionOfType(StreamParseException.class)
			.isThrownBy(() -> read("event: data\ndata: a\nevent: control\ndata: b\n\n"))
			.withMessageContaining("'data' to 'control'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "event: data\ndata:", "event: data\ndata: a", "event: data\ndata: a\n",
			"event: data\ndata: a\nda", "event: data\ndata: a\ndata", "event: data\ndata: a\r\n", "event: data\ndata" })
	void endWithinAnEventIsAnEarlyEnd(String text) {
		assertThatExceptionOfType(EOFException.class).isThrownBy(() -> read(text));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\n", ": comment", "event: da", "event: data\n", "dat", "id: 3\n" })
	void endBeforeTheDataOfAnEventIsTheEnd(String text) throws IOException {
		assertThat(read(text)).isEmpty();
	}

	@Test
	void nextSkipsWhatWasNotRead() throws IOException {
		ServerSentEvents events = events("event: data\ndata: a\ndata: b\n\nevent: data\ndata: c\n\n");
		assertThat(events.next().data().read()).isEqualTo('a');
		assertThat(text(events.next())).isEqualTo("data=c");
		assertThat(events.next()).isNull();
	}

	@Test
	void keepsUtf8AsItIs() throws IOException {
		assertThat(read("event: data\ndata: \"\u00e9\u20ac\ud83d\ude00\"\n\n"))
			.containsExactly("data=\"\u00e9\u20ac\ud83d\ude00\"");
	}

	@Test
	void payloadCanBeReadUpToWhatHasArrived() throws IOException {
		InputStream in = new InputStream() {

			private final byte[] bytes = "event: data\ndata: [1,\n".getBytes(StandardCharsets.UTF_8);

			private int position;

			@Override
			public int read() {
				throw new AssertionError("nothing more has arrived: this read would block");
			}

			@Override
			public int read(byte[] target, int offset, int length) {
				if (this.position == this.bytes.length) {
					return read();
				}
				int count = Math.min(length, this.bytes.length - this.position);
				System.arraycopy(this.bytes, this.position, target, offset, count);
				this.position += count;
				return count;
			}

		};
		InputStream payload = new ServerSentEvents(in, ERROR).next().data();
		byte[] start = new byte[100];
		int count = payload.read(start);
		count += payload.read(start, count, 100 - count);
		assertThat(new String(start, 0, count, StandardCharsets.UTF_8)).isEqualTo("[1,");
	}

	@Test
	void readsTheSameHoweverTheBytesArrive() throws IOException {
		for (long seed = 0; seed < 500; seed++) {
			Random random = new Random(seed);
			List<String> expected = new ArrayList<>();
			StringBuilder text = new StringBuilder();
			for (int i = random.nextInt(8); i >= 0; i--) {
				writeEvent(random, text, expected);
			}
			InputStream in = new TricklingStream(text.toString().getBytes(StandardCharsets.UTF_8), random);
			assertThat(read(in, random)).as("seed %d", seed).isEqualTo(expected);
		}
	}

	private static void writeEvent(Random random, StringBuilder text, List<String> expected) {
		String[] ends = { "\n", "\r", "\r\n" };
		String type = random.nextBoolean() ? "data" : "control";
		List<String> lines = new ArrayList<>();
		text.append("event:").append(type).append(ends[random.nextInt(3)]);
		for (int i = random.nextInt(4); i >= 0; i--) {
			if (random.nextInt(4) == 0) {
				text.append(": beat").append(ends[random.nextInt(3)]);
			}
			String line = "x\u00e9".repeat(random.nextInt(20));
			lines.add(line);
			text.append("data: ").append(line).append(ends[random.nextInt(3)]);
		}
		// A line feed after a carriage return would belong to it.
		text.append(text.charAt(text.length() - 1) == '\r' ? "\r" : ends[random.nextInt(3)]);
		expected.add(type + "=" + String.join("\n", lines));
	}

	private static List<String> read(String text) throws IOException {
		return read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), new Random(1));
	}

	private static List<String> read(InputStream in, Random random) throws IOException {
		List<String> events = new ArrayList<>();
		ServerSentEvents source = new ServerSentEvents(in, ERROR);
		for (ServerSentEvents.Event event = source.next(); event != null; event = source.next()) {
			events.add(text(event));
		}
		return events;
	}

	private static String text(ServerSentEvents.Event event) throws IOException {
		return event.type() + "=" + new String(event.data().readAllBytes(), StandardCharsets.UTF_8);
	}

	private static ServerSentEvents events(String text) {
		return new ServerSentEvents(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ERROR);
	}

}
