package io.streamdb.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Time that passes only in pauses, and at once.
 */
public final class RecordingPause implements Pause {

	final List<Duration> delays = new CopyOnWriteArrayList<>();

	private final AtomicLong nanos = new AtomicLong();

	@Override
	public void await(Duration delay, Future<?> stopped) throws InterruptedException {
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
		this.delays.add(delay);
		this.nanos.addAndGet(delay.toNanos());
	}

	long nanoTime() {
		return this.nanos.get();
	}

	void advance(Duration duration) {
		this.nanos.addAndGet(duration.toNanos());
	}

	public DurableStreamBuilder on(DurableStreamBuilder builder) {
		return builder.pause(this).nanoTime(this::nanoTime);
	}

}
