package io.streamdb.conformance;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The headers, or the query parameters, that the suite wants to be evaluated for every
 * request, and what they last gave.
 */
final class DynamicValues {

	private final Map<String, Supplier<String>> suppliers = new LinkedHashMap<>();

	private final Map<String, String> sent = new LinkedHashMap<>();

	/**
	 * Sets one.
	 * @param name its name
	 * @param kind {@code counter}, {@code timestamp} or {@code token}
	 * @param token the value of a token
	 */
	synchronized void set(String name, String kind, String token) {
		AtomicLong counter = new AtomicLong();
		this.suppliers.put(name, switch (kind) {
			case "counter" -> () -> Long.toString(counter.incrementAndGet());
			case "timestamp" -> () -> Long.toString(System.currentTimeMillis());
			case "token" -> () -> token;
			default -> throw new UnsupportedOperationException("A dynamic value of kind " + kind);
		});
	}

	synchronized void clear() {
		this.suppliers.clear();
		this.sent.clear();
	}

	/**
	 * Forgets what was sent, before the next operation.
	 * @return what to evaluate for each request of it
	 */
	synchronized Map<String, Supplier<String>> start() {
		this.sent.clear();
		Map<String, Supplier<String>> recording = new LinkedHashMap<>();
		this.suppliers.forEach((name, value) -> recording.put(name, () -> record(name, value.get())));
		return recording;
	}

	private synchronized String record(String name, String value) {
		this.sent.put(name, value);
		return value;
	}

	/**
	 * Returns what the last request of the operation was sent with.
	 */
	synchronized Map<String, String> sent() {
		return Map.copyOf(this.sent);
	}

}
