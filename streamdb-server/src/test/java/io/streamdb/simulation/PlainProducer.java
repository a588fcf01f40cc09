package io.streamdb.simulation;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.AppendResult;
import io.streamdb.client.DurableStream;
import io.streamdb.client.IdempotentProducer;
import io.streamdb.client.ProducerOptions;
import io.streamdb.simulation.StreamHistory.Place;
import org.jspecify.annotations.Nullable;

/**
 * A writer that uses the client's producer without a database, with several batches on
 * their way at once: what it was told must be so in the stream (SPEC P5).
 */
final class PlainProducer {

	private final Simulator simulator;

	private final StreamHistory history;

	private final IdempotentProducer producer;

	private final Map<String, Message> messages = new HashMap<>();

	private int lastAppended;

	private int lastLife;

	private int open;

	PlainProducer(Simulator simulator, StreamHistory history, DurableStream stream, Random random) {
		this.simulator = simulator;
		this.history = history;
		ProducerOptions options = new ProducerOptions("plain", 0, false,
				Duration.ofMillis(random.nextInt(3) * random.nextInt(50)), 100 + random.nextInt(400),
				1 + random.nextInt(4), Duration.ofMillis(2000 + random.nextInt(6000)))
			.withMaxInFlight(1 + random.nextInt(5));
		this.producer = stream
			.producer(random.nextBoolean() ? options : options.withFence("{\"headers\":{\"control\":\"fence\"}}"));
	}

	/**
	 * Appends a message.
	 * @param number the place in the order
	 * @param item the event, whose txid is that of the message
	 */
	void append(int number, String item) {
		Message message = new Message(number);
		this.messages.put(txid(number), message);
		this.open++;
		CompletableFuture<AppendResult> result = this.producer.append(() -> item.getBytes(StandardCharsets.UTF_8));
		result.whenComplete((appended, failure) -> ended(message, appended, failure));
	}

	static String txid(int number) {
		return "p" + number;
	}

	void appended(String txid, Place end) {
		Message message = this.messages.get(txid);
		if (message != null) {
			expect(message.place == null || message.place.life() < end.life(), message + " is in the stream twice");
			expect(message.absentIn < 0 || end.life() > message.absentIn,
					message + " was said not to be in the stream");
			if (end.life() != this.lastLife) {
				this.lastLife = end.life();
				this.lastAppended = 0;
			}
			expect(message.number > this.lastAppended, message + " is in the stream behind " + this.lastAppended);
			this.lastAppended = message.number;
			message.place = end;
		}
	}

	private void ended(Message message, @Nullable AppendResult result, @Nullable Throwable failure) {
		this.open--;
		this.simulator.trace()
			.event("producer " + message + " ended with "
					+ ((failure != null) ? failure.getClass().getSimpleName() : result));
		if (result != null) {
			expect(message.place != null, message + " was acknowledged and is not in the stream");
			boolean covered = this.history.places(result.offset())
				.stream()
				.anyMatch((place) -> !place.isBefore(message.place));
			expect(covered, message + " ends at " + message.place + " and was acknowledged up to " + result.offset());
		}
		else if (failure instanceof AppendOutcomeUnknownException unknown) {
			unknown.fence()
				.thenAccept((offset) -> message.absentIn = (message.place != null) ? -1 : this.history.life().number());
		}
		else {
			message.absentIn = this.history.life().number();
			expect(message.place == null, message + " failed with " + failure + " and is in the stream");
		}
	}

	boolean isIdle() {
		return this.open == 0;
	}

	void close() {
		this.producer.close();
	}

	private void expect(boolean holds, String what) {
		if (!holds) {
			this.simulator.fail(new AssertionError("producer: " + what));
		}
	}

	private static final class Message {

		private final int number;

		private @Nullable Place place;

		/** In which life of the stream it is not, and never will be; -1 for none. */
		private int absentIn = -1;

		Message(int number) {
			this.number = number;
		}

		@Override
		public String toString() {
			return "p" + this.number;
		}

	}

}
