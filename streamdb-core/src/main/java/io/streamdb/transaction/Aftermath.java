package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.List;

/**
 * What remains to be done when the commit lock is released: waking those who wait.
 */
final class Aftermath {

	private final List<Runnable> tasks = new ArrayList<>(1);

	void add(Runnable task) {
		this.tasks.add(task);
	}

	void run() {
		this.tasks.forEach(Runnable::run);
	}

}
