package io.streamdb.store;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The changes of one commit (SPEC M12), in the order of the stream.
 *
 * @param version the version of the state after the commit
 * @param offset the offset after the commit
 * @param initial whether this is the initial state that a subscriber asked for
 * @param changes the changes
 */
public record ChangeSet(long version, @Nullable String offset, boolean initial, List<Change<?>> changes) {

	public ChangeSet {
		changes = List.copyOf(changes);
	}

}
