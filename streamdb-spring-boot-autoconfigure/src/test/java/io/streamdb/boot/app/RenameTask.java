package io.streamdb.boot.app;

import io.streamdb.data.action.StreamAction;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;

/**
 * Renames a task.
 */
@StreamAction("rename")
public class RenameTask implements OptimisticAction<Task, Task> {

	private final TaskRepository tasks;

	RenameTask(TaskRepository tasks) {
		this.tasks = tasks;
	}

	@Override
	public Task onMutate(Task renamed, ActionContext context) {
		return this.tasks.update(renamed.id(), (task) -> renamed);
	}

}
