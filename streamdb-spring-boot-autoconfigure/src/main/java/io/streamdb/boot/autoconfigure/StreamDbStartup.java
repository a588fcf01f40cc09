package io.streamdb.boot.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.streamdb.StreamDb;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;

/**
 * Starts a database as {@link StartupMode} says.
 */
final class StreamDbStartup {

	private static final boolean WEB_SERVERS_PRESENT = ClassUtils.isPresent(
			"org.springframework.boot.web.server.context.WebServerApplicationContext",
			StreamDbStartup.class.getClassLoader());

	private StreamDbStartup() {
	}

	static StreamDb start(StreamDb streamDb, StreamDbProperties.Startup startup, ApplicationContext context) {
		return switch (startup.mode()) {
			case WAIT -> preloaded(streamDb, startup.timeout(), context);
			case BACKGROUND -> preloading(streamDb);
			case LAZY -> new LazyStreamDb(streamDb);
		};
	}

	private static StreamDb preloading(StreamDb streamDb) {
		new BackgroundPreload(streamDb,
				(delay) -> CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS))
			.start();
		return streamDb;
	}

	private static StreamDb preloaded(StreamDb streamDb, Duration timeout, ApplicationContext context) {
		boolean loaded = false;
		try {
			preload(streamDb, timeout, hasWebServer(context));
			loaded = true;
			return streamDb;
		}
		finally {
			if (!loaded) {
				streamDb.close();
			}
		}
	}

	private static void preload(StreamDb streamDb, Duration timeout, boolean besideWebServer) {
		URI url = streamDb.stream().url();
		try {
			streamDb.preload().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException ex) {
			throw new StreamDbStartupException(url, "The state of %s could not be loaded".formatted(url), ex.getCause(),
					besideWebServer);
		}
		catch (TimeoutException ex) {
			Throwable cause = streamDb.status().cause();
			throw new StreamDbStartupException(url,
					"The state of %s was not loaded within 'streamdb.startup.timeout' of %s".formatted(url,
							DurationStyle.SIMPLE.print(timeout)),
					(cause != null) ? cause : ex, besideWebServer);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new StreamDbStartupException(url, "Interrupted while the state of %s was loaded".formatted(url), ex,
					besideWebServer);
		}
	}

	private static boolean hasWebServer(ApplicationContext context) {
		return WEB_SERVERS_PRESENT && context instanceof WebServerApplicationContext;
	}

}
