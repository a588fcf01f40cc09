package io.streamdb.benchmarks;

import io.streamdb.data.mapping.StreamCollection;

/**
 * The entity of the reference's benchmarks: about 250 bytes as an event.
 *
 * @param id the id
 * @param name the full name
 * @param email the e-mail address
 * @param age the age in years
 * @param city the city
 * @param active whether the user is active
 * @param score a score with two decimals
 * @param lastSeen an ISO 8601 instant, kept as text as the reference keeps it
 */
@StreamCollection
record User(String id, String name, String email, int age, String city, boolean active, double score, String lastSeen) {

	static User numbered(int number) {
		String id = "user-%07d".formatted(number);
		return new User(id, "Ada Lovelace", "ada." + number + "@example.com", 18 + number % 60, "Copenhagen",
				number % 2 == 0, number / 100.0, "2025-06-15T15:06:40.000Z");
	}

}
