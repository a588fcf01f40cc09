package io.streamdb.boot.autoconfigure;

import io.streamdb.server.DurableStreamServer;

import org.springframework.context.SmartLifecycle;

/**
 * Ends the live readers of the embedded server before the web server's graceful shutdown
 * waits for their requests (SPEC S6).
 */
final class LiveReaderShutdown implements SmartLifecycle {

	/**
	 * Between the default phase and the web server's graceful shutdown, 1024 below it.
	 */
	static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

	private final DurableStreamServer server;

	private volatile boolean running;

	LiveReaderShutdown(DurableStreamServer server) {
		this.server = server;
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.server.endLiveReaders();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		// Readers that were ended stay ended, so this is for the real end only.
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
