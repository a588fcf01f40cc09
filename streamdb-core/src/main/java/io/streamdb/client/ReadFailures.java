package io.streamdb.client;

import java.time.Duration;

/**
 * Counts the failures of a read and says whether it goes on, and when (SPEC P3, P4).
 * <p>
 * Each failure is followed by catching up, which may work although no live request ever
 * does. So catching up does not end the row of failed live requests, whose delay keeps
 * growing; but it is what a bounded policy counts from, since a read that reaches the
 * tail gets everything.
 */
final class ReadFailures {

	/** How often in a row the body at one offset may be unreadable. */
	private static final int MAX_UNREADABLE = 3;

	private final Backoff backoff;

	private int inARow;

	private int sinceTail;

	private int unreadable;

	private int unreadableLive;

	private boolean answered;

	ReadFailures(Backoff backoff) {
		this.backoff = backoff;
	}

	/**
	 * Counts a failed request.
	 * @param failure how it failed
	 * @param live whether it was a live one
	 * @return whether to try again
	 */
	boolean add(RequestFailure failure, boolean live) {
		this.inARow++;
		this.sinceTail++;
		return isPassing(failure, live) && this.backoff.allows(this.sinceTail);
	}

	private boolean isPassing(RequestFailure failure, boolean live) {
		if (failure.error() instanceof StreamForeignResponseException && this.answered) {
			return true;
		}
		if (failure.error() instanceof StreamParseException) {
			return (live ? ++this.unreadableLive : ++this.unreadable) <= MAX_UNREADABLE;
		}
		return failure.isRepeatable(true);
	}

	/**
	 * Returns how many requests failed in a row.
	 * @return the count, from 1
	 */
	int inARow() {
		return this.inARow;
	}

	/**
	 * Returns the wait before the next request.
	 * @param failure the last failure
	 * @return the wait
	 */
	Duration delay(RequestFailure failure) {
		return this.backoff.delay(this.inARow, failure.retryAfter());
	}

	/**
	 * Notes that the URL has answered as a stream does. What answers otherwise from now
	 * on is not the server, so that waiting helps.
	 */
	void answered() {
		this.answered = true;
	}

	/**
	 * Notes a plain read that ended whole.
	 * @param tail whether there is nothing more
	 */
	void caughtUp(boolean tail) {
		this.unreadable = 0;
		if (tail) {
			this.sinceTail = 0;
		}
	}

	/**
	 * Notes that all is well: a live request did what it is for, or something new came.
	 */
	void forget() {
		this.inARow = 0;
		this.sinceTail = 0;
		this.unreadable = 0;
		this.unreadableLive = 0;
	}

}
