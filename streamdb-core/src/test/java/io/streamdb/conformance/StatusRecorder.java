package io.streamdb.conformance;

import java.util.concurrent.CompletableFuture;

import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;

/**
 * Remembers the status of the last response, which the suite wants to know of reads and
 * the client does not tell: a batch is a batch, however it came.
 */
final class StatusRecorder implements StreamTransport {

	private final StreamTransport transport;

	private volatile int status = 200;

	StatusRecorder(StreamTransport transport) {
		this.transport = transport;
	}

	@Override
	public CompletableFuture<TransportResponse> send(TransportRequest request) {
		CompletableFuture<TransportResponse> response = this.transport.send(request);
		CompletableFuture<TransportResponse> recorded = response.whenComplete((head, failure) -> {
			if (head != null) {
				this.status = head.status();
			}
		});
		recorded.whenComplete((head, failure) -> {
			if (recorded.isCancelled()) {
				response.cancel(true);
			}
		});
		return recorded;
	}

	int status() {
		return this.status;
	}

}
