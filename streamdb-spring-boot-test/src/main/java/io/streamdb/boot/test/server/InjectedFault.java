package io.streamdb.boot.test.server;

/**
 * A fault that some server has, or had until it was over. Safe for use by many threads.
 */
public final class InjectedFault {

	private final FaultInjector injector;

	private final Fault fault;

	private volatile int hits;

	InjectedFault(FaultInjector injector, Fault fault) {
		this.injector = injector;
		this.fault = fault;
	}

	/**
	 * Returns how many requests have met it.
	 * @return how many
	 */
	public int hits() {
		return this.hits;
	}

	/**
	 * Lets no further request meet it. Does nothing when it is over.
	 */
	public void remove() {
		this.injector.remove(this);
	}

	Fault fault() {
		return this.fault;
	}

	/** Called by one thread at a time. */
	void hit() {
		this.hits = this.hits + 1;
	}

	boolean isOver() {
		return this.hits >= this.fault.times();
	}

	@Override
	public String toString() {
		return this.fault + ", met " + this.hits;
	}

}
