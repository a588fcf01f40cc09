package io.streamdb.client;

import java.time.Duration;
import java.util.UUID;

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
 */
public record ProducerOptions(String producerId, long epoch, boolean claimEpoch, Duration linger, int maxBatchBytes,
		int maxBatchMessages, Duration deliveryTimeout) {

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
	}

	/**
	 * Returns the same options for another id, from epoch 0 on.
	 */
	ProducerOptions withNewId(String newId) {
		return new ProducerOptions(newId, 0, this.claimEpoch, this.linger, this.maxBatchBytes, this.maxBatchMessages,
				this.deliveryTimeout);
	}

	private static void check(boolean valid, String message) {
		if (!valid) {
			throw new IllegalArgumentException(message);
		}
	}

	/**
	 * Returns the defaults: a random id, epoch 0, no claiming, no linger, 1 MiB and 1000
	 * messages a batch, 30 seconds.
	 * @return the options
	 */
	public static ProducerOptions defaults() {
		return new ProducerOptions(UUID.randomUUID().toString(), 0, false, Duration.ZERO, 1 << 20, 1000,
				Duration.ofSeconds(30));
	}

}
