package io.streamdb;

/**
 * Counters of a {@link StreamDb} since it was made, and how much there is now of what has
 * a bound.
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
 * @param pendingTransactions transactions that are not settled now
 * @param completedTransactions transactions that completed
 * @param failedTransactions transactions that failed
 * @param unknownTransactions transactions of unknown outcome
 * @param waiters waiters for txids, offsets and loads now
 * @param subscriptions open change subscriptions now
 * @param subscriptionOverflows subscriptions ended because their queue was full
 * @param waitingChangeSets change sets that wait for slow subscribers now
 * @param heldBytes how much of the stream is held back because its transaction may go on
 * (SPEC M5), in bytes, now
 * @param releasedRuns transactions that became visible in parts, since they were too long
 * to be held
 * @param shownTransactions transactions on top of the synced state now: those that are
 * acknowledged stay there until the stream has brought them
 * @param rememberedTxids txids of the stream that are remembered now (SPEC M7)
 * @param skippedEvents invalid events that an operator has skipped and whose batches are
 * not applied yet (SPEC M9)
 * @param waitingCompletions futures that wait to be completed now
 * @param completionThreads threads that complete futures now
 * @param waitingTasks deliveries to subscribers and {@code mutate} methods that wait for
 * a thread now; 0 where the application has brought an executor
 * @param taskThreads threads that run these now
 * @param waitingStatusChanges changes of the status that wait for a slow listener now
 * @param droppedStatusChanges changes of the status that were not told, since too many
 * waited
 * @param listeners listeners now
 */
public record StreamDbMetrics(long batches, long events, long unknownTypeEvents, long ignoredItems, long controlEvents,
		long invalidEvents, long resets, long retries, long txidEvictions, long pendingTransactions,
		long completedTransactions, long failedTransactions, long unknownTransactions, long waiters, long subscriptions,
		long subscriptionOverflows, long waitingChangeSets, long heldBytes, long releasedRuns, long shownTransactions,
		long rememberedTxids, long skippedEvents, long waitingCompletions, long completionThreads, long waitingTasks,
		long taskThreads, long waitingStatusChanges, long droppedStatusChanges, long listeners) {
}
