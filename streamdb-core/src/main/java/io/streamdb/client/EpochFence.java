package io.streamdb.client;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * What those wait for whose append has an unknown outcome: that the server has taken
 * something of a later epoch. From then on it refuses the append, so whether that is in
 * the stream up to there says everything (SPEC T5). Only for the producer's thread.
 */
final class EpochFence {

	private @Nullable CompletableFuture<String> awaited;

	private @Nullable Long deadline;

	/**
	 * Returns the fence behind all epochs up to the present one, which ends now.
	 * @return completes with an offset behind which nothing of them comes, or fails when
	 * it could not be had
	 */
	CompletableFuture<String> await() {
		this.deadline = null;
		CompletableFuture<String> fence = this.awaited;
		if (fence == null) {
			fence = new CompletableFuture<>();
			this.awaited = fence;
		}
		return fence;
	}

	/**
	 * Has those wait here who wait for the fence of a producer that has ended.
	 */
	void await(CompletableFuture<String> inherited) {
		this.deadline = null;
		this.awaited = inherited;
	}

	boolean isAwaited() {
		return this.awaited != null;
	}

	/**
	 * Returns until when it is tried to append something for its own sake.
	 * @param first what it is, unless it is known
	 * @return the deadline, in nanoseconds of the client's clock
	 */
	long deadline(long first) {
		Long known = this.deadline;
		if (known == null) {
			known = first;
			this.deadline = known;
		}
		return known;
	}

	/**
	 * Notes that nothing of an earlier epoch is appended any more.
	 * @param offset what was appended before lies before it
	 */
	void passed(String offset) {
		CompletableFuture<String> fence = take();
		if (fence != null) {
			fence.complete(offset);
		}
	}

	void failed(Throwable cause) {
		CompletableFuture<String> fence = take();
		if (fence != null) {
			fence.completeExceptionally(cause);
		}
	}

	/**
	 * Gives away what is awaited.
	 * @return the fence, or {@code null} when nobody waits for one
	 */
	@Nullable CompletableFuture<String> take() {
		CompletableFuture<String> fence = this.awaited;
		this.awaited = null;
		return fence;
	}

}
