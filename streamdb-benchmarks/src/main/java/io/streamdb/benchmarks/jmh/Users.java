package io.streamdb.benchmarks.jmh;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.EventHandler;
import io.streamdb.event.InvalidEvent;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.OverlayEdit;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedBatch;
import org.jspecify.annotations.Nullable;

/**
 * The streams of users that the benchmarks read: events of about 250 bytes, seeded.
 */
final class Users {

	private static final String[] CITIES = { "Copenhagen", "Berlin", "Lisbon", "Toronto", "Nairobi", "Osaka",
			"Santiago", "Melbourne", "Reykjavik", "Kraków" };

	private static final String[] NAMES = { "Ada Lovelace", "Grace Hopper", "Alan Turing", "Barbara Liskov",
			"Donald Knuth", "Ken Thompson", "Radia Perlman", "Leslie Lamport" };

	static final CollectionDefinition<User> DEFINITION = CollectionDefinition.of(User.class).name("users").build();

	static final StateSchema SCHEMA = StateSchema.of(DEFINITION);

	private Users() {
	}

	static String key(int number) {
		return "user-%07d".formatted(number);
	}

	static User user(int number) {
		return new User(key(number), NAMES[number % NAMES.length], "user." + number + "@example.com", 18 + number % 60,
				CITIES[number % CITIES.length], number % 3 != 0, number / 100.0, "2026-01-18T13:18:59.618Z");
	}

	/**
	 * Returns one body: for each number an event with the user of that number.
	 */
	static byte[] body(String operation, int[] numbers) {
		StringBuilder body = new StringBuilder("[");
		for (int number : numbers) {
			User user = user(number);
			body.append((body.length() > 1) ? "," : "")
				.append(("{\"type\":\"user\",\"key\":\"%s\",\"value\":{\"id\":\"%s\",\"name\":\"%s\",\"email\":\"%s\","
						+ "\"age\":%d,\"city\":\"%s\",\"active\":%b,\"score\":%s,\"lastSeen\":\"%s\"},"
						+ "\"headers\":{\"operation\":\"%s\"}}")
					.formatted(user.id(), user.id(), user.name(), user.email(), user.age(), user.city(), user.active(),
							user.score(), user.lastSeen(), operation));
		}
		return body.append(']').toString().getBytes(StandardCharsets.UTF_8);
	}

	static int[] upTo(int count) {
		int[] numbers = new int[count];
		for (int i = 0; i < count; i++) {
			numbers[i] = i;
		}
		return numbers;
	}

	static int[] random(int count, int bound) {
		SplittableRandom random = new SplittableRandom(42);
		return random.ints(count, 0, bound).toArray();
	}

	static void decode(byte[] body, EventHandler handler) {
		try {
			SCHEMA.decode(new ByteArrayInputStream(body), handler);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns a store with as many users, loaded and published.
	 */
	static StateStore store(int count) {
		StateStore store = new StateStore(SCHEMA);
		SyncedBatch batch = store.batch(store.empty(), true);
		for (int from = 0; from < count; from += 10_000) {
			int[] numbers = new int[Math.min(10_000, count - from)];
			for (int i = 0; i < numbers.length; i++) {
				numbers[i] = from + i;
			}
			decode(body("insert", numbers), new Applying(batch));
		}
		OverlayEdit edit = store.edit(batch.seal("1"));
		store.publish(edit);
		return store;
	}

	/**
	 * Applies what is decoded to a batch.
	 */
	static final class Applying implements EventHandler {

		private final SyncedBatch batch;

		Applying(SyncedBatch batch) {
			this.batch = batch;
		}

		@Override
		public void change(ChangeEvent<?> event) {
			this.batch.apply(event);
		}

		@Override
		public void control(ControlEvent event) {
			throw new IllegalStateException("There are no control events in this body");
		}

		@Override
		public void invalid(InvalidEvent event) {
			throw new IllegalStateException(event.reason(), event.cause());
		}

		@Override
		public void unknownType(String type, @Nullable String txid) {
			throw new IllegalStateException("There is no other type in this body");
		}

		@Override
		public void ignored() {
			throw new IllegalStateException("There are only events in this body");
		}

	}

	/**
	 * A user as the reference's benchmarks have it.
	 *
	 * @param id the id
	 * @param name the full name
	 * @param email the e-mail address
	 * @param age the age in years
	 * @param city the city
	 * @param active whether the user is active
	 * @param score a score with two decimals
	 * @param lastSeen an ISO 8601 instant
	 */
	record User(String id, String name, String email, int age, String city, boolean active, double score,
			String lastSeen) {
	}

}
