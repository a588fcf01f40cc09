package io.streamdb.transaction;

import java.util.List;

import io.streamdb.store.Change;
import org.jspecify.annotations.Nullable;

/**
 * Told what each publication changes in the visible state (SPEC M12). Part of the engine.
 */
public interface VisibleFeed {

	/**
	 * Returns whether anybody wants to know. Called under the commit lock.
	 * @return whether to work it out
	 */
	boolean isWanted();

	/**
	 * Called under the commit lock, in the order of the publications: it may queue the
	 * changes and no more.
	 * @param version the version of the state after them
	 * @param offset its offset
	 * @param changes at most one of each key
	 */
	void changed(long version, @Nullable String offset, List<Change<?>> changes);

	/**
	 * Called when the commit lock is free again, so that what was queued can be
	 * delivered.
	 */
	void released();

}
