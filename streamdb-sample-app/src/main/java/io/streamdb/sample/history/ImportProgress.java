package io.streamdb.sample.history;

import java.util.concurrent.CompletionException;

import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.server.DurableStreamServer;

/**
 * Whether an import is under way, in a stream of its own next to the board's: it is open
 * from the begin of the import to its end, also over a crash.
 */
final class ImportProgress {

	private static final String STREAM = "history-import";

	private final DurableStream stream;

	ImportProgress(DurableStreamServer server) {
		this.stream = DurableStream.builder(server.url(STREAM)).transport(server.transport()).build();
	}

	void begin() {
		try {
			this.stream.delete().join();
		}
		catch (CompletionException ex) {
			if (!(ex.getCause() instanceof StreamNotFoundException)) {
				throw ex;
			}
		}
		this.stream.create(CreateOptions.json()).join();
	}

	boolean isUnderWay() {
		try {
			return !this.stream.head().join().closed();
		}
		catch (CompletionException ex) {
			if (ex.getCause() instanceof StreamNotFoundException) {
				return false;
			}
			throw ex;
		}
	}

	void end() {
		this.stream.closeStream().join();
	}

}
