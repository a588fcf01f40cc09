package io.streamdb.sample.history;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.core.io.FileSystemResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class HistoryReaderTests {

	private static final String EVENT = """
			{"type":"author","key":"a1","value":{"id":"a1","commits": 1.0},"headers":{"operation":"insert"}}""";

	@TempDir
	private Path directory;

	@Test
	void givesTheEventsOfEachLineAsTheyAre() throws IOException {
		String other = EVENT.replace("a1", "\\u00e9 ü");
		assertThat(read("[" + EVENT + "]\n  [" + EVENT + " ,\t" + other + "]  \r\n\n")).containsExactly(EVENT,
				EVENT + " ,\t" + other);
	}

	@Test
	void readsCompressedFilesWhateverTheirName() throws IOException {
		assertThat(read(gzip("[" + EVENT + "]\n[" + EVENT + "]"))).containsExactly(EVENT, EVENT);
	}

	@Test
	void readsAnEmptyFile() throws IOException {
		assertThat(read("")).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			[{"type":"author"                                   | it is not JSON, at column 18
			[] trailing                                         | it is not JSON, at column 4
			[]                                                  | it is not an array of change events
			{"type":"author"}                                   | it is not an array of change events
			42                                                  | it is not an array of change events
			[42]                                                | a change event has a 'type', a 'key' and 'headers'
			[{"key":"k","headers":{"operation":"insert"}}]      | a change event has a 'type', a 'key' and 'headers'
			[{"type":"t","headers":{"operation":"insert"}}]     | a change event has a 'type', a 'key' and 'headers'
			[{"type":"t","key":"k","value":{}}]                 | a change event has a 'type', a 'key' and 'headers'
			""")
	void namesFileAndLineOfWhatItCannotRead(String line, String reason) throws IOException {
		List<String> read = new ArrayList<>();
		assertThatExceptionOfType(HistoryImportException.class)
			.isThrownBy(() -> read(("[" + EVENT + "]\n\n" + line + "\n").getBytes(StandardCharsets.UTF_8), read))
			.withMessageStartingWith(
					"Cannot import line 3 of file [" + this.directory.resolve("history") + "]: " + reason);
		assertThat(read).containsExactly(EVENT);
	}

	@Test
	void refusesBytesThatAreNotUtf8() {
		byte[] latin = ("[" + EVENT.replace("a1", "é") + "]").getBytes(StandardCharsets.ISO_8859_1);
		assertThatExceptionOfType(HistoryImportException.class).isThrownBy(() -> read(latin))
			.withMessageContaining("it is not UTF-8");
	}

	@Test
	void refusesACompressedFileThatWasCut() throws IOException {
		byte[] whole = gzip(("[" + EVENT + "]\n").repeat(100));
		byte[] cut = Arrays.copyOf(whole, whole.length - 12);
		assertThatExceptionOfType(HistoryImportException.class).isThrownBy(() -> read(cut))
			.withMessageContaining("Unexpected end");
	}

	private List<String> read(String content) throws IOException {
		return read(content.getBytes(StandardCharsets.UTF_8));
	}

	private List<String> read(byte[] content) throws IOException {
		return read(content, new ArrayList<>());
	}

	private List<String> read(byte[] content, List<String> transactions) throws IOException {
		Path file = Files.write(this.directory.resolve("history"), content);
		try (HistoryReader reader = new HistoryReader(new FileSystemResource(file))) {
			for (String events = reader.next(); events != null; events = reader.next()) {
				transactions.add(events);
			}
		}
		return transactions;
	}

	private static byte[] gzip(String content) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
			gzip.write(content.getBytes(StandardCharsets.UTF_8));
		}
		return bytes.toByteArray();
	}

}
