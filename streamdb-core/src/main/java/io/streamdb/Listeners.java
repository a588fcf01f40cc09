package io.streamdb;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of a database, {@value #LIMIT} at most, since each is called for every
 * event. What one of them throws is logged and harms nobody.
 */
final class Listeners {

	/** How many there may be. */
	static final int LIMIT = 1000;

	private static final Logger logger = LoggerFactory.getLogger(StreamDbListener.class);

	private final List<StreamDbListener> listeners;

	Listeners(List<StreamDbListener> initial) {
		this.listeners = new CopyOnWriteArrayList<>(initial);
		if (initial.size() > LIMIT) {
			throw tooMany();
		}
	}

	/**
	 * Adds a listener.
	 * @throws IllegalStateException when there are too many
	 */
	synchronized void add(StreamDbListener listener) {
		if (this.listeners.size() >= LIMIT) {
			throw tooMany();
		}
		this.listeners.add(listener);
	}

	private static IllegalStateException tooMany() {
		return new IllegalStateException("A database has at most " + LIMIT
				+ " listeners, and none is ever removed: add one that serves them all, or subscribe");
	}

	int size() {
		return this.listeners.size();
	}

	boolean isEmpty() {
		return this.listeners.isEmpty();
	}

	void tell(Consumer<StreamDbListener> call) {
		for (StreamDbListener listener : this.listeners) {
			try {
				call.accept(listener);
			}
			catch (Throwable ex) {
				logger.warn("The listener {} failed", listener, ex);
			}
		}
	}

}
