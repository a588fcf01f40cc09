package io.streamdb.client;

import java.time.Duration;
import java.util.UUID;

/**
 * How an {@link IdempotentProducer} works (SPEC P5).
 *
 * @param producerId the producer's id, unique among writers
 * @param epoch the first epoch
 * @param claimEpoch whether to take over the producer id with a newer epoch after a 403
 * @param linger how long a message may wait for company; zero sends at once what waits
 * @param maxBatchBytes how many bytes a batch has at most; one larger message goes alone
 * @param maxBatchMessages how many messages a batch has at most
 * @param deliveryTimeout how long one batch is tried before its outcome is unknown
 */
public record ProducerOptions(String producerId, long epoch, boolean claimEpoch, Duration linger, int maxBatchBytes,
		int maxBatchMessages, Duration deliveryTimeout) {

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
