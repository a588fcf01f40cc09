package io.streamdb;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.streamdb.Notes.Note;
import io.streamdb.client.LiveMode;
import io.streamdb.client.TransportResponse;
import org.jspecify.annotations.Nullable;

/**
 * Loads one response of so many megabytes, whose bytes are made up as they are read: they
 * can only pass through.
 */
final class LargeLoad {

	static final int KEYS = 1000;

	private LargeLoad() {
	}

	public static void main(String[] arguments) throws Exception {
		long count = (Long.parseLong(arguments[0]) << 20) / Events.event(0).length;
		try (StreamDb db = Notes.on((request) -> CompletableFuture.completedFuture(new Response(count)))
			.live(LiveMode.OFF)
			.build()) {
			db.preload().get(9, TimeUnit.MINUTES);
			if (db.metrics().events() != count) {
				throw new IllegalStateException(db.metrics().events() + " events were read, and not " + count);
			}
			System.out.println("rows " + db.snapshot().collection(Note.class).count());
		}
	}

	/** An array of events that overwrite each other. */
	private static final class Events extends InputStream {

		private static final String TEXT = "x".repeat(900);

		private final long count;

		private byte[] event = {};

		private int position;

		private long next;

		Events(long count) {
			this.count = count;
		}

		static byte[] event(long number) {
			String text = String.format(Locale.ROOT, "%010d", number) + TEXT;
			String event = Notes.event("upsert", String.format(Locale.ROOT, "k%03d", number % KEYS), text, null);
			return (((number == 0) ? "[" : ",") + event).getBytes(StandardCharsets.UTF_8);
		}

		@Override
		public int read() {
			byte[] single = new byte[1];
			return (read(single, 0, 1) < 0) ? -1 : single[0];
		}

		@Override
		public int read(byte[] target, int offset, int length) {
			if (this.position == this.event.length) {
				if (this.next > this.count) {
					return -1;
				}
				this.event = (this.next == this.count) ? new byte[] { ']' } : event(this.next);
				this.next++;
				this.position = 0;
			}
			int part = Math.min(length, this.event.length - this.position);
			System.arraycopy(this.event, this.position, target, offset, part);
			this.position += part;
			return part;
		}

	}

	private static final class Response implements TransportResponse {

		private static final Map<String, String> HEADERS = Map.of("stream-next-offset", "1", "stream-up-to-date",
				"true", "content-type", "application/json");

		private final InputStream body;

		Response(long count) {
			this.body = new Events(count);
		}

		@Override
		public int status() {
			return 200;
		}

		@Override
		public @Nullable String header(String name) {
			return HEADERS.get(name.toLowerCase(Locale.ROOT));
		}

		@Override
		public InputStream body() {
			return this.body;
		}

		@Override
		public void close() {
			// Nothing to release.
		}

	}

}
