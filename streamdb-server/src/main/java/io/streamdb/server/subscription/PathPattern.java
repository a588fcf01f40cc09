package io.streamdb.server.subscription;

import java.util.List;

/**
 * A glob over the paths of streams: {@code *} is one segment and {@code **} any number of
 * segments, none included (PROTOCOL 6.2). {@code %2A} is a star that means itself.
 */
final class PathPattern {

	private static final String ONE = "*";

	private static final String ANY = "**";

	private final String[] segments;

	PathPattern(String text) {
		this.segments = text.split("/");
	}

	boolean matches(String path) {
		return matches(List.of(path.split("/")));
	}

	/**
	 * Goes through both from left to right. After a mismatch the last {@code **} takes
	 * one segment more: earlier ones need not be tried again, so that nobody can write a
	 * pattern that takes exponential time.
	 */
	private boolean matches(List<String> path) {
		int pattern = 0;
		int segment = 0;
		int lastAny = -1;
		int takenByAny = 0;
		while (segment < path.size()) {
			if (pattern < this.segments.length && this.segments[pattern].equals(ANY)) {
				lastAny = pattern++;
				takenByAny = segment;
			}
			else if (pattern < this.segments.length && matches(this.segments[pattern], path.get(segment))) {
				pattern++;
				segment++;
			}
			else if (lastAny >= 0) {
				pattern = lastAny + 1;
				segment = ++takenByAny;
			}
			else {
				return false;
			}
		}
		while (pattern < this.segments.length && this.segments[pattern].equals(ANY)) {
			pattern++;
		}
		return pattern == this.segments.length;
	}

	private static boolean matches(String pattern, String segment) {
		return pattern.equals(ONE) || pattern.replace("%2A", ONE).replace("%2a", ONE).equals(segment);
	}

}
