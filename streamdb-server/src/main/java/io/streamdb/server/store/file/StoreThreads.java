package io.streamdb.server.store.file;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a file store works: one thread writes and forces the log, another one does what
 * nobody waits for.
 *
 * @param commit runs what writes the log, one task at a time
 * @param upkeep runs what keeps the files in order, one task at a time
 * @param stop waits for both to finish what they have begun
 */
record StoreThreads(Executor commit, Executor upkeep, Runnable stop) {

	private static final Logger logger = LoggerFactory.getLogger(StoreThreads.class);

	private static final long STOP_SECONDS = 60;

	static StoreThreads start() {
		ExecutorService commit = single("streamdb-store-commit");
		ExecutorService upkeep = single("streamdb-store-upkeep");
		return new StoreThreads(commit, upkeep, () -> {
			stop(commit);
			stop(upkeep);
		});
	}

	private static ExecutorService single(String name) {
		ThreadPoolExecutor executor = new ThreadPoolExecutor(1, 1, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
				(task) -> {
					Thread thread = new Thread(task, name);
					thread.setDaemon(true);
					return thread;
				});
		executor.allowCoreThreadTimeOut(true);
		return executor;
	}

	private static void stop(ExecutorService executor) {
		executor.shutdown();
		boolean interrupted = false;
		boolean terminated = false;
		while (!terminated) {
			try {
				terminated = executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
				if (!terminated) {
					logger.warn("The stream store waits for the disk");
				}
			}
			catch (InterruptedException ex) {
				// What was handed over is written nevertheless.
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

}
