package io.streamdb.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import io.streamdb.client.BatchEnd;
import io.streamdb.client.BatchHandler;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.ReadOptions;
import io.streamdb.client.StreamParseException;
import io.streamdb.client.StreamReader;

/**
 * One {@code read} of the suite: collects the parts of a stream until it has what the
 * command asks for. The client reads an unreadable body a few times before it gives up,
 * since proxies cut bodies; the suite wants to hear of it at once, so that this reader
 * gives up where it is told of the first failure of that kind.
 */
final class CollectingRead implements BatchHandler {

	/** Less than the suite waits for the adapter. */
	private static final Duration CATCH_UP_LIMIT = Duration.ofSeconds(25);

	private final URI url;

	private final boolean json;

	private final boolean stopAtTail;

	private final int maxChunks;

	private final List<Chunk> chunks = new ArrayList<>();

	private final List<Chunk> open = new ArrayList<>();

	private final CompletableFuture<@Nullable Void> enough = new CompletableFuture<>();

	private @Nullable BatchEnd last;

	/**
	 * Prepares the read.
	 * @param url the stream's URL
	 * @param json whether it is a JSON stream
	 * @param stopAtTail whether to stop when the tail is reached
	 * @param maxChunks after how many parts to stop
	 */
	CollectingRead(URI url, boolean json, boolean stopAtTail, int maxChunks) {
		this.url = url;
		this.json = json;
		this.stopAtTail = stopAtTail;
		this.maxChunks = maxChunks;
	}

	/**
	 * Reads.
	 * @param stream the stream
	 * @param options from where and how
	 * @param timeout how long to follow the stream
	 * @return the result
	 * @throws Exception when the read failed
	 */
	ObjectNode run(DurableStream stream, ReadOptions options, Duration timeout) throws Exception {
		StreamReader reader = stream.read(options, this);
		boolean live = options.live() != LiveMode.OFF;
		try {
			CompletableFuture.anyOf(this.enough, reader.completion())
				.get((live ? timeout : CATCH_UP_LIMIT).toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			if (!live) {
				throw ex;
			}
		}
		finally {
			reader.close();
		}
		await(reader);
		return result(options.offset());
	}

	/**
	 * Waits for the reader's thread, so that what it has collected can be seen.
	 */
	private void await(StreamReader reader) throws Exception {
		reader.completion().get(CATCH_UP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
		if (this.enough.isCompletedExceptionally()) {
			this.enough.get();
		}
	}

	private ObjectNode result(String from) {
		ObjectNode result = JsonMapper.shared().createObjectNode();
		ArrayNode list = result.putArray("chunks");
		for (Chunk chunk : this.chunks) {
			list.addObject().put("data", chunk.data()).put("binary", chunk.binary()).put("offset", chunk.offset());
		}
		BatchEnd end = this.last;
		result.put("offset", (end != null) ? end.offset() : from);
		result.put("upToDate", end != null && end.upToDate());
		result.put("streamClosed", end != null && end.closed());
		if (end != null && end.cursor() != null) {
			result.put("cursor", end.cursor());
		}
		return result;
	}

	@Override
	public void data(InputStream body) throws IOException {
		if (this.json) {
			JsonNode messages = messages(body);
			if (!messages.isEmpty()) {
				this.open.add(new Chunk(messages.toString(), false, ""));
			}
		}
		else {
			this.open.add(chunk(body.readAllBytes()));
		}
	}

	private JsonNode messages(InputStream body) {
		try {
			JsonNode messages = JsonMapper.shared().readTree(body);
			if (messages.isArray()) {
				return messages;
			}
			throw unreadable("not a JSON array", null);
		}
		catch (JacksonException ex) {
			throw unreadable(ex.getOriginalMessage(), ex);
		}
	}

	private StreamParseException unreadable(String what, @Nullable Throwable cause) {
		return new StreamParseException("The JSON of " + this.url + " cannot be parsed: " + what, this.url, 200, null,
				cause);
	}

	private static Chunk chunk(byte[] bytes) {
		try {
			return new Chunk(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(), false, "");
		}
		catch (CharacterCodingException ex) {
			// Not text, which the suite wants as base64.
			return new Chunk(Base64.getEncoder().encodeToString(bytes), true, "");
		}
	}

	@Override
	public void end(BatchEnd end) {
		this.open.forEach((chunk) -> this.chunks.add(new Chunk(chunk.data(), chunk.binary(), end.offset())));
		this.open.clear();
		this.last = end;
		if (this.chunks.size() >= this.maxChunks || (this.stopAtTail && end.upToDate())) {
			this.enough.complete(null);
		}
	}

	@Override
	public void abort(Throwable cause) {
		this.open.clear();
	}

	@Override
	public void retrying(Throwable cause, int attempt) {
		if (cause instanceof StreamParseException) {
			this.enough.completeExceptionally(cause);
		}
	}

	private record Chunk(String data, boolean binary, String offset) {
	}

}
