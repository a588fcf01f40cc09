package io.streamdb.client;

import java.time.Duration;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * How an {@link IdempotentProducer} works (SPEC P5).
 *
 * @param producerId the producer's id, unique among writers: visible ASCII characters
 * @param epoch the first epoch, from 0 to 2^53 - 1
 * @param claimEpoch whether to take over the producer id with a newer epoch after a 403
 * @param linger how long a message may wait for company; zero sends at once what waits
 * @param maxBatchBytes how many bytes a batch has at most; one larger message goes alone
 * @param maxBatchMessages how many messages a batch has at most
 * @param deliveryTimeout how long one batch is tried before its outcome is unknown
 * @param maxInFlight how many batches may be on their way at once; with one, a message is
 * asked for its bytes only when all before it have their results
 * @param fence what to append after an unknown outcome when no message waits, so that the
 * server refuses late arrivals (SPEC T5): for JSON streams one JSON value; {@code null}
 * for nothing
 */
public record ProducerOptions(String producerId, long epoch, boolean claimEpoch, Duration linger, int maxBatchBytes,
		int maxBatchMessages, Duration deliveryTimeout, int maxInFlight, @Nullable String fence) {

	/**
	 * How many batches may be on their way at once, where nothing is said: as in the
	 * protocol's own clients.
	 */
	public static final int DEFAULT_MAX_IN_FLIGHT = 5;

	/**
	 * The largest epoch and sequence of the protocol: what JavaScript counts exactly.
	 */
	private static final long MAX_INTEGER = (1L << 53) - 1;

	public ProducerOptions {
		check(!producerId.isEmpty() && producerId.chars().allMatch((c) -> c > ' ' && c < 127),
				"producerId must be visible ASCII characters, and is '" + producerId + "'");
		check(epoch >= 0 && epoch <= MAX_INTEGER, "epoch must be from 0 to 2^53 - 1, and is " + epoch);
		TimeLimits.notNegative("linger", linger);
		check(maxBatchBytes > 0, "maxBatchBytes must be positive, and is " + maxBatchBytes);
		check(maxBatchMessages > 0, "maxBatchMessages must be positive, and is " + maxBatchMessages);
		TimeLimits.positive("deliveryTimeout", deliveryTimeout);
		check(maxInFlight > 0, "maxInFlight must be positive, and is " + maxInFlight);
		check(fence == null || !fence.isEmpty(), "fence must not be empty");
	}

	/**
	 * Creates options with {@link #DEFAULT_MAX_IN_FLIGHT} batches at once and no fence
	 * item.
	 * @param producerId the producer's id
	 * @param epoch the first epoch
	 * @param claimEpoch whether to take over the producer id
	 * @param linger how long a message may wait for company
	 * @param maxBatchBytes how many bytes a batch has at most
	 * @param maxBatchMessages how many messages a batch has at most
	 * @param deliveryTimeout how long one batch is tried
	 */
	public ProducerOptions(String producerId, long epoch, boolean claimEpoch, Duration linger, int maxBatchBytes,
			int maxBatchMessages, Duration deliveryTimeout) {
		this(producerId, epoch, claimEpoch, linger, maxBatchBytes, maxBatchMessages, deliveryTimeout,
				DEFAULT_MAX_IN_FLIGHT, null);
	}

	/**
	 * Returns the same options for another number of batches at once.
	 * @param batches how many, from 1
	 * @return the options
	 */
	public ProducerOptions withMaxInFlight(int batches) {
		return new ProducerOptions(this.producerId, this.epoch, this.claimEpoch, this.linger, this.maxBatchBytes,
				this.maxBatchMessages, this.deliveryTimeout, batches, this.fence);
	}

	/**
	 * Returns the same options with a fence item.
	 * @param item what to append
	 * @return the options
	 */
	public ProducerOptions withFence(String item) {
		return new ProducerOptions(this.producerId, this.epoch, this.claimEpoch, this.linger, this.maxBatchBytes,
				this.maxBatchMessages, this.deliveryTimeout, this.maxInFlight, item);
	}

	/**
	 * Returns the same options for another id, from epoch 0 on.
	 */
	ProducerOptions withNewId(String newId) {
		return new ProducerOptions(newId, 0, this.claimEpoch, this.linger, this.maxBatchBytes, this.maxBatchMessages,
				this.deliveryTimeout, this.maxInFlight, this.fence);
	}

	private static void check(boolean valid, String message) {
		if (!valid) {
			throw new IllegalArgumentException(message);
		}
	}

	/**
	 * Returns the defaults: a random id, epoch 0, no claiming, no linger, 1 MiB and 1000
	 * messages a batch, 30 seconds, 5 batches at once, no fence item.
	 * @return the options
	 */
	public static ProducerOptions defaults() {
		return new ProducerOptions(UUID.randomUUID().toString(), 0, false, Duration.ZERO, 1 << 20, 1000,
				Duration.ofSeconds(30));
	}

}
