package io.streamdb.server;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;

import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;

/**
 * Carries requests of the same process to the server: the same protocol without HTTP, and
 * without the question who asks.
 */
final class InProcessTransport implements StreamTransport {

	private final ProtocolHandler handler;

	private final ServerTasks tasks;

	InProcessTransport(ProtocolHandler handler, ServerTasks tasks) {
		this.handler = handler;
		this.tasks = tasks;
	}

	@Override
	public CompletableFuture<TransportResponse> send(TransportRequest request) {
		if (this.handler.closed()) {
			return CompletableFuture.failedFuture(new IOException("The embedded stream server is closed"));
		}
		CompletableFuture<ProtocolResponse> answer = this.handler.handle(translate(request));
		CompletableFuture<TransportResponse> result = new CompletableFuture<>();
		answer.whenComplete((response, failure) -> {
			if (failure != null) {
				result.completeExceptionally((failure instanceof CompletionException && failure.getCause() != null)
						? failure.getCause() : failure);
				return;
			}
			InProcessResponse carried = new InProcessResponse(response);
			if (!result.complete(carried)) {
				carried.close();
			}
		});
		Duration timeout = request.timeout();
		if (timeout != null && !result.isDone()) {
			Future<?> timer = this.tasks.schedule(
					() -> result.completeExceptionally(new HttpTimeoutException("No response within " + timeout)),
					timeout);
			result.whenComplete((response, failure) -> timer.cancel(false));
		}
		result.whenComplete((response, failure) -> answer.cancel(false));
		return result;
	}

	private static ProtocolRequest translate(TransportRequest request) {
		Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		headers.putAll(request.headers());
		byte[] body = (request.body() != null) ? request.body() : new byte[0];
		return new ProtocolRequest(request.method(), request.uri().getRawPath(), "", request.uri().getRawQuery(),
				headers::get, (limit, room) -> {
					if (body.length > limit) {
						throw new BodyTooLargeException(limit);
					}
					return body;
				}, null, request.uri()::toString);
	}

}
