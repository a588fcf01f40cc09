package io.streamdb.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The client of this project as the official client conformance suite drives it (SPEC
 * P8): one JSON command a line on the standard input, one JSON result a line on the
 * standard output. It uses nothing but the public API of {@code io.streamdb.client}.
 * <p>
 * {@code OfficialClientSuiteTests} starts it with the suite;
 * {@code conformance/README.md} says how.
 */
final class ConformanceAdapter {

	/** Node.js takes U+2028 and U+2029 for line ends, so they must not go out as such. */
	private static final JsonMapper MAPPER = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

	private final AdapterCommands commands = new AdapterCommands();

	/**
	 * Answers commands until {@code shutdown} or the end of the input.
	 * @param args none
	 * @throws IOException when the input cannot be read
	 */
	public static void main(String[] args) throws IOException {
		PrintStream results = System.out;
		// The standard output is the suite's: logs go elsewhere.
		System.setOut(System.err);
		new ConformanceAdapter().run(System.in, results);
	}

	/**
	 * Answers commands until {@code shutdown} or the end of the input.
	 * @param in the commands
	 * @param out takes the results
	 * @throws IOException when the input cannot be read
	 */
	void run(InputStream in, OutputStream out) throws IOException {
		BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
		PrintStream results = new PrintStream(out, true, StandardCharsets.UTF_8);
		String line = lines.readLine();
		boolean ended = false;
		while (line != null && !ended) {
			if (!line.isBlank()) {
				JsonNode command = MAPPER.readTree(line);
				ended = command.path("type").asString().equals("shutdown");
				results.println(MAPPER.writeValueAsString(answer(command)));
			}
			line = ended ? null : lines.readLine();
		}
		this.commands.close();
	}

	/**
	 * Executes a command.
	 * @param command the command
	 * @return its result
	 */
	ObjectNode answer(JsonNode command) {
		String type = command.path("type").asString();
		try {
			ObjectNode result = this.commands.execute(type, command);
			return result.put("type", type).put("success", true);
		}
		catch (Exception ex) {
			return AdapterErrors.result(type, ex);
		}
	}

}
