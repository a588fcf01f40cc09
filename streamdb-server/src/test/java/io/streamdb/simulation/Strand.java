package io.streamdb.simulation;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * A task of the simulated system, which keeps a thread from its begin to its end, and is
 * the only one to run or waits for its turn.
 */
final class Strand {

	private static final ConcurrentLinkedDeque<StrandThread> idle = new ConcurrentLinkedDeque<>();

	private static final BooleanSupplier ALWAYS = () -> true;

	private final Simulator simulator;

	private final int number;

	private final String name;

	private final Runnable task;

	private @Nullable StrandThread thread;

	private BooleanSupplier condition = ALWAYS;

	private long deadline = Simulator.NEVER;

	private long stalledUntil;

	private boolean interruptible;

	private boolean interrupted;

	/** The transaction that is being committed. */
	@Nullable Tx committing;

	/** The transaction whose mutations are being told to its {@code mutate}. */
	@Nullable Tx handingOut;

	Strand(Simulator simulator, int number, String name, Runnable task) {
		this.simulator = simulator;
		this.number = number;
		this.name = name;
		this.task = task;
	}

	int number() {
		return this.number;
	}

	@Nullable Thread thread() {
		return this.thread;
	}

	StackTraceElement[] stack() {
		StrandThread current = this.thread;
		return (current != null) ? current.getStackTrace() : new StackTraceElement[0];
	}

	Strand ready() {
		this.condition = ALWAYS;
		this.deadline = Simulator.NEVER;
		return this;
	}

	Strand waiting(BooleanSupplier until, long limit, boolean canBeInterrupted) {
		this.condition = until;
		this.deadline = limit;
		this.interruptible = canBeInterrupted;
		return this;
	}

	void stall(long until) {
		this.stalledUntil = until;
	}

	boolean isRunnable(long now) {
		return this.stalledUntil <= now && canGoOn(now);
	}

	private boolean canGoOn(long now) {
		return this.deadline <= now || (this.interruptible && this.interrupted) || this.condition.getAsBoolean();
	}

	/**
	 * Returns when it can run if nobody does anything.
	 */
	long wakesAt(long now) {
		if (this.stalledUntil > now) {
			return canGoOn(this.stalledUntil) ? this.stalledUntil : Math.max(this.stalledUntil, this.deadline);
		}
		return this.deadline;
	}

	void interrupt() {
		this.interrupted = true;
	}

	boolean isInterrupted() {
		return this.interrupted;
	}

	void throwIfInterrupted() throws InterruptedException {
		if (this.interrupted) {
			this.interrupted = false;
			throw new InterruptedException("simulated");
		}
	}

	void clearInterrupt() {
		this.interrupted = false;
	}

	/**
	 * Lets it run, now that it is its turn.
	 */
	void begin() {
		StrandThread current = this.thread;
		if (current == null) {
			current = idle.poll();
			boolean fresh = current == null;
			if (current == null) {
				current = new StrandThread();
			}
			this.thread = current;
			current.strand = this;
			if (fresh) {
				current.start();
				return;
			}
		}
		LockSupport.unpark(current);
	}

	/**
	 * Waits until it is its turn again.
	 */
	void awaitTurn() {
		while (!this.simulator.isTurnOf(this)) {
			LockSupport.park(this);
		}
	}

	/**
	 * Stops the calling thread for good, as the simulation has failed.
	 */
	static void stop() {
		while (true) {
			LockSupport.park();
		}
	}

	private void run() {
		awaitTurn();
		try {
			this.task.run();
		}
		catch (Throwable ex) {
			this.simulator.fail(ex);
		}
	}

	@Override
	public String toString() {
		return this.name + "#" + this.number;
	}

	/**
	 * A thread that runs one strand after the other.
	 */
	private static final class StrandThread extends Thread {

		private volatile @Nullable Strand strand;

		StrandThread() {
			super("strand");
			setDaemon(true);
		}

		@Override
		public void run() {
			while (true) {
				Strand current = this.strand;
				if (current == null) {
					LockSupport.park(this);
					continue;
				}
				current.run();
				Strand next = current.simulator.ended(current);
				this.strand = null;
				idle.push(this);
				if (next != null) {
					current.simulator.resume(next);
				}
			}
		}

		@Override
		public void interrupt() {
			Strand current = this.strand;
			if (current != null) {
				current.interrupt();
			}
		}

		@Override
		public boolean isInterrupted() {
			Strand current = this.strand;
			return current != null && current.isInterrupted();
		}

		/**
		 * The same in each run: that of a real thread depends on how far it has come to
		 * where it waits.
		 */
		@Override
		public State getState() {
			Strand current = this.strand;
			return (current != null && current.simulator.isTurnOf(current)) ? State.RUNNABLE : State.WAITING;
		}

	}

}
