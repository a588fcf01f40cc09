package io.streamdb.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import io.streamdb.client.AppendOptions;
import io.streamdb.client.BatchEnd;
import io.streamdb.client.BatchHandler;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.IdempotentProducer;
import io.streamdb.client.LiveMode;
import io.streamdb.client.ProducerOptions;
import io.streamdb.client.ReadOptions;
import io.streamdb.client.StreamReader;

/**
 * The operations that the suite times with {@code --bench}.
 */
final class AdapterBenchmarks {

	private final AdapterCommands commands;

	AdapterBenchmarks(AdapterCommands commands) {
		this.commands = commands;
	}

	/**
	 * Times one operation.
	 * @param command the command
	 * @return the result
	 * @throws Exception when the operation failed
	 */
	ObjectNode run(JsonNode command) throws Exception {
		JsonNode operation = command.path("operation");
		ObjectNode metrics = AdapterCommands.result();
		long start = System.nanoTime();
		switch (operation.path("op").asString()) {
			case "append" -> append(operation, metrics);
			case "read" -> read(operation, metrics);
			case "roundtrip" -> roundtrip(operation, metrics);
			case "create" -> create(operation);
			case "throughput_append" -> appendMany(operation, metrics);
			case "throughput_read" -> readMessages(operation, metrics);
			default -> throw new UnsupportedOperationException("Unknown operation: " + operation);
		}
		long nanos = System.nanoTime() - start;
		ObjectNode result = AdapterCommands.result().put("iterationId", command.path("iterationId").asString());
		result.put("durationNs", Long.toString(nanos)).set("metrics", metrics);
		return result;
	}

	private void append(JsonNode operation, ObjectNode metrics) throws Exception {
		byte[] payload = payload(operation);
		AdapterCommands.get(stream(operation).append(AppendOptions.of(payload)));
		metrics.put("bytesTransferred", payload.length);
	}

	private void create(JsonNode operation) throws Exception {
		AdapterCommands.get(stream(operation).create(options(operation)));
	}

	private void read(JsonNode operation, ObjectNode metrics) throws Exception {
		CountingHandler bytes = new CountingHandler();
		String offset = operation.path("offset").asString(ReadOptions.START);
		AdapterCommands.get(stream(operation).read(new ReadOptions(offset, LiveMode.OFF), bytes).completion());
		metrics.put("bytesTransferred", bytes.bytes);
	}

	private void roundtrip(JsonNode operation, ObjectNode metrics) throws Exception {
		DurableStream stream = stream(operation);
		AdapterCommands.get(stream.create(options(operation)));
		CountingHandler bytes = new CountingHandler();
		LiveMode live = operation.path("live").asString("long-poll").equals("sse") ? LiveMode.SSE : LiveMode.LONG_POLL;
		StreamReader reader = stream.read(new ReadOptions(ReadOptions.START, live), bytes);
		byte[] payload = payload(operation);
		AdapterCommands.get(stream.append(AppendOptions.of(payload)));
		AdapterCommands.get(bytes.arrived);
		reader.close();
		AdapterCommands.get(reader.completion());
		metrics.put("bytesTransferred", payload.length + bytes.bytes);
	}

	private void appendMany(JsonNode operation, ObjectNode metrics) throws Exception {
		DurableStream stream = stream(operation);
		AdapterCommands.get(stream.create(options(operation)));
		byte[] payload = payload(operation);
		int count = operation.path("count").asInt();
		CompletableFuture<?>[] results = new CompletableFuture<?>[count];
		try (IdempotentProducer producer = stream.producer(ProducerOptions.defaults())) {
			for (int i = 0; i < count; i++) {
				results[i] = producer.append(() -> payload);
			}
			AdapterCommands.get(CompletableFuture.allOf(results));
		}
		metrics.put("bytesTransferred", (long) count * payload.length).put("messagesProcessed", count);
	}

	private void readMessages(JsonNode operation, ObjectNode metrics) throws Exception {
		MessageCounter counter = new MessageCounter();
		AdapterCommands
			.get(stream(operation).read(new ReadOptions(ReadOptions.START, LiveMode.OFF), counter).completion());
		metrics.put("bytesTransferred", counter.bytes).put("messagesProcessed", counter.messages);
	}

	private DurableStream stream(JsonNode operation) {
		return this.commands.stream(operation, contentType(operation));
	}

	private CreateOptions options(JsonNode operation) {
		return new CreateOptions(contentType(operation), null, null, false, null);
	}

	private String contentType(JsonNode operation) {
		return operation.path("contentType").asString(this.commands.contentType(operation));
	}

	private byte[] payload(JsonNode operation) {
		byte[] payload = new byte[operation.path("size").asInt()];
		Arrays.fill(payload, (byte) '*');
		if (contentType(operation).startsWith("application/json")) {
			payload[0] = '"';
			payload[payload.length - 1] = '"';
		}
		return payload;
	}

	/**
	 * Counts the bytes of a stream.
	 */
	private static final class CountingHandler implements BatchHandler {

		private final CompletableFuture<Long> arrived = new CompletableFuture<>();

		private volatile long bytes;

		@Override
		public void data(InputStream body) throws IOException {
			this.bytes += body.transferTo(OutputStream.nullOutputStream());
		}

		@Override
		public void end(BatchEnd end) {
			if (this.bytes > 0) {
				this.arrived.complete(this.bytes);
			}
		}

	}

	/**
	 * Parses and counts the messages of a JSON stream.
	 */
	private static final class MessageCounter implements BatchHandler {

		private long bytes;

		private long messages;

		@Override
		public void data(InputStream body) {
			try (JsonParser parser = JsonMapper.shared().createParser(body)) {
				parser.nextToken();
				while (parser.nextToken() != JsonToken.END_ARRAY) {
					parser.skipChildren();
					this.messages++;
				}
				TokenStreamLocation end = parser.currentLocation();
				this.bytes += end.getByteOffset();
			}
		}

		@Override
		public void end(BatchEnd end) {
		}

	}

}
