package io.streamdb.boot.metrics;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbMetrics;
import io.streamdb.StreamDbState;
import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * {@link MeterBinder} of a {@link StreamDb} (SPEC B7). All meters have the tag
 * {@code database}.
 */
public class StreamDbMeterBinder implements MeterBinder {

	private final StreamDb streamDb;

	private final Tags tags;

	/**
	 * Creates a binder.
	 * @param streamDb the database
	 * @param name its name
	 */
	public StreamDbMeterBinder(StreamDb streamDb, String name) {
		this.streamDb = streamDb;
		this.tags = Tags.of("database", name);
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		bindState(registry);
		bindEvents(registry);
		bindTransactions(registry);
		bindThreads(registry);
		bindRows(registry);
	}

	private void bindState(MeterRegistry registry) {
		for (StreamDbState state : StreamDbState.values()) {
			Gauge.builder("streamdb.state", this.streamDb, (db) -> (db.status().state() == state) ? 1 : 0)
				.description("1 for the state that the database is in, 0 for the others")
				.tags(this.tags.and("state", state.name().toLowerCase(Locale.ROOT)))
				.register(registry);
		}
		TimeGauge.builder("streamdb.lag", this.streamDb, TimeUnit.MILLISECONDS, StreamDbMeterBinder::lagMillis)
			.description("Time since the stream was last known to be wholly read")
			.tags(this.tags)
			.register(registry);
		counter(registry, "streamdb.retries", "Failed requests of the live read", null, StreamDbMetrics::retries);
		counter(registry, "streamdb.resets", "Resets applied", null, StreamDbMetrics::resets);
		gauge(registry, "streamdb.waiters", "Waiters for transaction ids, offsets and loads", StreamDbMetrics::waiters);
		gauge(registry, "streamdb.subscriptions", "Open change subscriptions", StreamDbMetrics::subscriptions);
		gauge(registry, "streamdb.subscriptions.waiting", "Change sets that wait for slow subscribers",
				StreamDbMetrics::waitingChangeSets);
		counter(registry, "streamdb.subscriptions.overflows", "Subscriptions ended because their queue was full", null,
				StreamDbMetrics::subscriptionOverflows);
		Gauge.builder("streamdb.held", this.streamDb, (db) -> db.metrics().heldBytes())
			.description("How much of the stream is held back because its transaction may go on")
			.baseUnit("bytes")
			.tags(this.tags)
			.register(registry);
		counter(registry, "streamdb.held.released", "Transactions that became visible in parts", null,
				StreamDbMetrics::releasedRuns);
		gauge(registry, "streamdb.txids.remembered", "Transaction ids of the stream that are remembered",
				StreamDbMetrics::rememberedTxids);
		counter(registry, "streamdb.txids.evicted", "Transaction ids forgotten early", null,
				StreamDbMetrics::txidEvictions);
		gauge(registry, "streamdb.listeners", "Listeners", StreamDbMetrics::listeners);
		gauge(registry, "streamdb.listeners.waiting", "Changes of the state that wait for a slow listener",
				StreamDbMetrics::waitingStatusChanges);
		counter(registry, "streamdb.listeners.dropped", "Changes of the state that no listener was told of", null,
				StreamDbMetrics::droppedStatusChanges);
	}

	private void bindEvents(MeterRegistry registry) {
		counter(registry, "streamdb.batches", "Batches committed", null, StreamDbMetrics::batches);
		counter(registry, "streamdb.events.applied", "Change events applied", "events", StreamDbMetrics::events);
		counter(registry, "streamdb.events.invalid", "Events that were quarantined", "events",
				StreamDbMetrics::invalidEvents);
		gauge(registry, "streamdb.events.skipped", "Invalid events that were skipped ahead of what is applied",
				StreamDbMetrics::skippedEvents);
		counter(registry, "streamdb.events.unknown", "Events of types without a collection", "events",
				StreamDbMetrics::unknownTypeEvents);
		counter(registry, "streamdb.events.control", "Control events", "events", StreamDbMetrics::controlEvents);
		counter(registry, "streamdb.events.ignored", "Items that are no events", "events",
				StreamDbMetrics::ignoredItems);
	}

	private void bindTransactions(MeterRegistry registry) {
		gauge(registry, "streamdb.transactions.pending", "Transactions that are not settled",
				StreamDbMetrics::pendingTransactions);
		gauge(registry, "streamdb.transactions.shown", "Transactions on top of what the stream says",
				StreamDbMetrics::shownTransactions);
		outcome(registry, "completed", StreamDbMetrics::completedTransactions);
		outcome(registry, "failed", StreamDbMetrics::failedTransactions);
		outcome(registry, "unknown", StreamDbMetrics::unknownTransactions);
	}

	private void outcome(MeterRegistry registry, String outcome, ToLongFunction<StreamDbMetrics> value) {
		FunctionCounter.builder("streamdb.transactions", this.streamDb, (db) -> value.applyAsLong(db.metrics()))
			.description("Transactions that are settled")
			.tags(this.tags.and("outcome", outcome))
			.register(registry);
	}

	private void bindThreads(MeterRegistry registry) {
		gauge(registry, "streamdb.completions.waiting", "Futures that wait to be completed",
				StreamDbMetrics::waitingCompletions);
		gauge(registry, "streamdb.completions.threads", "Threads that complete futures",
				StreamDbMetrics::completionThreads);
		gauge(registry, "streamdb.tasks.waiting", "Deliveries to subscribers and mutate methods that wait for a thread",
				StreamDbMetrics::waitingTasks);
		gauge(registry, "streamdb.tasks.threads", "Threads that run deliveries to subscribers and mutate methods",
				StreamDbMetrics::taskThreads);
	}

	private void bindRows(MeterRegistry registry) {
		for (CollectionDefinition<?> definition : this.streamDb.schema().collections()) {
			Gauge.builder("streamdb.rows", this.streamDb, (db) -> db.snapshot().collection(definition.name()).count())
				.description("Entities of a collection")
				.baseUnit("rows")
				.tags(this.tags.and("collection", definition.name()))
				.register(registry);
		}
	}

	private void counter(MeterRegistry registry, String name, String description, @Nullable String unit,
			ToLongFunction<StreamDbMetrics> value) {
		FunctionCounter.builder(name, this.streamDb, (db) -> value.applyAsLong(db.metrics()))
			.description(description)
			.baseUnit(unit)
			.tags(this.tags)
			.register(registry);
	}

	private void gauge(MeterRegistry registry, String name, String description, ToLongFunction<StreamDbMetrics> value) {
		Gauge.builder(name, this.streamDb, (db) -> value.applyAsLong(db.metrics()))
			.description(description)
			.tags(this.tags)
			.register(registry);
	}

	private static double lagMillis(StreamDb streamDb) {
		Duration lag = streamDb.status().lag();
		return (lag != null) ? lag.toMillis() : Double.NaN;
	}

}
