package io.streamdb.sample.change;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

import io.streamdb.StreamDbState;
import io.streamdb.sample.Board;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads server-sent events over a plain socket, so that a test can also leave them
 * unread, or cut the connection.
 */
final class ChangeReader implements AutoCloseable {

	/** No reader is left in peace for so long, since the server sends heartbeats. */
	private static final Duration SILENCE = Duration.ofSeconds(60);

	private final Socket socket;

	private final BufferedReader lines;

	private final List<Event> events = new CopyOnWriteArrayList<>();

	private final List<Event> statuses = new CopyOnWriteArrayList<>();

	private final CompletableFuture<Void> end = new CompletableFuture<>();

	private final List<String> comments = new CopyOnWriteArrayList<>();

	private ChangeReader(Socket socket) throws IOException {
		this.socket = socket;
		this.lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
	}

	/**
	 * Connects and leaves everything unread.
	 * @param url the address of the events
	 * @return the connection
	 */
	static ChangeReader connect(URI url) throws IOException {
		Socket socket = new Socket();
		// A small window, so that what is not read soon fills it.
		socket.setReceiveBufferSize(4096);
		socket.setSoTimeout((int) SILENCE.toMillis());
		socket.connect(new InetSocketAddress(url.getHost(), url.getPort()));
		// HTTP/1.0, to have the body as it is, and not in chunks.
		String query = (url.getRawQuery() != null) ? "?" + url.getRawQuery() : "";
		String request = "GET " + url.getRawPath() + query
				+ " HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
		socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
		return new ChangeReader(socket);
	}

	/**
	 * Reads the first line of an answer that was left unread so far.
	 * @return the line, when the server has begun to answer
	 */
	String statusLine() throws IOException {
		return this.lines.readLine();
	}

	/**
	 * Connects, and reads on a thread of its own.
	 * @param url the address of the events
	 * @return the reader, when the server has begun to answer
	 */
	static ChangeReader open(URI url) throws IOException {
		ChangeReader reader = connect(url);
		Thread thread = new Thread(reader::read, "change-reader");
		thread.setDaemon(true);
		thread.start();
		Board.await().until(() -> reader.comments.contains("connected"));
		return reader;
	}

	/**
	 * Waits for a change.
	 * @param condition what its event must be
	 * @return the first event that is
	 */
	Event await(Predicate<Event> condition) {
		return Board.await()
			.until(() -> this.events.stream().filter(condition).findFirst(), (found) -> found.isPresent())
			.orElseThrow();
	}

	List<Event> statuses() {
		return this.statuses;
	}

	/**
	 * Waits until the last status is of a state.
	 * @param state the state
	 * @return its event
	 */
	Event awaitStatus(StreamDbState state) {
		return Board.await()
			.until(() -> this.statuses.stream().reduce((first, second) -> second),
					(last) -> last.filter((status) -> isOf(state, status)).isPresent())
			.orElseThrow();
	}

	private static boolean isOf(StreamDbState state, Event status) {
		return state.name().equals(status.data().path("state").stringValue());
	}

	/**
	 * Returns the changes that were read so far.
	 * @return their events
	 */
	List<Event> events() {
		return List.copyOf(this.events);
	}

	/**
	 * Returns the end of the answer.
	 * @return completes when the server has ended it
	 */
	CompletableFuture<Void> end() {
		return this.end;
	}

	private void read() {
		try {
			List<String> block = new ArrayList<>();
			for (String line = this.lines.readLine(); line != null; line = this.lines.readLine()) {
				if (!line.isEmpty()) {
					block.add(line);
					continue;
				}
				receive(block);
				block.clear();
			}
			this.end.complete(null);
		}
		catch (IOException | RuntimeException ex) {
			this.end.completeExceptionally(ex);
		}
	}

	private void receive(List<String> block) {
		block.stream()
			.filter((line) -> line.startsWith(":"))
			.forEach((line) -> this.comments.add(line.substring(1).strip()));
		String data = field(block, "data");
		if (!data.isEmpty()) {
			Event event = new Event(field(block, "id"), field(block, "event"), JsonMapper.shared().readTree(data));
			(event.type().equals("$status") ? this.statuses : this.events).add(event);
		}
	}

	private static String field(List<String> block, String name) {
		return block.stream()
			.filter((line) -> line.startsWith(name + ":"))
			.map((line) -> line.substring(name.length() + 1))
			.reduce("", String::concat);
	}

	@Override
	public void close() {
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A server-sent event.
	 *
	 * @param id its id
	 * @param type its type
	 * @param data its data
	 */
	record Event(String id, String type, JsonNode data) {
	}

}
