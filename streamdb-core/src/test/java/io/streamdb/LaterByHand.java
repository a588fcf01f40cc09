package io.streamdb;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.streamdb.client.Scheduling;

/**
 * The threads of the Java runtime, and a time at which nothing happens later unless a
 * test says so.
 */
final class LaterByHand {

	private final List<CompletableFuture<Object>> later = new ArrayList<>();

	private boolean passing;

	private int count;

	Scheduling scheduling() {
		return (Scheduling) Proxy.newProxyInstance(LaterByHand.class.getClassLoader(),
				new Class<?>[] { Scheduling.class }, (proxy, method, arguments) -> {
					if (!method.getName().equals("completeLater") || takes(arguments[0])) {
						try {
							return method.invoke(Scheduling.real(), arguments);
						}
						catch (InvocationTargetException ex) {
							throw ex.getCause();
						}
					}
					return null;
				});
	}

	@SuppressWarnings("unchecked")
	private synchronized boolean takes(Object future) {
		this.count++;
		if (!this.passing) {
			this.later.add((CompletableFuture<Object>) future);
		}
		return this.passing;
	}

	/**
	 * Returns how often something was to happen later.
	 */
	synchronized int count() {
		return this.count;
	}

	/**
	 * Lets happen what was to happen by now.
	 */
	void pass() {
		List<CompletableFuture<Object>> now;
		synchronized (this) {
			now = List.copyOf(this.later);
			this.later.clear();
		}
		now.forEach((future) -> future.complete(null));
	}

	/**
	 * Lets time pass by itself from now on.
	 */
	void letPass() {
		synchronized (this) {
			this.passing = true;
		}
		pass();
	}

}
