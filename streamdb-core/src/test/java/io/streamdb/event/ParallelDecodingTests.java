package io.streamdb.event;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the hold that decoding has on what it decodes; that it decodes the same as
 * one thread does is shown where whole bodies are compared.
 */
@Timeout(60)
class ParallelDecodingTests {

	private final List<Runnable> tasks = new ArrayList<>();

	@Test
	void aTaskThatComesWhenTheBodyIsDecodedHoldsNothingOfIt() throws IOException {
		AtomicInteger items = new AtomicInteger();
		WeakReference<EventHandler> handler = decode(items);
		assertThat(items).hasValue(5);
		assertThat(this.tasks).isNotEmpty();
		await().until(() -> {
			System.gc();
			return handler.get() == null;
		});
		this.tasks.forEach(Runnable::run);
		assertThat(items).hasValue(5);
	}

	private WeakReference<EventHandler> decode(AtomicInteger items) throws IOException {
		EventHandler handler = new Counting(items);
		new ParallelDecoding(new ByteArrayInputStream("[{},{},{},{},{}]".getBytes(StandardCharsets.UTF_8)),
				new ParallelDecoding.PartDecoder() {

					@Override
					public void decode(BodyPart part, EventHandler told) {
						for (int i = 0; i < part.items(); i++) {
							told.ignored();
						}
					}

					@Override
					public void decodeRest(InputStream rest, BodyPart.Start start, EventHandler told)
							throws IOException {
						new String(rest.readAllBytes(), StandardCharsets.UTF_8).chars()
							.filter((character) -> character == '{')
							.forEach((character) -> told.ignored());
					}

				}, handler, new Blocked(this.tasks))
			.run();
		return new WeakReference<>(handler);
	}

	private static final class Counting implements EventHandler {

		private final AtomicInteger items;

		Counting(AtomicInteger items) {
			this.items = items;
		}

		@Override
		public void change(ChangeEvent<?> event) {
			throw new AssertionError(event);
		}

		@Override
		public void control(ControlEvent event) {
			throw new AssertionError(event);
		}

		@Override
		public void invalid(InvalidEvent event) {
			throw new AssertionError(event);
		}

		@Override
		public void unknownType(String type, String txid) {
			throw new AssertionError(type);
		}

		@Override
		public void ignored() {
			this.items.incrementAndGet();
		}

	}

	/** Threads that do not come in time. */
	private record Blocked(List<Runnable> tasks) implements DecodingThreads {

		@Override
		public int parallelism() {
			return 3;
		}

		@Override
		public int partBytes() {
			return 3;
		}

		@Override
		public void execute(Runnable task) {
			this.tasks.add(task);
		}

		@Override
		public void await(Future<?> part) throws ExecutionException, InterruptedException {
			part.get();
		}

	}

}
