package io.streamdb.client;

import java.net.URI;
import java.util.concurrent.CompletableFuture;

/**
 * A handle on one Durable Stream (SPEC P). Cheap, immutable, and safe for use by many
 * threads.
 */
public final class DurableStream {

	DurableStream() {
	}

	/**
	 * Starts to build a handle.
	 * @param url the stream's URL
	 * @return a builder
	 */
	public static DurableStreamBuilder builder(URI url) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the stream's URL.
	 * @return the URL, without user information and query
	 */
	public URI url() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Creates the stream if it does not exist; one of the same configuration is fine too.
	 * @return the stream's metadata
	 */
	public CompletableFuture<StreamMetadata> create(CreateOptions options) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Asks for the stream's metadata.
	 * @return the metadata
	 */
	public CompletableFuture<StreamMetadata> head() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Appends a body once; retried as SPEC P4 says, so at least once.
	 * @param options the append
	 * @return the answer
	 */
	public CompletableFuture<AppendResult> append(AppendOptions options) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Closes the stream.
	 * @return the answer
	 */
	public CompletableFuture<AppendResult> close() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Deletes the stream.
	 * @return completes when it is gone
	 */
	public CompletableFuture<Void> delete() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Reads on a thread of the executor until the read ends.
	 * @param options from where and how
	 * @param handler receives the batches
	 * @return the read in progress
	 */
	public StreamReader read(ReadOptions options, BatchHandler handler) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Makes an idempotent producer.
	 * @param options how it works
	 * @return the producer, to be closed
	 */
	public IdempotentProducer producer(ProducerOptions options) {
		throw new UnsupportedOperationException();
	}

}
