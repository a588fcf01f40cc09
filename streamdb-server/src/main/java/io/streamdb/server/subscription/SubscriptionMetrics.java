package io.streamdb.server.subscription;

/**
 * Figures of the subscriptions of a server since it was started. The first five say how
 * much there is now; the others only grow.
 *
 * @param subscriptions subscriptions
 * @param links streams that they follow, each counted for each subscription
 * @param incomplete subscriptions with a pattern for which streams wait to be followed
 * @param deliveries webhooks that were sent and are not answered
 * @param waitingDeliveries webhooks that wait to be sent
 * @param wakes wakes that were begun
 * @param delivered webhooks that were answered with success
 * @param failedDeliveries webhooks that were not, and wake events that could not be
 * written
 * @param expiredLeases wakes that ended since nobody reported in time
 * @param refusedSubscriptions subscriptions refused since there were too many
 * @param refusedLinks requests refused since too many streams were followed, and streams
 * that wait for that reason
 */
public record SubscriptionMetrics(long subscriptions, long links, long incomplete, long deliveries,
		long waitingDeliveries, long wakes, long delivered, long failedDeliveries, long expiredLeases,
		long refusedSubscriptions, long refusedLinks) {

	/**
	 * Returns the figures of a server without subscriptions.
	 * @return the figures
	 */
	public static SubscriptionMetrics none() {
		return new SubscriptionMetrics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	}

}
