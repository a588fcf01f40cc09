package io.streamdb.event;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Cuts text that comes from a stream to a length that suits a message.
 */
final class Excerpt {

	private static final int MAX_LENGTH = 300;

	private static final int MAX_ENTRIES = 20;

	private Excerpt() {
	}

	static String of(String text) {
		return (text.length() <= MAX_LENGTH) ? text : text.substring(0, MAX_LENGTH) + "…";
	}

	static String of(List<String> texts) {
		String joined = texts.stream().limit(MAX_ENTRIES).map(Excerpt::of).collect(Collectors.joining("; "));
		int more = texts.size() - MAX_ENTRIES;
		return (more <= 0) ? joined : joined + "; and " + more + " more";
	}

}
