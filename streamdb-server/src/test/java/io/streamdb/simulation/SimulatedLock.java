package io.streamdb.simulation;

import java.util.ArrayDeque;
import java.util.Date;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * A lock whose waiters wait in the simulation. Taking and releasing it are places where a
 * strand may be preempted.
 */
final class SimulatedLock extends ReentrantLock {

	private static final long serialVersionUID = 1;

	private final transient Simulator simulator;

	private final transient Runnable released;

	private transient @Nullable Strand owner;

	private int holds;

	/**
	 * Creates a free lock.
	 * @param simulator the simulator
	 * @param released called when the lock is free again, before anybody else can run
	 */
	SimulatedLock(Simulator simulator, Runnable released) {
		this.simulator = simulator;
		this.released = released;
	}

	@Override
	public void lock() {
		Strand self = self();
		if (this.owner != self) {
			this.simulator.mayPreempt();
			if (this.owner != null) {
				this.simulator.awaitUninterruptibly(() -> this.owner == null);
			}
			this.owner = self;
		}
		this.holds++;
	}

	private Strand self() {
		if (this.simulator.isInEvent()) {
			throw new IllegalStateException("An event takes a lock of the client or the engine");
		}
		return this.simulator.current();
	}

	@Override
	public void lockInterruptibly() throws InterruptedException {
		self().throwIfInterrupted();
		lock();
	}

	@Override
	public boolean tryLock() {
		Strand self = self();
		if (this.owner != null && this.owner != self) {
			return false;
		}
		this.owner = self;
		this.holds++;
		return true;
	}

	@Override
	public boolean tryLock(long timeout, TimeUnit unit) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void unlock() {
		if (this.owner != self()) {
			throw new IllegalMonitorStateException();
		}
		this.holds--;
		if (this.holds == 0) {
			this.released.run();
			this.owner = null;
			this.simulator.mayPreempt();
		}
	}

	@Override
	public Condition newCondition() {
		return new SimulatedCondition();
	}

	@Override
	public int getHoldCount() {
		return isHeldByCurrentThread() ? this.holds : 0;
	}

	@Override
	public boolean isHeldByCurrentThread() {
		return this.owner != null && this.owner == this.simulator.current();
	}

	@Override
	public boolean isLocked() {
		return this.owner != null;
	}

	private final class SimulatedCondition implements Condition {

		private final Deque<Wait> waits = new ArrayDeque<>();

		@Override
		public void await() throws InterruptedException {
			awaitUntil(Simulator.NEVER);
		}

		@Override
		public long awaitNanos(long nanos) throws InterruptedException {
			long deadline = SimulatedLock.this.simulator.nanos() + nanos;
			awaitUntil(deadline);
			return deadline - SimulatedLock.this.simulator.nanos();
		}

		@Override
		public boolean await(long time, TimeUnit unit) throws InterruptedException {
			return awaitNanos(unit.toNanos(time)) > 0;
		}

		private void awaitUntil(long deadline) throws InterruptedException {
			if (!isHeldByCurrentThread()) {
				throw new IllegalMonitorStateException();
			}
			Strand self = SimulatedLock.this.simulator.current();
			int held = SimulatedLock.this.holds;
			Wait wait = new Wait();
			this.waits.add(wait);
			SimulatedLock.this.holds = 0;
			SimulatedLock.this.released.run();
			SimulatedLock.this.owner = null;
			try {
				SimulatedLock.this.simulator.await(() -> wait.over, deadline);
			}
			finally {
				this.waits.remove(wait);
				if (SimulatedLock.this.owner != null) {
					SimulatedLock.this.simulator.awaitUninterruptibly(() -> SimulatedLock.this.owner == null);
				}
				SimulatedLock.this.owner = self;
				SimulatedLock.this.holds = held;
			}
		}

		@Override
		public void awaitUninterruptibly() {
			throw new UnsupportedOperationException();
		}

		@Override
		public boolean awaitUntil(Date deadline) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void signal() {
			Wait first = this.waits.poll();
			if (first != null) {
				first.over = true;
			}
		}

		@Override
		public void signalAll() {
			this.waits.forEach((wait) -> wait.over = true);
			this.waits.clear();
		}

	}

	private static final class Wait {

		private boolean over;

	}

}
