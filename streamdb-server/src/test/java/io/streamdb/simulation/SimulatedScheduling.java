package io.streamdb.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

import io.streamdb.client.Scheduling;
import org.jspecify.annotations.Nullable;

/**
 * The threads and the time of one database of the simulated system.
 */
final class SimulatedScheduling implements Scheduling {

	private static final String COMMIT_LOCK = "io.streamdb.transaction.CommitLock";

	private final Simulator simulator;

	private final String name;

	private final List<SimulatedPool> pools = new ArrayList<>();

	private Runnable published = () -> {
	};

	SimulatedScheduling(Simulator simulator, String name) {
		this.simulator = simulator;
		this.name = name;
	}

	/**
	 * Sets what looks at the database.
	 * @param look called whenever the commit lock was released, before anybody else can
	 * run
	 */
	void onPublished(Runnable look) {
		this.published = look;
	}

	/**
	 * Returns what still runs in the pools of this database.
	 */
	List<Strand> strands() {
		List<Strand> strands = new ArrayList<>();
		this.pools.forEach((pool) -> strands.addAll(pool.strands()));
		return strands;
	}

	@Override
	public long nanoTime() {
		return this.simulator.nanos();
	}

	@Override
	public ReentrantLock newLock() {
		Class<?> caller = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).getCallerClass();
		boolean commitLock = caller.getName().equals(COMMIT_LOCK);
		return new SimulatedLock(this.simulator, commitLock ? this::look : () -> {
		});
	}

	private void look() {
		try {
			this.published.run();
		}
		catch (Throwable ex) {
			this.simulator.fail(ex);
		}
	}

	@Override
	public <T extends @Nullable Object> T await(Future<T> future) throws ExecutionException, InterruptedException {
		this.simulator.await(future::isDone, Simulator.NEVER);
		return future.get();
	}

	@Override
	public <T extends @Nullable Object> T await(Future<T> future, Duration limit)
			throws ExecutionException, InterruptedException, TimeoutException {
		if (!this.simulator.await(future::isDone, this.simulator.nanos() + limit.toNanos())) {
			throw new TimeoutException();
		}
		return future.get();
	}

	@Override
	public void sleep(Duration time) throws InterruptedException {
		this.simulator.await(() -> false, this.simulator.nanos() + time.toNanos());
	}

	@Override
	public void completeLater(CompletableFuture<@Nullable Void> future, Duration delay) {
		this.simulator.after(delay.toNanos(), () -> {
			if (!future.isDone()) {
				this.simulator.start(this.name + "-delay", () -> future.complete(null));
			}
		});
	}

	@Override
	public ExecutorService newPool(String does) {
		SimulatedPool pool = new SimulatedPool(this.simulator, this.name + "-" + does);
		this.pools.add(pool);
		return pool;
	}

	@Override
	public ScheduledExecutorService newTimer(String does) {
		SimulatedTimer timer = new SimulatedTimer(this.simulator, this.name + "-" + does);
		this.pools.add(timer);
		return timer;
	}

}
