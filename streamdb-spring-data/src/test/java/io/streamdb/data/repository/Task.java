package io.streamdb.data.repository;

import io.streamdb.data.mapping.StreamCollection;
import org.jspecify.annotations.Nullable;

/**
 * A task.
 */
@StreamCollection
public record Task(String id, String title, int priority, @Nullable Person assignee) {

	public Task(String id, String title, int priority) {
		this(id, title, priority, null);
	}

	public Task withTitle(String title) {
		return new Task(this.id, title, this.priority, this.assignee);
	}

	/**
	 * A person.
	 */
	public record Person(String name) {
	}

}
