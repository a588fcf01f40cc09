package io.streamdb.boot.autoconfigure;

import java.net.URI;
import java.net.URISyntaxException;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * The URL of a stream, as a property says it.
 */
final class StreamUrl {

	static final String PROPERTY = "streamdb.url";

	private StreamUrl() {
	}

	/**
	 * Returns the URL.
	 * @param properties the properties
	 * @return an absolute HTTP URL
	 * @throws NoStreamException when there is none
	 * @throws InvalidConfigurationPropertyValueException when it is not a URL
	 */
	static URI of(StreamDbProperties properties) {
		String url = properties.url();
		if (!StringUtils.hasText(url)) {
			throw new NoStreamException();
		}
		try {
			URI uri = new URI(url.strip());
			if (!"http".equalsIgnoreCase(uri.getScheme()) && !"https".equalsIgnoreCase(uri.getScheme())) {
				throw invalid(url, "It must begin with http:// or https://.");
			}
			if (uri.getHost() == null) {
				throw invalid(url, "It has no host name.");
			}
			if (!StringUtils.hasText(uri.getRawPath()) || uri.getRawPath().equals("/")) {
				throw invalid(url, "It has no path, so it names a server and not a stream.");
			}
			return uri;
		}
		catch (URISyntaxException ex) {
			throw invalid(url, "It is not a URL: " + ex.getReason() + ".");
		}
	}

	private static InvalidConfigurationPropertyValueException invalid(String url, String reason) {
		return new InvalidConfigurationPropertyValueException(PROPERTY, url,
				reason + " Give the full URL of a stream, like https://streams.example.com/v1/stream/board.");
	}

}
