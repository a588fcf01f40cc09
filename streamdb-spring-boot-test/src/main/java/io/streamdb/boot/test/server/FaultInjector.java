package io.streamdb.boot.test.server;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * The faults that a {@link TestStreamServer} has. A request meets at most one of them:
 * the one that was injected first of those that concern it. Safe for use by many threads.
 */
public final class FaultInjector {

	private final ReentrantLock lock = new ReentrantLock();

	private final List<InjectedFault> faults = new ArrayList<>();

	private final Random random;

	FaultInjector(long seed) {
		this.random = new Random(seed);
	}

	/**
	 * Adds a fault, for requests that begin from now on.
	 * @param fault what goes wrong
	 * @return tells how often it did, and ends it
	 * @throws IllegalArgumentException when nothing would
	 */
	public InjectedFault inject(Fault fault) {
		InjectedFault injected = accept(fault);
		this.lock.lock();
		try {
			this.faults.add(injected);
		}
		finally {
			this.lock.unlock();
		}
		return injected;
	}

	/**
	 * Adds a fault in place of all others of its path, as the reference does.
	 */
	void replace(Fault fault) {
		InjectedFault injected = accept(fault);
		this.lock.lock();
		try {
			this.faults.removeIf((other) -> fault.path() != null && fault.path().equals(other.fault().path()));
			this.faults.add(injected);
		}
		finally {
			this.lock.unlock();
		}
	}

	private InjectedFault accept(Fault fault) {
		if (fault.doesNothing()) {
			throw new IllegalArgumentException(
					"The fault does nothing: give it a delay, a status, a dropped connection "
							+ "or response, a truncated, cut or corrupted body, or an event");
		}
		return new InjectedFault(this, fault);
	}

	/**
	 * Ends all faults. Requests that have met one still have it.
	 */
	public void clear() {
		this.lock.lock();
		try {
			this.faults.clear();
		}
		finally {
			this.lock.unlock();
		}
	}

	void remove(InjectedFault fault) {
		this.lock.lock();
		try {
			this.faults.remove(fault);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the fault that a request meets, and counts it.
	 */
	@Nullable Fault meet(String path, String method) {
		this.lock.lock();
		try {
			for (Iterator<InjectedFault> each = this.faults.iterator(); each.hasNext();) {
				InjectedFault injected = each.next();
				Fault fault = injected.fault();
				if (fault.concerns(path, method)
						&& (fault.probability() == 1 || this.random.nextDouble() < fault.probability())) {
					injected.hit();
					if (injected.isOver()) {
						each.remove();
					}
					return fault;
				}
			}
			return null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns a number from 0 to 1. */
	double chance() {
		return this.random.nextDouble();
	}

	long nextSeed() {
		return this.random.nextLong();
	}

}
