package io.streamdb.sample.history;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.Resource;

/**
 * Reads a history line by line. A line is one transaction: a JSON array of change events.
 * Lines are checked, and given as they are.
 */
final class HistoryReader implements AutoCloseable {

	private static final JsonMapper json = JsonMapper.shared();

	private final String name;

	private final BufferedReader lines;

	private int line;

	HistoryReader(Resource history) throws IOException {
		this.name = history.getDescription();
		InputStream bytes = history.getInputStream();
		try {
			// A decoder of its own, since the default one would quietly replace bytes
			// that
			// are not UTF-8.
			this.lines = new BufferedReader(
					new InputStreamReader(decompressed(bytes), StandardCharsets.UTF_8.newDecoder()));
		}
		catch (IOException | RuntimeException ex) {
			bytes.close();
			throw ex;
		}
	}

	private static InputStream decompressed(InputStream bytes) throws IOException {
		BufferedInputStream buffered = new BufferedInputStream(bytes);
		buffered.mark(2);
		boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
		buffered.reset();
		return gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered;
	}

	/**
	 * Reads the next transaction.
	 * @return its events as JSON, separated by commas, or {@code null} at the end
	 */
	@Nullable String next() {
		String transaction = readLine();
		while (transaction != null && transaction.isBlank()) {
			transaction = readLine();
		}
		if (transaction == null) {
			return null;
		}
		check(transaction);
		transaction = transaction.strip();
		return transaction.substring(1, transaction.length() - 1);
	}

	private @Nullable String readLine() {
		this.line++;
		try {
			return this.lines.readLine();
		}
		catch (CharacterCodingException ex) {
			throw failure("it is not UTF-8", ex);
		}
		catch (IOException ex) {
			throw failure(String.valueOf(ex.getMessage()), ex);
		}
	}

	private void check(String transaction) {
		JsonNode events;
		try {
			events = json.readTree(transaction);
		}
		catch (JacksonException ex) {
			throw failure("it is not JSON: " + ex.getOriginalMessage(), ex);
		}
		if (!events.isArray() || events.isEmpty()) {
			throw failure("it is not an array of change events", null);
		}
		for (JsonNode event : events) {
			if (!event.path("type").isString() || !event.path("key").isString()
					|| !event.path("headers").path("operation").isString()) {
				throw failure("a change event has a 'type', a 'key' and 'headers' with an 'operation', unlike " + event,
						null);
			}
		}
	}

	/**
	 * Creates the exception for what is wrong with the line that was read last.
	 * @param reason what is wrong
	 * @param cause the cause, or {@code null}
	 * @return the exception, which names the history and the line
	 */
	HistoryFormatException failure(String reason, @Nullable Throwable cause) {
		return new HistoryFormatException(this.name, this.line, reason, cause);
	}

	@Override
	public void close() throws IOException {
		this.lines.close();
	}

}
