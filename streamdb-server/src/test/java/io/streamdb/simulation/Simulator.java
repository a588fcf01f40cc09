package io.streamdb.simulation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Decides which thread runs when, and what time it is. Every task of the simulated system
 * is a {@link Strand} with a thread of its own, and only one of them runs at any moment:
 * where it would wait, or might be preempted, it hands over to another one that a seeded
 * generator picks. When nobody can run, time passes until the next one can. So a seed
 * gives the same history each time, on every runtime.
 * <p>
 * Everything in here is used by the strand that runs, except for {@link #run}.
 */
final class Simulator {

	static final long NEVER = Long.MAX_VALUE;

	private static final Instant EPOCH = Instant.parse("2026-11-23T10:00:00Z");

	private static final long MAX_STEPS = 400_000;

	private static final Duration STUCK = Duration.ofSeconds(15);

	private final Random random;

	private final Trace trace = new Trace(this::nanos);

	private final List<Strand> strands = new ArrayList<>();

	private final PriorityQueue<Timer> timers = new PriorityQueue<>(
			Comparator.comparingLong(Timer::due).thenComparingLong(Timer::number));

	private final List<Strand> runnable = new ArrayList<>();

	private final CountDownLatch finished = new CountDownLatch(1);

	private final int preemptions;

	private final int stalls;

	private long now;

	private volatile long steps;

	private int lastStrand;

	private long lastTimer;

	private boolean inEvent;

	private volatile @Nullable Strand running;

	private volatile @Nullable Throwable failure;

	/**
	 * Creates a simulator.
	 * @param random picks who runs
	 * @param preemptions of 1000 possible preemptions, how many happen
	 * @param stalls of 10 000 steps, in how many a strand is stopped for a while
	 */
	Simulator(Random random, int preemptions, int stalls) {
		this.random = random;
		this.preemptions = preemptions;
		this.stalls = stalls;
	}

	/**
	 * Runs a system to its end, which is that of its first strand.
	 * @param main the first strand
	 * @throws Throwable what failed first
	 */
	void run(Runnable main) throws Throwable {
		Strand first = newStrand("main", main);
		this.running = first;
		first.begin();
		long seen = -1;
		while (!this.finished.await(STUCK.toMillis(), TimeUnit.MILLISECONDS)) {
			if (this.steps == seen) {
				StringBuilder stacks = new StringBuilder("A strand waits where the simulator does not know of it:");
				for (Strand strand : List.copyOf(this.strands)) {
					stacks.append("\n").append(strand);
					for (StackTraceElement element : strand.stack()) {
						stacks.append("\n\tat ").append(element);
					}
				}
				throw new AssertionError(stacks.toString());
			}
			seen = this.steps;
		}
		Throwable thrown = this.failure;
		if (thrown != null) {
			throw thrown;
		}
	}

	Trace trace() {
		return this.trace;
	}

	long nanos() {
		return this.now;
	}

	long steps() {
		return this.steps;
	}

	Clock clock() {
		return new Clock() {

			@Override
			public Instant instant() {
				return EPOCH.plusNanos(Simulator.this.now);
			}

			@Override
			public ZoneId getZone() {
				return ZoneOffset.UTC;
			}

			@Override
			public Clock withZone(ZoneId zone) {
				throw new UnsupportedOperationException("The simulated clock is in UTC");
			}

		};
	}

	/**
	 * Starts a strand.
	 * @param name what it does
	 * @param task its work; what it throws fails the simulation
	 * @return the strand
	 */
	Strand start(String name, Runnable task) {
		return newStrand(name, task);
	}

	private Strand newStrand(String name, Runnable task) {
		Strand strand = new Strand(this, ++this.lastStrand, name, task);
		this.strands.add(strand);
		return strand;
	}

	/**
	 * Does something later, on whatever thread; it must neither wait nor run code of the
	 * client or the engine.
	 * @param delay how many nanoseconds later
	 * @param event what to do
	 * @return can be cancelled
	 */
	Timer after(long delay, Runnable event) {
		Timer timer = new Timer(this.now + Math.max(0, delay), ++this.lastTimer, event);
		this.timers.add(timer);
		return timer;
	}

	/**
	 * Returns the strand that runs.
	 */
	Strand current() {
		Strand current = this.running;
		if (current == null || current.thread() != Thread.currentThread()) {
			throw new IllegalStateException("Thread " + Thread.currentThread().getName() + " is no part of it");
		}
		return current;
	}

	boolean isInEvent() {
		return this.inEvent;
	}

	/**
	 * A place where the strand may be preempted.
	 */
	void mayPreempt() {
		if (!this.inEvent && this.random.nextInt(1000) < this.preemptions) {
			yieldNow();
		}
	}

	void yieldNow() {
		handOver(current().ready());
	}

	/**
	 * Waits.
	 * @param condition until when; free of side effects
	 * @param deadline when to give up, in simulated nanoseconds
	 * @return whether the condition holds
	 * @throws InterruptedException when the strand was interrupted
	 */
	boolean await(BooleanSupplier condition, long deadline) throws InterruptedException {
		if (this.inEvent) {
			throw new IllegalStateException("An event waits");
		}
		Strand self = current();
		handOver(self.waiting(condition, deadline, true));
		self.throwIfInterrupted();
		return condition.getAsBoolean();
	}

	/**
	 * Waits without regard to interrupts.
	 */
	void awaitUninterruptibly(BooleanSupplier condition) {
		if (this.inEvent) {
			throw new IllegalStateException("An event waits");
		}
		handOver(current().waiting(condition, NEVER, false));
	}

	/**
	 * Fails the simulation. Does not return.
	 * @param thrown why
	 */
	void fail(Throwable thrown) {
		if (this.failure == null) {
			this.failure = thrown;
		}
		this.finished.countDown();
		Strand.stop();
	}

	/**
	 * Notes that a strand has ended.
	 * @param strand the strand
	 * @return who is next, or {@code null} when the simulation is over
	 */
	@Nullable Strand ended(Strand strand) {
		this.strands.remove(strand);
		if (strand.number() == 1) {
			this.finished.countDown();
			return null;
		}
		return choose();
	}

	List<Strand> strands() {
		return this.strands;
	}

	private void handOver(Strand self) {
		Strand next = choose();
		if (next != self) {
			resume(next);
			self.awaitTurn();
		}
	}

	boolean isTurnOf(Strand strand) {
		return this.running == strand;
	}

	void resume(Strand next) {
		this.running = next;
		next.begin();
	}

	private Strand choose() {
		try {
			while (true) {
				this.now += 500 + this.random.nextInt(10_000);
				this.inEvent = true;
				runTimers();
				Strand next = pick();
				if (next == null) {
					passTime();
				}
				this.inEvent = false;
				if (next != null) {
					return next;
				}
			}
		}
		catch (Throwable ex) {
			fail(ex);
			throw new IllegalStateException("The simulation has failed", ex);
		}
	}

	private void runTimers() {
		Timer timer = this.timers.peek();
		while (timer != null && timer.due() <= this.now) {
			this.timers.remove();
			timer.run();
			timer = this.timers.peek();
		}
	}

	private @Nullable Strand pick() {
		this.runnable.clear();
		for (Strand strand : this.strands) {
			if (strand.isRunnable(this.now)) {
				this.runnable.add(strand);
			}
		}
		while (!this.runnable.isEmpty()) {
			Strand picked = this.runnable.remove(this.random.nextInt(this.runnable.size()));
			if (this.random.nextInt(10_000) < this.stalls) {
				picked.stall(this.now + 1 + (long) (Math.pow(this.random.nextDouble(), 4) * 3_000_000_000L));
				continue;
			}
			this.steps++;
			if (this.steps > MAX_STEPS) {
				throw new AssertionError("After " + MAX_STEPS + " steps there is no end; " + this.strands);
			}
			this.trace.step(picked.number());
			return picked;
		}
		return null;
	}

	private void passTime() {
		long next = NEVER;
		for (Strand strand : this.strands) {
			next = Math.min(next, strand.wakesAt(this.now));
		}
		Timer timer = this.timers.peek();
		if (timer != null) {
			next = Math.min(next, timer.due());
		}
		if (next == NEVER) {
			throw new AssertionError("Everybody waits for ever: " + this.strands);
		}
		this.now = Math.max(this.now, next);
	}

	/**
	 * Something to do at its time.
	 */
	static final class Timer {

		private final long due;

		private final long number;

		private @Nullable Runnable event;

		Timer(long due, long number, Runnable event) {
			this.due = due;
			this.number = number;
			this.event = event;
		}

		long due() {
			return this.due;
		}

		long number() {
			return this.number;
		}

		private void run() {
			Runnable current = this.event;
			if (current != null) {
				current.run();
			}
		}

		void cancel() {
			this.event = null;
		}

	}

}
