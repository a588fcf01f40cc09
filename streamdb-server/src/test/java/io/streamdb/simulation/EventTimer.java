package io.streamdb.simulation;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A timer of the server, whose tasks are events.
 */
final class EventTimer extends AbstractExecutorService implements ScheduledExecutorService {

	private final Simulator simulator;

	EventTimer(Simulator simulator) {
		this.simulator = simulator;
	}

	@Override
	public void execute(Runnable task) {
		this.simulator.after(0, task);
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
		return new Task(command, this.simulator, unit.toNanos(delay));
	}

	@Override
	public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
		throw new UnsupportedOperationException();
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initial, long period, TimeUnit unit) {
		throw new UnsupportedOperationException();
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initial, long delay, TimeUnit unit) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void shutdown() {
		throw new UnsupportedOperationException();
	}

	@Override
	public List<Runnable> shutdownNow() {
		throw new UnsupportedOperationException();
	}

	@Override
	public boolean isShutdown() {
		return false;
	}

	@Override
	public boolean isTerminated() {
		return false;
	}

	@Override
	public boolean awaitTermination(long timeout, TimeUnit unit) {
		throw new UnsupportedOperationException();
	}

	private static final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {

		private final Simulator.Timer timer;

		Task(Runnable command, Simulator simulator, long delay) {
			super(command, null);
			this.timer = simulator.after(delay, this);
		}

		@Override
		public boolean cancel(boolean mayInterrupt) {
			this.timer.cancel();
			return super.cancel(false);
		}

		@Override
		public long getDelay(TimeUnit unit) {
			throw new UnsupportedOperationException();
		}

		@Override
		public int compareTo(Delayed other) {
			throw new UnsupportedOperationException();
		}

	}

}
