package io.streamdb.server;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Function;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.StreamLog;

/**
 * A long-poll that waits at the tail (PROTOCOL 5.7): until the stream changes, the time
 * is up, or the server wants it to end. Holds no thread.
 */
final class LongPoll implements LiveReader {

	private static final Logger logger = LoggerFactory.getLogger(LongPoll.class);

	private final CompletableFuture<ProtocolResponse> response = new CompletableFuture<>();

	private final StreamLog log;

	private final Function<LogHead, ProtocolResponse> answer;

	private final ServerTasks tasks;

	private final boolean remote;

	/**
	 * Creates a poll.
	 * @param log the stream
	 * @param answer makes the response of what the stream holds when the wait ends
	 * @param tasks where waiting goes on
	 * @param remote whether it came over HTTP
	 */
	LongPoll(StreamLog log, Function<LogHead, ProtocolResponse> answer, ServerTasks tasks, boolean remote) {
		this.log = log;
		this.answer = answer;
		this.tasks = tasks;
		this.remote = remote;
	}

	/**
	 * Waits.
	 * @param seen what the stream held when there was nothing to answer
	 * @param timeout how long to wait
	 * @param readers who knows of all waiting readers
	 * @return the response; cancelling it ends the wait
	 */
	CompletableFuture<ProtocolResponse> await(LogHead seen, Duration timeout, LiveReaders readers) {
		this.log.beginLiveRead();
		StreamLog.ChangeRegistration change = this.log.onChange(seen, this::answer);
		Future<?> timer = this.tasks.schedule(this::answer, timeout);
		CompletableFuture<ProtocolResponse> answered = new CompletableFuture<>();
		this.response.whenComplete((value, failure) -> {
			change.cancel();
			timer.cancel(false);
			readers.remove(this);
			this.log.endLiveRead();
			// Last of all: who has the answer may poll again at once, and must not find
			// its old place taken.
			if (value != null && !answered.complete(value)) {
				value.body().close();
			}
		});
		answered.whenComplete((value, failure) -> this.response.cancel(false));
		return answered;
	}

	private void answer() {
		if (this.response.isDone()) {
			return;
		}
		try {
			ProtocolResponse answered = this.answer.apply(this.log.head());
			if (!this.response.complete(answered)) {
				answered.body().close();
			}
		}
		catch (RuntimeException ex) {
			logger.error("A poll could not be answered", ex);
			this.response.complete(ProtocolHandler.failed());
		}
	}

	@Override
	public boolean remote() {
		return this.remote;
	}

	@Override
	public void end() {
		this.tasks.execute(this::answer);
	}

}
