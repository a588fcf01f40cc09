package io.streamdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.streamdb.client.AppendOptions;
import io.streamdb.client.BatchEnd;
import io.streamdb.client.BatchHandler;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.ReadOptions;
import io.streamdb.client.StreamReader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The project's client on the server in the same process.
 */
class InProcessTransportTests {

	private final DurableStreamServer server = DurableStreamServer.builder().build();

	private final DurableStream stream = DurableStream.builder(this.server.url("main"))
		.transport(this.server.transport())
		.build();

	@AfterEach
	void closeServer() {
		this.server.close();
	}

	@Test
	void clientCreatesAppendsAndReadsItsWrites() throws Exception {
		assertThat(this.stream.create(CreateOptions.json()).get().created()).isTrue();
		String offset = append("[{\"n\":1},{\"n\":2}]");
		Received received = read(LiveMode.OFF);
		received.completion.get(10, TimeUnit.SECONDS);
		assertThat(received.bodies).containsExactly("[{\"n\":1},{\"n\":2}]");
		assertThat(received.ends).last().isEqualTo(new BatchEnd(offset, true, false, null));
	}

	@Test
	void liveReaderSeesWhatIsAppendedAndEndsWhenTheStreamIsClosed() throws Exception {
		for (LiveMode mode : new LiveMode[] { LiveMode.AUTO, LiveMode.SSE, LiveMode.LONG_POLL }) {
			this.stream.create(CreateOptions.json()).get();
			Received received = read(mode);
			await().until(() -> !received.ends.isEmpty());
			append("1");
			await().until(() -> received.text().contains("1"));
			append("2");
			await().until(() -> received.text().contains("2"));
			this.stream.closeStream().get();
			received.completion.get(10, TimeUnit.SECONDS);
			assertThat(received.ends).last().matches(BatchEnd::closed);
			this.stream.delete().get();
		}
	}

	@Test
	void closingTheServerEndsItsReaders() throws Exception {
		this.stream.create(CreateOptions.json()).get();
		Received received = read(LiveMode.SSE);
		await().until(() -> !received.ends.isEmpty() && this.server.liveReaders() == 1);
		this.server.close();
		await().until(() -> received.failures > 0);
		received.reader.close();
		assertThat(this.server.liveReaders()).isZero();
	}

	private String append(String body) throws Exception {
		return this.stream.append(AppendOptions.of(body.getBytes(StandardCharsets.UTF_8))).get().offset();
	}

	private Received read(LiveMode mode) {
		Received received = new Received();
		received.reader = this.stream.read(new ReadOptions(ReadOptions.START, mode), received);
		received.completion = received.reader.completion();
		return received;
	}

	private static final class Received implements BatchHandler {

		final List<String> bodies = Collections.synchronizedList(new ArrayList<>());

		final List<BatchEnd> ends = Collections.synchronizedList(new ArrayList<>());

		volatile int failures;

		StreamReader reader;

		CompletableFuture<Void> completion;

		@Override
		public void data(InputStream body) throws IOException {
			this.bodies.add(new String(body.readAllBytes(), StandardCharsets.UTF_8));
		}

		@Override
		public void end(BatchEnd end) {
			this.ends.add(end);
		}

		@Override
		public void retrying(Throwable cause, int attempt) {
			this.failures = attempt;
		}

		String text() {
			return String.join("", this.bodies);
		}

	}

}
