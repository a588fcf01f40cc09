package io.streamdb.client;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;

/**
 * A request that is no read and belongs to no producer: runs on one thread of the
 * executor and is repeated as SPEC P4 says.
 *
 * @param <T> the type of the answer
 */
final class PlainRequest<T> implements Runnable {

	/** The limit where there is none. */
	static final Duration UNLIMITED = ChronoUnit.FOREVER.getDuration();

	private final RequestSender sender;

	private final Work<T> work;

	private final StopSignal stop = new StopSignal();

	private final CompletableFuture<T> result = new CompletableFuture<>();

	private PlainRequest(RequestSender sender, Work<T> work) {
		this.sender = sender;
		this.work = work;
	}

	/**
	 * Starts to work.
	 * @param <T> the type of the answer
	 * @param sender sends the requests
	 * @param work what to do
	 * @return the answer; cancelling it gives the request up
	 */
	static <T> CompletableFuture<T> start(RequestSender sender, Work<T> work) {
		PlainRequest<T> task = new PlainRequest<>(sender, work);
		task.result.whenComplete((value, failure) -> task.stop.stop());
		sender.settings().executor().execute(task);
		return task.result;
	}

	@Override
	public void run() {
		try {
			this.result.complete(this.work.run(this.stop));
		}
		catch (RequestFailure ex) {
			this.result.completeExceptionally(ex.error());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			this.result.completeExceptionally(this.sender.errors().interrupted(ex));
		}
		catch (Throwable ex) {
			this.result.completeExceptionally(ex);
		}
	}

	/**
	 * Sends a request until it is answered or may not be repeated.
	 * @param <T> the type of the answer
	 * @param sender sends the request
	 * @param stop ends it from another thread
	 * @param request what to ask
	 * @param answer reads the head of the response
	 * @return the answer
	 * @throws RequestFailure when the last attempt failed
	 * @throws InterruptedException when the thread was interrupted
	 */
	static <T> T execute(RequestSender sender, StopSignal stop, StreamRequest request, Answer<T> answer)
			throws RequestFailure, InterruptedException {
		return execute(sender, stop, request, UNLIMITED, answer);
	}

	/**
	 * Sends a request until it is answered, may not be repeated, or there is no time for
	 * that.
	 * @param <T> the type of the answer
	 * @param sender sends the request
	 * @param stop ends it from another thread
	 * @param request what to ask
	 * @param limit how long it may take, with all repeats
	 * @param answer reads the head of the response
	 * @return the answer
	 * @throws RequestFailure when the last attempt failed
	 * @throws InterruptedException when the thread was interrupted
	 */
	static <T> T execute(RequestSender sender, StopSignal stop, StreamRequest request, Duration limit, Answer<T> answer)
			throws RequestFailure, InterruptedException {
		ClientSettings settings = sender.settings();
		long begin = settings.nanoTime().getAsLong();
		Backoff backoff = new Backoff(settings.retryPolicy(), settings.random());
		boolean idempotent = request.method().equals("HEAD");
		RequestSender.Call call = sender.call(stop);
		for (int failures = 1;; failures++) {
			try (Exchange exchange = call.open(request.within(left(limit, begin, settings)))) {
				exchange.drain();
				return answer.read(exchange);
			}
			catch (RequestFailure ex) {
				if (stop.isStopped() || !ex.isRepeatable(idempotent) || !backoff.allows(failures)) {
					throw ex;
				}
				Duration delay = backoff.delay(failures, ex.retryAfter());
				if (delay.compareTo(left(limit, begin, settings)) >= 0) {
					throw ex;
				}
				settings.pause().await(delay, stop.stopped());
			}
		}
	}

	private static Duration left(Duration limit, long begin, ClientSettings settings) {
		return limit.minusNanos(settings.nanoTime().getAsLong() - begin);
	}

	/**
	 * What a plain request does.
	 *
	 * @param <T> the type of the answer
	 */
	@FunctionalInterface
	interface Work<T> {

		T run(StopSignal stop) throws RequestFailure, InterruptedException;

	}

	/**
	 * Reads the head of a response.
	 *
	 * @param <T> the type of the answer
	 */
	@FunctionalInterface
	interface Answer<T> {

		T read(Exchange exchange) throws RequestFailure;

	}

}
