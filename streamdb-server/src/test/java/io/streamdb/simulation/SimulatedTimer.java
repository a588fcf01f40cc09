package io.streamdb.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A timer whose tasks run one after the other. When it is shut down, what is still to
 * come is dropped.
 */
final class SimulatedTimer extends SimulatedPool implements ScheduledExecutorService {

	private final Deque<Task> due = new ArrayDeque<>();

	private final Set<Task> pending = new LinkedHashSet<>();

	private boolean running;

	SimulatedTimer(Simulator simulator, String name) {
		super(simulator, name);
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
		if (isShutdown()) {
			throw new RejectedExecutionException("The timer is shut down");
		}
		Task task = new Task(command);
		this.pending.add(task);
		task.timer = simulator().after(unit.toNanos(delay), () -> due(task));
		return task;
	}

	private void due(Task task) {
		if (!this.pending.remove(task)) {
			return;
		}
		this.due.add(task);
		if (!this.running) {
			this.running = true;
			start(this::runAll);
		}
	}

	private void runAll() {
		Task next = this.due.poll();
		while (next != null) {
			next.run();
			next = this.due.poll();
		}
		this.running = false;
	}

	@Override
	public void shutdown() {
		super.shutdown();
		this.pending.forEach((task) -> task.timer.cancel());
		this.pending.clear();
	}

	@Override
	public List<Runnable> shutdownNow() {
		shutdown();
		this.due.clear();
		return super.shutdownNow();
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

	private final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {

		private Simulator.Timer timer;

		Task(Runnable command) {
			super(command, null);
		}

		@Override
		protected void setException(Throwable thrown) {
			simulator().fail(new AssertionError("A task of a timer failed", thrown));
		}

		@Override
		public boolean cancel(boolean mayInterrupt) {
			this.timer.cancel();
			SimulatedTimer.this.pending.remove(this);
			return super.cancel(false);
		}

		@Override
		public long getDelay(TimeUnit unit) {
			return unit.convert(this.timer.due() - simulator().nanos(), TimeUnit.NANOSECONDS);
		}

		@Override
		public int compareTo(Delayed other) {
			return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
		}

	}

}
