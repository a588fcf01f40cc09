package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Writes down what a reader calls, and keeps what it has confirmed. Checks the order of
 * the calls while it is at it.
 */
class RecordingHandler implements BatchHandler {

	final List<String> calls = new CopyOnWriteArrayList<>();

	final List<String> committed = new CopyOnWriteArrayList<>();

	final BlockingQueue<BatchEnd> ends = new LinkedBlockingQueue<>();

	final List<Throwable> causes = new CopyOnWriteArrayList<>();

	private final List<String> pending = new ArrayList<>();

	private boolean open;

	@Override
	public void begin(String offset) {
		assertThat(this.open).as("a batch is open when another begins").isFalse();
		this.open = true;
		this.calls.add("begin " + offset);
	}

	@Override
	public void data(InputStream body) throws IOException {
		assertThat(this.open).as("a batch is open when data comes").isTrue();
		String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
		this.calls.add("data " + text);
		this.pending.add(text);
	}

	@Override
	public void end(BatchEnd end) {
		assertThat(this.open).as("a batch is open when it ends").isTrue();
		this.open = false;
		this.committed.addAll(this.pending);
		this.pending.clear();
		this.calls.add("end " + end.offset());
		this.ends.add(end);
	}

	@Override
	public void abort(Throwable cause) {
		assertThat(this.open).as("a batch is open when it is aborted").isTrue();
		this.open = false;
		this.pending.clear();
		this.calls.add("abort");
	}

	@Override
	public void retrying(Throwable cause, int attempt) {
		assertThat(this.open).as("a batch is open while retrying").isFalse();
		this.calls.add("retrying " + attempt);
		this.causes.add(cause);
	}

	@Override
	public void connected() {
		this.calls.add("connected");
	}

	/**
	 * Returns how many batches have begun.
	 */
	int begun() {
		return (int) this.calls.stream().filter((call) -> call.startsWith("begin")).count();
	}

	BatchEnd awaitEnd(String offset) throws InterruptedException {
		while (true) {
			BatchEnd end = this.ends.poll(10, TimeUnit.SECONDS);
			assertThat(end).as("the end of a batch at %s after %s", offset, this.calls).isNotNull();
			if (end.offset().equals(offset)) {
				return end;
			}
		}
	}

}
