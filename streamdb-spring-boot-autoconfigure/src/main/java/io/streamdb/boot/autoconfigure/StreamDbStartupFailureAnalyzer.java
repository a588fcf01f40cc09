package io.streamdb.boot.autoconfigure;

import java.net.URI;
import java.util.Set;

import io.streamdb.client.DurableStreamException;
import io.streamdb.client.StreamConnectionException;
import io.streamdb.client.StreamGoneException;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.client.StreamTimeoutException;
import io.streamdb.client.StreamUnauthorizedException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/**
 * Analyses why the state could not be loaded.
 */
class StreamDbStartupFailureAnalyzer extends AbstractFailureAnalyzer<StreamDbStartupException> {

	private static final Set<String> LOCAL_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");

	private final @Nullable Environment environment;

	StreamDbStartupFailureAnalyzer(@Nullable Environment environment) {
		this.environment = environment;
	}

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, StreamDbStartupException failure) {
		Throwable cause = streamFailure(failure);
		return new FailureAnalysis(failure.getMessage() + ": " + cause.getMessage(), action(cause, failure), failure);
	}

	private static Throwable streamFailure(StreamDbStartupException failure) {
		Throwable cause = failure;
		while (cause != null && !(cause instanceof DurableStreamException)) {
			cause = cause.getCause();
		}
		return (cause != null) ? cause : failure.getCause();
	}

	private String action(Throwable cause, StreamDbStartupException failure) {
		if (cause instanceof StreamNotFoundException || cause instanceof StreamGoneException) {
			return "Check the path of 'streamdb.url', create the stream, or set 'streamdb.create-if-missing' to true.";
		}
		if (cause instanceof StreamUnauthorizedException) {
			return "Check 'streamdb.headers.authorization', or define a DurableStreamBuilderCustomizer bean that adds"
					+ " the credentials.";
		}
		if (cause instanceof StreamConnectionException || cause instanceof StreamTimeoutException) {
			return isOwnServer(failure) ? ownServerAction() : unreachableAction();
		}
		return "Check that 'streamdb.url' is the URL of a Durable Stream of JSON change events.";
	}

	private static String unreachableAction() {
		return "Check that the server runs and that host and port of 'streamdb.url' are right. If the application is"
				+ " to start without the server, set 'streamdb.startup.mode' to background or lazy.";
	}

	private static String ownServerAction() {
		return "'streamdb.url' names this application's own web server, which accepts no connections before the state"
				+ " is loaded. Remove 'streamdb.url' and add io.streamdb:streamdb-server: the database then uses the"
				+ " embedded server directly.";
	}

	private boolean isOwnServer(StreamDbStartupException failure) {
		URI url = failure.getUrl();
		String host = url.getHost();
		if (this.environment == null || !failure.isBesideWebServer() || host == null || !LOCAL_HOSTS.contains(host)) {
			return false;
		}
		int port = (url.getPort() != -1) ? url.getPort() : ("https".equals(url.getScheme()) ? 443 : 80);
		return port == this.environment.getProperty("server.port", Integer.class, 8080);
	}

}
