package io.streamdb.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A pool that starts a strand for every task.
 */
class SimulatedPool extends AbstractExecutorService {

	private final Simulator simulator;

	private final String name;

	private final List<Strand> strands = new ArrayList<>();

	private boolean shutDown;

	SimulatedPool(Simulator simulator, String name) {
		this.simulator = simulator;
		this.name = name;
	}

	Simulator simulator() {
		return this.simulator;
	}

	List<Strand> strands() {
		return this.strands;
	}

	@Override
	public void execute(Runnable task) {
		if (this.shutDown) {
			throw new RejectedExecutionException("The pool " + this.name + " is shut down");
		}
		start(task);
		this.simulator.mayPreempt();
	}

	void start(Runnable task) {
		this.strands.add(this.simulator.start(this.name, () -> {
			try {
				task.run();
			}
			finally {
				this.simulator.current().clearInterrupt();
				this.strands.remove(this.simulator.current());
			}
		}));
	}

	@Override
	public void shutdown() {
		this.shutDown = true;
	}

	@Override
	public List<Runnable> shutdownNow() {
		this.shutDown = true;
		this.strands.forEach(Strand::interrupt);
		return List.of();
	}

	@Override
	public boolean isShutdown() {
		return this.shutDown;
	}

	@Override
	public boolean isTerminated() {
		return this.shutDown && this.strands.isEmpty();
	}

	@Override
	public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
		return this.simulator.await(this::isTerminated, this.simulator.nanos() + unit.toNanos(timeout));
	}

}
