package io.streamdb.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A scheduler whose time stands still until it is told to move. Runs tasks on the thread
 * that moves it.
 */
final class ManualScheduler extends ScheduledThreadPoolExecutor {

	private final List<Task> tasks = new ArrayList<>();

	private long now;

	ManualScheduler() {
		super(1);
	}

	@Override
	public synchronized ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
		Task task = new Task(command, this.now + unit.toNanos(delay));
		this.tasks.add(task);
		return task;
	}

	/** Returns how many tasks are still to be run. */
	synchronized int pending() {
		this.tasks.removeIf(Task::isDone);
		return this.tasks.size();
	}

	void elapse(Duration duration) {
		long until = now() + duration.toNanos();
		for (Task task = next(until); task != null; task = next(until)) {
			task.run();
		}
	}

	private synchronized long now() {
		return this.now;
	}

	private synchronized Task next(long until) {
		this.tasks.removeIf(Task::isDone);
		Task next = this.tasks.stream()
			.filter((task) -> task.due <= until)
			.min(Comparator.comparingLong((task) -> task.due))
			.orElse(null);
		this.now = (next != null) ? next.due : until;
		return next;
	}

	private final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {

		private final long due;

		Task(Runnable command, long due) {
			super(command, null);
			this.due = due;
		}

		@Override
		public long getDelay(TimeUnit unit) {
			return unit.convert(this.due - now(), TimeUnit.NANOSECONDS);
		}

		@Override
		public int compareTo(Delayed other) {
			return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
		}

	}

}
