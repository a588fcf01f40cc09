package io.streamdb.client;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A handle on one Durable Stream (SPEC P). Cheap, immutable, and safe for use by many
 * threads.
 * <p>
 * Requests are repeated as SPEC P4 says: after 429, 500 and 503 always, after 502, 504
 * and I/O failures only where repeating cannot do harm, which is in reads and in appends
 * of an {@link IdempotentProducer}. Futures fail with a {@link DurableStreamException};
 * they complete on a thread of the executor, and cancelling one gives its request up.
 */
public final class DurableStream {

	private final RequestSender sender;

	private final String contentType;

	DurableStream(RequestSender sender, String contentType) {
		this.sender = sender;
		this.contentType = contentType;
	}

	/**
	 * Starts to build a handle.
	 * @param url the stream's URL, absolute, {@code http} or {@code https}; a query is
	 * kept, user information is sent as Basic authentication
	 * @return a builder
	 */
	public static DurableStreamBuilder builder(URI url) {
		return new DurableStreamBuilder(url);
	}

	/**
	 * Returns the stream's URL, as it may be shown.
	 * @return the URL, without user information and query, or what the builder was given
	 * to show instead
	 */
	public URI url() {
		return this.sender.endpoint().url();
	}

	/**
	 * Creates the stream if it does not exist; one of the same configuration is fine too.
	 * @param options how to create it
	 * @return the stream's metadata; fails with {@link StreamExistsException} when there
	 * is a stream of another configuration
	 */
	public CompletableFuture<StreamMetadata> create(CreateOptions options) {
		Map<String, String> headers = new LinkedHashMap<>();
		headers.put(ProtocolNames.CONTENT_TYPE, options.contentType());
		if (options.ttl() != null) {
			headers.put(ProtocolNames.TTL, Long.toString(options.ttl().toSeconds()));
		}
		if (options.expiresAt() != null) {
			headers.put(ProtocolNames.EXPIRES_AT, options.expiresAt().toString());
		}
		if (options.closed()) {
			headers.put(ProtocolNames.CLOSED, "true");
		}
		StreamRequest request = request("PUT").withHeaders(headers).withBody(options.body());
		return PlainRequest.start(this.sender, (stop) -> PlainRequest.execute(this.sender, stop, request,
				(exchange) -> created(options, StreamHead.of(this.sender, request, exchange))));
	}

	private static StreamMetadata created(CreateOptions options, StreamMetadata told) {
		// Servers need not repeat what a successful answer has agreed to.
		return new StreamMetadata((told.contentType() != null) ? told.contentType() : options.contentType(),
				told.offset(), told.closed() || options.closed(), told.created(),
				(told.ttl() != null) ? told.ttl() : options.ttl(),
				(told.expiresAt() != null) ? told.expiresAt() : options.expiresAt(), told.incarnation());
	}

	/**
	 * Asks for the stream's metadata.
	 * @return the metadata
	 */
	public CompletableFuture<StreamMetadata> head() {
		StreamRequest request = request("HEAD");
		return PlainRequest.start(this.sender, (stop) -> PlainRequest.execute(this.sender, stop, request,
				(exchange) -> StreamHead.of(this.sender, request, exchange)));
	}

	/**
	 * Appends a body once; retried as SPEC P4 says, so at least once. For JSON streams
	 * the body is one JSON value, or an array whose elements become one message each.
	 * @param options the append
	 * @return the answer
	 * @throws IllegalArgumentException when there is neither a body nor the wish to close
	 */
	public CompletableFuture<AppendResult> append(AppendOptions options) {
		if (options.body().length == 0) {
			if (!options.close()) {
				throw new IllegalArgumentException(
						"An append to " + url() + " has an empty body: give it one byte or more, or close the stream");
			}
			return append(closing(options));
		}
		Map<String, String> headers = closing(options);
		headers.put(ProtocolNames.CONTENT_TYPE,
				(options.contentType() != null) ? options.contentType() : this.contentType);
		return append(headers, options.body());
	}

	private static Map<String, String> closing(AppendOptions options) {
		Map<String, String> headers = new LinkedHashMap<>();
		if (options.sequence() != null) {
			headers.put(ProtocolNames.STREAM_SEQ, options.sequence());
		}
		if (options.close()) {
			headers.put(ProtocolNames.CLOSED, "true");
		}
		return headers;
	}

	/**
	 * Closes the stream for everybody; closing it again is fine. Not named
	 * {@code close()}, which containers would call on a handle that they are done with.
	 * @return the answer
	 */
	public CompletableFuture<AppendResult> closeStream() {
		return append(new AppendOptions(new byte[0], null, null, true));
	}

	private CompletableFuture<AppendResult> append(Map<String, String> headers, byte... body) {
		StreamRequest request = request("POST").withHeaders(headers).withBody((body.length > 0) ? body : null);
		return PlainRequest.start(this.sender,
				(stop) -> PlainRequest
					.execute(this.sender, stop, request,
							(exchange) -> Acknowledgement.of(this.sender, request, exchange, false))
					.toResult(this.sender, stop, PlainRequest.UNLIMITED));
	}

	/**
	 * Deletes the stream.
	 * @return completes when it is gone
	 */
	public CompletableFuture<Void> delete() {
		StreamRequest request = request("DELETE");
		return PlainRequest.start(this.sender,
				(stop) -> PlainRequest.execute(this.sender, stop, request, (exchange) -> null));
	}

	/**
	 * Reads on a thread of the executor until the read ends.
	 * @param options from where and how
	 * @param handler receives the batches
	 * @return the read in progress
	 * @throws java.util.concurrent.RejectedExecutionException when the executor refuses
	 * the task
	 */
	public StreamReader read(ReadOptions options, BatchHandler handler) {
		ReadLoop loop = new ReadLoop(this.sender, options, handler);
		this.sender.settings().executor().execute(loop);
		return loop;
	}

	/**
	 * Makes an idempotent producer.
	 * @param options how it works
	 * @return the producer, to be closed
	 */
	public IdempotentProducer producer(ProducerOptions options) {
		return new IdempotentProducer(this.sender, this.contentType, options);
	}

	private StreamRequest request(String method) {
		return StreamRequest.of(method, this.sender.settings().requestTimeout());
	}

}
