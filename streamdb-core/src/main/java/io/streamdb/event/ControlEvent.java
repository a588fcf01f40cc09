package io.streamdb.event;

import org.jspecify.annotations.Nullable;

/**
 * A control event of the State Protocol (SPEC E1).
 *
 * @param control what it says
 * @param offset the offset header, or {@code null}; not to be trusted
 */
public record ControlEvent(Control control, @Nullable String offset) {

	/** The controls the protocol knows. */
	public enum Control {

		/** A snapshot begins. */
		SNAPSHOT_START,

		/** A snapshot is complete. */
		SNAPSHOT_END,

		/** What came before no longer counts. */
		RESET

	}

}
