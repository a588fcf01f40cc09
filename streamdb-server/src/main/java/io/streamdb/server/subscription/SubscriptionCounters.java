package io.streamdb.server.subscription;

import java.util.concurrent.atomic.LongAdder;

/**
 * What has happened to subscriptions.
 */
final class SubscriptionCounters {

	final LongAdder wakes = new LongAdder();

	final LongAdder delivered = new LongAdder();

	final LongAdder failedDeliveries = new LongAdder();

	final LongAdder expiredLeases = new LongAdder();

	final LongAdder refusedSubscriptions = new LongAdder();

	final LongAdder refusedLinks = new LongAdder();

}
