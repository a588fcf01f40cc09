package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;

import org.jspecify.annotations.Nullable;

/**
 * A response in progress.
 */
final class Exchange implements AutoCloseable {

	private static final int MAX_DRAIN = 4096;

	private static final int PIECE = 256;

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
			byte[] piece = new byte[PIECE];
			int left = MAX_DRAIN;
			for (int count = 0; count >= 0 && left > 0; left -= count) {
				count = this.body.read(piece, 0, Math.min(PIECE, left));
			}
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
