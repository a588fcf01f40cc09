package io.streamdb.event;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.TokenStreamLocation;

/**
 * Says for people where in a body something is.
 */
final class Place {

	private Place() {
	}

	static String of(@Nullable TokenStreamLocation location) {
		if (location == null || location.getByteOffset() < 0) {
			return "";
		}
		return " (byte %d of the body, line %d, column %d)".formatted(location.getByteOffset(), location.getLineNr(),
				location.getColumnNr());
	}

}
