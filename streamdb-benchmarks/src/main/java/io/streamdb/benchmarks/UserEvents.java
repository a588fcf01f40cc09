package io.streamdb.benchmarks;

import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Makes up messages: inserts of users, of about 250 bytes, seeded.
 */
final class UserEvents {

	private static final String[] CITIES = { "Copenhagen", "Berlin", "Lisbon", "Toronto", "Nairobi", "Osaka" };

	private static final String[] FIRST = { "Ada", "Grace", "Alan", "Barbara", "Donald", "Radia" };

	private static final String[] LAST = { "Lovelace", "Hopper", "Turing", "Liskov", "Knuth", "Perlman" };

	private final SplittableRandom random = new SplittableRandom(42);

	private int next;

	String next() {
		int number = this.next++;
		String first = one(FIRST);
		String last = one(LAST);
		return ("{\"type\":\"user\",\"key\":\"user-%07d\",\"value\":{\"id\":\"user-%07d\",\"name\":\"%s %s\","
				+ "\"email\":\"%s.%s.%d@example.com\",\"age\":%d,\"city\":\"%s\",\"active\":%b,\"score\":%d.%02d,"
				+ "\"lastSeen\":\"2026-01-18T13:18:%02d.618Z\"},\"headers\":{\"operation\":\"insert\"}}")
			.formatted(number, number, first, last, first, last, number, 18 + this.random.nextInt(60), one(CITIES),
					this.random.nextBoolean(), this.random.nextInt(1000), this.random.nextInt(100),
					this.random.nextInt(60));
	}

	String array(int size) {
		return IntStream.range(0, size).mapToObj((index) -> next()).collect(Collectors.joining(",", "[", "]"));
	}

	private String one(String[] choices) {
		return choices[this.random.nextInt(choices.length)];
	}

}
