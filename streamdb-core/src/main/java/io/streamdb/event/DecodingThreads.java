package io.streamdb.event;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * The threads that help to decode long bodies. Part of the engine.
 */
public interface DecodingThreads {

	/**
	 * Returns how many threads decode at most, the one that reads the body included.
	 * @return the number; 1 decodes on the calling thread only
	 */
	int parallelism();

	/**
	 * Returns how long the parts are that one thread decodes at a time.
	 * @return the length in bytes, roughly
	 */
	int partBytes();

	/**
	 * Runs a task on another thread, now or later or never: what no other thread has
	 * begun when it is needed, the calling thread does itself. Called for every part of a
	 * body, so it does nothing while enough tasks run or wait for a thread, also those of
	 * earlier bodies.
	 * @param task the task, which ends when there is nothing left to decode
	 * @throws RejectedExecutionException when it will never run
	 */
	void execute(Runnable task);

	/**
	 * Waits for what another thread has begun.
	 * @param part completes with it
	 * @throws ExecutionException when it has failed
	 * @throws InterruptedException when the calling thread was interrupted
	 */
	void await(Future<?> part) throws ExecutionException, InterruptedException;

}
