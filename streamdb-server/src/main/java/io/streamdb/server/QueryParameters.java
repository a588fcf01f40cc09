package io.streamdb.server;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The query parameters of a read. Unknown ones are left alone; one of the protocol's own
 * that stands there twice is refused, since caches and readers pick different ones.
 */
final class QueryParameters {

	private final Map<String, String> values = new HashMap<>();

	private QueryParameters() {
	}

	static QueryParameters parse(@Nullable String rawQuery) {
		QueryParameters parameters = new QueryParameters();
		if (rawQuery == null || rawQuery.isEmpty()) {
			return parameters;
		}
		for (String pair : rawQuery.split("&")) {
			int equals = pair.indexOf('=');
			String name = (equals < 0) ? pair : pair.substring(0, equals);
			if (name.equals("offset") || name.equals("live") || name.equals("cursor")) {
				String value = (equals < 0) ? "" : PercentEncoding.decode(pair.substring(equals + 1).replace('+', ' '));
				if (parameters.values.put(name, value) != null) {
					throw new BadRequestException("The query parameter " + name + " is there more than once");
				}
			}
		}
		return parameters;
	}

	@Nullable String get(String name) {
		return this.values.get(name);
	}

}
