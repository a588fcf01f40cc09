package io.streamdb.sample.change;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.streamdb.StreamDbStatus;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * One client that follows the changes, and the status if it wants to. What it is to be
 * told waits in a bounded queue until the client's thread has sent it; when the queue is
 * full the client is let go, to connect again and load anew.
 */
class ChangeClient {

	private static final Logger logger = LoggerFactory.getLogger(ChangeClient.class);

	private static final int CAPACITY = 1_000;

	private static final Duration HEARTBEAT = Duration.ofSeconds(15);

	private static final Duration RECONNECT = Duration.ofSeconds(1);

	private final @Nullable Supplier<StreamDbStatus> status;

	private final SseEmitter emitter = new SseEmitter(0L);

	private final BlockingQueue<Message> waiting = new ArrayBlockingQueue<>(CAPACITY);

	private volatile boolean ended;

	private @Nullable StatusMessage lastStatus;

	/**
	 * Creates a client that is told nothing yet.
	 * @param status gives the status, or {@code null} when the client did not ask for it
	 */
	ChangeClient(@Nullable Supplier<StreamDbStatus> status) {
		this.status = status;
		this.emitter.onCompletion(this::end);
		this.emitter.onTimeout(this::end);
		this.emitter.onError((ex) -> end());
	}

	SseEmitter emitter() {
		return this.emitter;
	}

	/**
	 * Queues changes without waiting.
	 * @param changes what changed
	 */
	void offer(ChangeSet changes) {
		offer(() -> send(changes));
	}

	/**
	 * Queues, without waiting, that the status has changed. The client is told the status
	 * of the moment in which it is told, so that the last it hears is never an old one.
	 */
	void statusChanged() {
		if (this.status != null) {
			offer(this::sendStatus);
		}
	}

	private void offer(Message message) {
		if (!this.ended && !this.waiting.offer(message)) {
			logger.info("A client is {} messages behind and is let go", CAPACITY);
			end();
		}
	}

	/**
	 * Ends the client, soon and on its own thread.
	 */
	void end() {
		this.ended = true;
		// Wakes the thread; where there is no room for it, the thread does not sleep.
		this.waiting.offer(() -> {
		});
	}

	/**
	 * Sends until the end.
	 */
	void run() {
		try {
			this.emitter.send(SseEmitter.event().comment("connected").reconnectTime(RECONNECT.toMillis()));
			sendStatus();
			while (!this.ended) {
				Message message = this.waiting.poll(HEARTBEAT.toSeconds(), TimeUnit.SECONDS);
				if (message != null) {
					message.send();
				}
				else {
					// Only a write tells whether the client is still there.
					this.emitter.send(SseEmitter.event().comment("heartbeat"));
				}
			}
			this.emitter.complete();
		}
		catch (IOException | IllegalStateException ex) {
			logger.debug("A client has gone", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			this.emitter.complete();
		}
	}

	private void send(ChangeSet changes) throws IOException {
		String offset = String.valueOf(changes.offset());
		for (Change<?> change : changes.changes()) {
			if (this.ended) {
				return;
			}
			this.emitter.send(SseEmitter.event()
				.id(offset)
				.name(change.definition().type())
				.data(ChangeMessage.of(change), MediaType.APPLICATION_JSON));
		}
	}

	private void sendStatus() throws IOException {
		if (this.status == null) {
			return;
		}
		StatusMessage now = StatusMessage.of(this.status.get());
		if (!now.equals(this.lastStatus)) {
			this.lastStatus = now;
			this.emitter.send(SseEmitter.event().name(StatusMessage.EVENT).data(now, MediaType.APPLICATION_JSON));
		}
	}

	/**
	 * What waits to be sent.
	 */
	private interface Message {

		void send() throws IOException;

	}

}
