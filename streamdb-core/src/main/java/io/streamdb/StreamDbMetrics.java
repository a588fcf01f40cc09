package io.streamdb;

/**
 * Counters of a {@link StreamDb} since it was made. All counts only grow, except
 * {@code pendingTransactions}, {@code waiters}, {@code subscriptions},
 * {@code waitingChangeSets} and {@code heldBytes}.
 *
 * @param batches batches committed
 * @param events change events applied
 * @param unknownTypeEvents change events of types without a collection
 * @param ignoredItems items that are neither change events nor known control events
 * @param controlEvents known control events
 * @param invalidEvents quarantined events (SPEC M9)
 * @param resets {@code reset} controls applied
 * @param retries failed requests of the live read
 * @param txidEvictions txids forgotten earlier than their bound promises (SPEC M7)
 * @param pendingTransactions transactions that are not settled
 * @param completedTransactions transactions that completed
 * @param failedTransactions transactions that failed
 * @param unknownTransactions transactions of unknown outcome
 * @param waiters waiters for txids and offsets
 * @param subscriptions open change subscriptions
 * @param subscriptionOverflows subscriptions ended because their queue was full
 * @param waitingChangeSets change sets that wait for slow subscribers
 * @param heldBytes how much of the stream is held back because its transaction may go on
 * (SPEC M5), in bytes
 * @param releasedRuns transactions that became visible in parts, since they were too long
 * to be held
 */
public record StreamDbMetrics(long batches, long events, long unknownTypeEvents, long ignoredItems, long controlEvents,
		long invalidEvents, long resets, long retries, long txidEvictions, long pendingTransactions,
		long completedTransactions, long failedTransactions, long unknownTransactions, long waiters, long subscriptions,
		long subscriptionOverflows, long waitingChangeSets, long heldBytes, long releasedRuns) {
}
