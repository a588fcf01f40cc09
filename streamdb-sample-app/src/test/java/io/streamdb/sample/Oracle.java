package io.streamdb.sample;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

import io.streamdb.sample.history.SourceFile;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;

/**
 * What git itself holds after so many transactions of a history.
 *
 * @param events the number of events
 * @param transactions the number of transactions
 * @param authors the number of authors at the end
 * @param commits the number of commits at the end
 * @param checkpoints the states at four points of the history
 */
public record Oracle(int events, int transactions, int authors, int commits, List<Checkpoint> checkpoints) {

	/**
	 * Returns the oracle of the bundled history.
	 * @return the oracle
	 */
	public static Oracle ofSmallHistory() {
		try (InputStream json = new ClassPathResource("history/small-history.oracle.json").getInputStream()) {
			return JsonMapper.shared().readValue(json, Oracle.class);
		}
		catch (IOException ex) {
			throw new IllegalStateException("The oracle of the small history cannot be read", ex);
		}
	}

	/**
	 * Returns the bundled history.
	 * @return its transactions, one a line
	 */
	public static List<String> smallHistory() {
		try (BufferedReader reader = new BufferedReader(new InputStreamReader(
				new GZIPInputStream(new ClassPathResource("history/small-history.ndjson.gz").getInputStream()),
				StandardCharsets.UTF_8))) {
			return reader.lines().toList();
		}
		catch (IOException ex) {
			throw new IllegalStateException("The small history cannot be read", ex);
		}
	}

	/**
	 * Reads an oracle.
	 * @param json the oracle's file
	 * @return the oracle
	 */
	public static Oracle read(File json) {
		return JsonMapper.shared().readValue(json, Oracle.class);
	}

	/**
	 * Returns the state at the end.
	 * @return the last checkpoint
	 */
	public Checkpoint end() {
		return this.checkpoints.get(this.checkpoints.size() - 1);
	}

	/**
	 * Digests files as the oracle does.
	 * @param files the files, in any order
	 * @return the SHA-256 of the rows path NUL blob NUL mode, sorted by their UTF-8 bytes
	 * and joined by newline
	 */
	public static String sha256(Collection<SourceFile> files) {
		String rows = files.stream()
			.map((file) -> String.join("\0", file.path(), file.blob(), file.mode()))
			.map((row) -> row.getBytes(StandardCharsets.UTF_8))
			.sorted(Arrays::compareUnsigned)
			.map((row) -> new String(row, StandardCharsets.UTF_8))
			.collect(Collectors.joining("\n"));
		try {
			MessageDigest digest = MessageDigest.getInstance("SHA-256");
			return HexFormat.of().formatHex(digest.digest(rows.getBytes(StandardCharsets.UTF_8)));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The state at one point of a history.
	 *
	 * @param afterTransactions after how many transactions
	 * @param commit the commit of that point
	 * @param files how many files there are
	 * @param sha256 their digest
	 */
	public record Checkpoint(int afterTransactions, String commit, int files, String sha256) {
	}

}
