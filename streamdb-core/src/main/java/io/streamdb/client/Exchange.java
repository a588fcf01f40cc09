package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;

import org.jspecify.annotations.Nullable;

/**
 * A response in progress.
 */
final class Exchange implements AutoCloseable {

	private static final int MAX_DRAIN = 4096;

	private final TransportResponse response;

	private final ResponseBody body;

	private final StopSignal stop;

	Exchange(TransportResponse response, ResponseBody body, StopSignal stop) {
		this.response = response;
		this.body = body;
		this.stop = stop;
	}

	int status() {
		return this.response.status();
	}

	@Nullable String header(String name) {
		return this.response.header(name);
	}

	boolean flag(String name) {
		return "true".equalsIgnoreCase(header(name));
	}

	InputStream body() {
		return this.body;
	}

	/**
	 * Reads what is left of a body that is of no interest, so that the connection can be
	 * used again.
	 */
	void drain() {
		try {
			this.body.readNBytes(MAX_DRAIN);
		}
		catch (IOException ex) {
			// The head said everything; closing the exchange gives the connection up.
		}
	}

	@Override
	public void close() {
		this.stop.onStop(null);
		this.body.close();
	}

}
