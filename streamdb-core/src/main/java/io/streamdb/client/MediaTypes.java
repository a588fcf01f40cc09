package io.streamdb.client;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * What the protocol makes depend on the content type.
 */
final class MediaTypes {

	private MediaTypes() {
	}

	static boolean isJson(@Nullable String contentType) {
		return base(contentType).equals("application/json");
	}

	/**
	 * Returns whether server-sent events carry the type as it is.
	 * @param contentType the content type, or {@code null}
	 * @return whether it is JSON or text
	 */
	static boolean isTextual(@Nullable String contentType) {
		return isJson(contentType) || base(contentType).startsWith("text/");
	}

	static boolean isEventStream(@Nullable String contentType) {
		return base(contentType).equals("text/event-stream");
	}

	private static String base(@Nullable String contentType) {
		if (contentType == null) {
			return "";
		}
		int parameters = contentType.indexOf(';');
		return ((parameters < 0) ? contentType : contentType.substring(0, parameters)).trim().toLowerCase(Locale.ROOT);
	}

}
