package io.streamdb.sample.history;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
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

	HistoryReader(Resource history) {
		this.name = history.getDescription();
		try {
			this.lines = open(history.getInputStream());
		}
		catch (FileNotFoundException ex) {
			throw new HistoryImportException(this.name, "there is no such file", ex);
		}
		catch (IOException ex) {
			throw new HistoryImportException(this.name, String.valueOf(ex.getMessage()), ex);
		}
	}

	private static BufferedReader open(InputStream bytes) throws IOException {
		try {
			BufferedInputStream buffered = new BufferedInputStream(bytes);
			buffered.mark(2);
			boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
			buffered.reset();
			InputStream plain = gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered;
			// With a decoder of its own, since the default one would quietly replace what
			// is not UTF-8.
			return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()));
		}
		catch (IOException ex) {
			bytes.close();
			throw ex;
		}
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
			throw failure("it is not JSON, at column " + ex.getLocation().getColumnNr(), ex);
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
	HistoryImportException failure(String reason, @Nullable Throwable cause) {
		return new HistoryImportException("line " + this.line + " of " + this.name, reason, cause);
	}

	@Override
	public void close() {
		try {
			this.lines.close();
		}
		catch (IOException ex) {
			throw new HistoryImportException(this.name, String.valueOf(ex.getMessage()), ex);
		}
	}

}
