package io.streamdb;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import io.streamdb.event.DecodingThreads;

/**
 * The threads that help the apply thread to decode a load. A batch that follows the
 * stream live is small, and is decoded by the apply thread alone. An executor whose
 * threads are all blocked is given as many tasks as may help at once, and no more,
 * however many bodies are decoded meanwhile.
 */
final class LoadThreads implements DecodingThreads {

	/**
	 * What one thread decodes at a time: long enough that handing it over costs nothing,
	 * and short enough that some are in memory even of a small heap.
	 */
	static final int PART_BYTES = 128 * 1024;

	private final EngineThreads threads;

	private final AccessGate gate;

	private final int parallelism;

	private final int partBytes;

	/** How many tasks run or wait for a thread. */
	private final AtomicInteger helpers = new AtomicInteger();

	/**
	 * Creates it without threads.
	 * @param threads runs the tasks
	 * @param gate knows who must not wait for the load
	 * @param parallelism how many threads decode, the apply thread included
	 * @param partBytes how much one of them decodes at a time, roughly
	 */
	LoadThreads(EngineThreads threads, AccessGate gate, int parallelism, int partBytes) {
		this.threads = threads;
		this.gate = gate;
		this.parallelism = parallelism;
		this.partBytes = partBytes;
	}

	@Override
	public int parallelism() {
		return this.parallelism;
	}

	@Override
	public int partBytes() {
		return this.partBytes;
	}

	@Override
	public void execute(Runnable task) {
		if (this.helpers.get() >= this.parallelism - 1) {
			return;
		}
		this.helpers.incrementAndGet();
		try {
			this.threads.run(() -> help(task));
		}
		catch (RejectedExecutionException ex) {
			this.helpers.decrementAndGet();
			throw ex;
		}
	}

	private void help(Runnable task) {
		try {
			this.gate.helpApplyThread(task);
		}
		finally {
			this.helpers.decrementAndGet();
		}
	}

	@Override
	public void await(Future<?> part) throws ExecutionException, InterruptedException {
		this.threads.scheduling().await(part);
	}

}
