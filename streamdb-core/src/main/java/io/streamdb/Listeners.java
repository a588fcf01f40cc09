package io.streamdb;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of a database. What one of them throws is logged and harms nobody.
 */
final class Listeners {

	private static final Logger logger = LoggerFactory.getLogger(StreamDbListener.class);

	private final List<StreamDbListener> listeners;

	Listeners(List<StreamDbListener> initial) {
		this.listeners = new CopyOnWriteArrayList<>(initial);
	}

	void add(StreamDbListener listener) {
		this.listeners.add(listener);
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
