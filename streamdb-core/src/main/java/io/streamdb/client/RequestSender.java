package io.streamdb.client;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of one stream, each on the thread that asks for it.
 */
final class RequestSender {

	private final StreamEndpoint endpoint;

	private final ClientSettings settings;

	private final ErrorResponses errors;

	RequestSender(StreamEndpoint endpoint, ClientSettings settings) {
		this.endpoint = endpoint;
		this.settings = settings;
		this.errors = new ErrorResponses(endpoint.url(), settings.clock());
	}

	StreamEndpoint endpoint() {
		return this.endpoint;
	}

	ClientSettings settings() {
		return this.settings;
	}

	ErrorResponses errors() {
		return this.errors;
	}

	/**
	 * Starts a logical request, which may be sent several times.
	 * @param stop ends it from another thread
	 * @return the request
	 */
	Call call(StopSignal stop) {
		return new Call(stop);
	}

	/**
	 * One logical request: all its attempts together refresh the credentials once (SPEC
	 * P6).
	 */
	final class Call {

		private final StopSignal stop;

		private boolean refreshed;

		private boolean answered;

		private Call(StopSignal stop) {
			this.stop = stop;
		}

		/**
		 * Sends the request and waits for the head of a successful response.
		 * @param request what to ask
		 * @return the response
		 * @throws RequestFailure when there is none, or its status is no success
		 * @throws InterruptedException when the thread was interrupted
		 */
		Exchange open(StreamRequest request) throws RequestFailure, InterruptedException {
			Exchange exchange = send(request);
			if (exchange.status() == 401 && !this.refreshed && RequestSender.this.endpoint.hasSuppliers()) {
				this.refreshed = true;
				exchange.drain();
				exchange.close();
				exchange = send(request);
			}
			if (isSuccess(request, exchange.status())) {
				return exchange;
			}
			try {
				throw RequestSender.this.errors.ofStatus(request, exchange);
			}
			finally {
				exchange.close();
			}
		}

		/**
		 * Whether an attempt had a response of whatever kind. For the thread of the last
		 * attempt, and those that it has handed the outcome to.
		 */
		boolean wasAnswered() {
			return this.answered;
		}

		private Exchange send(StreamRequest request) throws RequestFailure, InterruptedException {
			TransportRequest transportRequest;
			CompletableFuture<TransportResponse> future;
			try {
				transportRequest = RequestSender.this.endpoint.toTransportRequest(request);
				future = RequestSender.this.settings.transport().send(transportRequest);
			}
			catch (RuntimeException ex) {
				throw RequestSender.this.errors.ofCause(request, ex);
			}
			this.stop.onStop(() -> future.cancel(true));
			TransportResponse response = await(request, future);
			this.answered = true;
			Duration limit = request.method().equals("GET") ? RequestSender.this.settings.heartbeatLimit()
					: RequestSender.this.settings.requestTimeout();
			ResponseBody body = new ResponseBody(response, limit, RequestSender.this.settings.nanoTime(),
					RequestSender.this.settings.scheduling());
			this.stop.onStop(body::close);
			return new Exchange(response, body, this.stop);
		}

		private TransportResponse await(StreamRequest request, CompletableFuture<TransportResponse> future)
				throws RequestFailure, InterruptedException {
			Duration limit = request.live() ? RequestSender.this.settings.heartbeatLimit() : null;
			try {
				Scheduling scheduling = RequestSender.this.settings.scheduling();
				return (limit != null) ? scheduling.await(future, limit) : scheduling.await(future);
			}
			catch (TimeoutException ex) {
				giveUp(future);
				throw RequestSender.this.errors.ofCause(request,
						new HttpTimeoutException("nothing arrived for " + limit));
			}
			catch (InterruptedException ex) {
				giveUp(future);
				throw ex;
			}
			catch (CancellationException ex) {
				throw RequestSender.this.errors.ofCause(request, new IOException("the request was given up", ex));
			}
			catch (ExecutionException ex) {
				throw RequestSender.this.errors.ofCause(request, cause(ex));
			}
		}

		private static void giveUp(CompletableFuture<TransportResponse> future) {
			if (!future.cancel(true)) {
				future.whenComplete((response, failure) -> {
					if (response != null) {
						response.close();
					}
				});
			}
		}

		private static Throwable cause(ExecutionException ex) {
			@Nullable Throwable cause = ex.getCause();
			while (cause instanceof CompletionException && cause.getCause() != null) {
				cause = cause.getCause();
			}
			return (cause != null) ? cause : ex;
		}

	}

	private static boolean isSuccess(StreamRequest request, int status) {
		return switch (request.method()) {
			case "PUT" -> status == 200 || status == 201;
			case "HEAD" -> status == 200;
			default -> status == 200 || status == 204;
		};
	}

}
