package io.streamdb.client;

/**
 * A {@link BatchHandler} threw something that no retry can cure.
 */
final class HandlerFailure extends Exception {

	private final Throwable thrown;

	HandlerFailure(Throwable thrown) {
		super(thrown);
		this.thrown = thrown;
	}

	Throwable thrown() {
		return this.thrown;
	}

}
