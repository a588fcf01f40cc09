package io.streamdb.conformance;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import io.streamdb.client.AppendOptions;
import io.streamdb.client.AppendResult;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.DurableStreamBuilder;
import io.streamdb.client.IdempotentProducer;
import io.streamdb.client.JdkHttpTransport;
import io.streamdb.client.LiveMode;
import io.streamdb.client.MessageSource;
import io.streamdb.client.ProducerOptions;
import io.streamdb.client.ReadOptions;
import io.streamdb.client.RetryPolicy;
import io.streamdb.client.StreamMetadata;

/**
 * Does what the commands of the suite say, with the client.
 */
final class AdapterCommands implements AutoCloseable {

	/** Less than the suite waits for the adapter. */
	private static final Duration LIMIT = Duration.ofSeconds(25);

	private static final int MAX_BATCH_BYTES = 1 << 20;

	private final DynamicValues headers = new DynamicValues();

	private final DynamicValues parameters = new DynamicValues();

	/** What is known of the content types of streams, by path. */
	private final Map<String, String> contentTypes = new HashMap<>();

	private final Map<ProducerKey, IdempotentProducer> producers = new HashMap<>();

	private final StatusRecorder transport = new StatusRecorder(new JdkHttpTransport());

	private String server = "";

	/**
	 * Executes a command.
	 * @param type its type
	 * @param command the command
	 * @return the result, to which type and success are added
	 * @throws Exception when it failed
	 */
	ObjectNode execute(String type, JsonNode command) throws Exception {
		return switch (type) {
			case "init" -> init(command);
			case "create" -> create(command);
			case "connect" -> connect(command);
			case "append" -> append(command);
			case "read" -> read(command);
			case "head" -> head(command);
			case "delete" -> delete(command);
			case "close" -> closeStream(command);
			case "idempotent-append" -> idempotentAppend(command);
			case "idempotent-append-batch" -> idempotentAppendBatch(command);
			case "idempotent-close" -> idempotentClose(command);
			case "idempotent-detach" -> idempotentDetach(command);
			case "set-dynamic-header" -> setDynamic(this.headers, command);
			case "set-dynamic-param" -> setDynamic(this.parameters, command);
			case "clear-dynamic" -> clearDynamic();
			case "validate" -> validate(command.path("target"));
			case "benchmark" -> new AdapterBenchmarks(this).run(command);
			case "shutdown" -> result();
			default -> throw new UnsupportedOperationException("Unknown command: " + type);
		};
	}

	@Override
	public void close() {
		this.producers.values().forEach(IdempotentProducer::close);
		this.producers.clear();
	}

	private ObjectNode init(JsonNode command) {
		close();
		clearDynamic();
		this.contentTypes.clear();
		this.server = command.path("serverUrl").asString();
		ObjectNode result = result().put("clientName", "io.streamdb.client").put("clientVersion", "0.1.0");
		ObjectNode features = result.putObject("features");
		for (String feature : new String[] { "batching", "sse", "longPoll", "auto", "streaming", "dynamicHeaders",
				"retryOptions", "batchItems", "strictZeroValidation" }) {
			features.put(feature, true);
		}
		return result;
	}

	// Streams

	private ObjectNode create(JsonNode command) throws Exception {
		String contentType = command.path("contentType").asString("application/octet-stream");
		JsonNode ttl = command.path("ttlSeconds");
		JsonNode expiresAt = command.path("expiresAt");
		String data = text(command, "data");
		CreateOptions options = new CreateOptions(contentType, ttl.isNumber() ? Duration.ofSeconds(ttl.asLong()) : null,
				expiresAt.isString() ? Instant.parse(expiresAt.asString()) : null, command.path("closed").asBoolean(),
				(data != null) ? data.getBytes(StandardCharsets.UTF_8) : null);
		StreamMetadata created = get(stream(command, contentType).create(options));
		this.contentTypes.put(path(command), contentType);
		return result().put("status", created.created() ? 201 : 200).put("offset", created.offset());
	}

	private ObjectNode connect(JsonNode command) throws Exception {
		StreamMetadata metadata = metadata(command);
		return result().put("status", 200).put("offset", metadata.offset());
	}

	private ObjectNode head(JsonNode command) throws Exception {
		StreamMetadata metadata = metadata(command);
		ObjectNode result = result().put("status", 200)
			.put("offset", metadata.offset())
			.put("contentType", metadata.contentType())
			.put("streamClosed", metadata.closed());
		if (metadata.ttl() != null) {
			result.put("ttlSeconds", metadata.ttl().toSeconds());
		}
		if (metadata.expiresAt() != null) {
			result.put("expiresAt", metadata.expiresAt().toString());
		}
		return result;
	}

	private StreamMetadata metadata(JsonNode command) throws Exception {
		StreamMetadata metadata = get(stream(command, contentType(command)).head());
		if (metadata.contentType() != null) {
			this.contentTypes.put(path(command), metadata.contentType());
		}
		return metadata;
	}

	private ObjectNode delete(JsonNode command) throws Exception {
		get(stream(command, contentType(command)).delete());
		this.contentTypes.remove(path(command));
		return result().put("status", 200);
	}

	private ObjectNode append(JsonNode command) throws Exception {
		String data = command.path("data").asString();
		byte[] body = command.path("binary").asBoolean() ? Base64.getDecoder().decode(data)
				: data.getBytes(StandardCharsets.UTF_8);
		JsonNode sequence = command.path("seq");
		AppendResult appended = get(stream(command, contentType(command))
			.append(new AppendOptions(body, null, sequence.isMissingNode() ? null : sequence.asString(), false)));
		return withSent(
				result().put("status", 200).put("offset", appended.offset()).put("duplicate", appended.duplicate()));
	}

	private ObjectNode closeStream(JsonNode command) throws Exception {
		String contentType = command.path("contentType").asString(contentType(command));
		DurableStream stream = stream(command, contentType);
		String data = text(command, "data");
		AppendResult closed = get((data != null)
				? stream.append(new AppendOptions(data.getBytes(StandardCharsets.UTF_8), null, null, true))
				: stream.closeStream());
		return result().put("status", 200).put("finalOffset", closed.offset());
	}

	private ObjectNode read(JsonNode command) throws Exception {
		String type = contentType(command);
		boolean json = type.toLowerCase(Locale.ROOT).startsWith("application/json");
		LiveMode live = switch (command.path("live").asString("false")) {
			case "true" -> LiveMode.AUTO;
			case "sse" -> LiveMode.SSE;
			case "long-poll" -> LiveMode.LONG_POLL;
			default -> LiveMode.OFF;
		};
		CollectingRead read = new CollectingRead(url(command), json, command.path("waitForUpToDate").asBoolean(),
				command.path("maxChunks").asInt((live == LiveMode.OFF) ? Integer.MAX_VALUE : 100));
		ReadOptions options = new ReadOptions(command.path("offset").asString(ReadOptions.START), live);
		ObjectNode result = read.run(stream(command, type), options,
				Duration.ofMillis(command.path("timeoutMs").asLong(5000)));
		return withSent(result.put("status", this.transport.status()));
	}

	// Idempotent producers

	private ObjectNode idempotentAppend(JsonNode command) throws Exception {
		AppendResult appended = get(producer(command).append(message(command.path("data").asString())));
		return result().put("status", 200).put("offset", appended.offset()).put("duplicate", appended.duplicate());
	}

	private ObjectNode idempotentAppendBatch(JsonNode command) throws Exception {
		int inFlight = command.path("maxInFlight").asInt(1);
		// Where several are to be on their way at once, each message is a batch.
		ProducerOptions options = new ProducerOptions(command.path("producerId").asString(),
				command.path("epoch").asLong(), command.path("autoClaim").asBoolean(), LIMIT, MAX_BATCH_BYTES,
				(inFlight > 1) ? 1 : 1000, LIMIT)
			.withMaxInFlight(inFlight);
		try (IdempotentProducer producer = stream(command, contentType(command)).producer(options)) {
			CompletableFuture<?>[] results = command.path("items")
				.valueStream()
				.map((item) -> producer.append(message(item.asString())))
				.toArray(CompletableFuture[]::new);
			get(producer.flush());
			get(CompletableFuture.allOf(results));
		}
		return result().put("status", 200);
	}

	private ObjectNode idempotentClose(JsonNode command) throws Exception {
		String data = text(command, "data");
		AppendResult closed = get(producer(command).closeStream((data != null) ? message(data) : null));
		return result().put("status", 200).put("finalOffset", closed.offset());
	}

	private ObjectNode idempotentDetach(JsonNode command) throws Exception {
		IdempotentProducer producer = producer(command);
		get(producer.flush());
		producer.close();
		this.producers.values().remove(producer);
		return result().put("status", 200);
	}

	/**
	 * Returns the producer of a command: the same for the same path, id and epoch.
	 */
	private IdempotentProducer producer(JsonNode command) {
		ProducerKey key = new ProducerKey(path(command), command.path("producerId").asString(),
				command.path("epoch").asLong());
		return this.producers.computeIfAbsent(key,
				(unknown) -> stream(command, contentType(command)).producer(new ProducerOptions(key.id(), key.epoch(),
						command.path("autoClaim").asBoolean(), Duration.ZERO, MAX_BATCH_BYTES, 1000, LIMIT)));
	}

	private static MessageSource message(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		return () -> bytes;
	}

	// Headers and parameters

	private static ObjectNode setDynamic(DynamicValues values, JsonNode command) {
		values.set(command.path("name").asString(), command.path("valueType").asString(),
				command.path("initialValue").asString(""));
		return result();
	}

	private ObjectNode clearDynamic() {
		this.headers.clear();
		this.parameters.clear();
		return result();
	}

	private ObjectNode withSent(ObjectNode result) {
		this.headers.sent().forEach((name, value) -> result.withObject("/headersSent").put(name, value));
		this.parameters.sent().forEach((name, value) -> result.withObject("/paramsSent").put(name, value));
		return result;
	}

	// Validation

	private static ObjectNode validate(JsonNode target) {
		try {
			switch (target.path("target").asString()) {
				case "retry-options" -> retryPolicy(target);
				case "idempotent-producer" -> producerOptions(target);
				default -> throw new UnsupportedOperationException("Unknown target: " + target);
			}
			return result();
		}
		catch (IllegalArgumentException ex) {
			// The same in the suite's names of the options.
			throw new IllegalArgumentException(String.valueOf(ex.getMessage())
				.replace("initialDelay", "initialDelayMs")
				.replace("maxDelay", "maxDelayMs")
				.replace("maxBatchMessages", "maxBatchItems"), ex);
		}
	}

	private static void retryPolicy(JsonNode target) {
		RetryPolicy defaults = RetryPolicy.defaults();
		new RetryPolicy(target.path("maxRetries").asInt(defaults.maxRetries()),
				Duration.ofMillis(target.path("initialDelayMs").asLong(defaults.initialDelay().toMillis())),
				Duration.ofMillis(target.path("maxDelayMs").asLong(defaults.maxDelay().toMillis())),
				target.path("multiplier").asDouble(defaults.multiplier()));
	}

	private static void producerOptions(JsonNode target) {
		ProducerOptions defaults = ProducerOptions.defaults();
		new ProducerOptions(target.path("producerId").asString(defaults.producerId()),
				target.path("epoch").asLong(defaults.epoch()), defaults.claimEpoch(), defaults.linger(),
				target.path("maxBatchBytes").asInt(defaults.maxBatchBytes()),
				target.path("maxBatchItems").asInt(defaults.maxBatchMessages()), defaults.deliveryTimeout());
	}

	// What all share

	/**
	 * Returns a handle on the stream of a command.
	 * @param command the command, with the headers that it adds
	 * @param contentType the content type of appends
	 * @return the handle
	 */
	DurableStream stream(JsonNode command, String contentType) {
		DurableStreamBuilder builder = DurableStream.builder(url(command))
			.transport(this.transport)
			.contentType(contentType)
			.readRetryPolicy(RetryPolicy.defaults());
		this.headers.start().forEach(builder::header);
		this.parameters.start().forEach(builder::parameter);
		command.path("headers").properties().forEach((header) -> {
			String value = header.getValue().asString();
			builder.header(header.getKey(), () -> value);
		});
		return builder.build();
	}

	String contentType(JsonNode command) {
		return this.contentTypes.getOrDefault(path(command), "application/octet-stream");
	}

	private URI url(JsonNode command) {
		return URI.create(this.server + path(command));
	}

	private static String path(JsonNode command) {
		return command.path("path").asString();
	}

	private static @Nullable String text(JsonNode command, String name) {
		JsonNode value = command.path(name);
		return value.isString() ? value.asString() : null;
	}

	static ObjectNode result() {
		return JsonMapper.shared().createObjectNode();
	}

	static <T> T get(CompletableFuture<T> future) throws Exception {
		return future.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
	}

	private record ProducerKey(String path, String id, long epoch) {
	}

}
