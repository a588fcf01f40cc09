package io.streamdb.boot.metrics;

import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.ServerMetrics;
import io.streamdb.server.subscription.SubscriptionMetrics;

/**
 * {@link MeterBinder} of the embedded server (SPEC S6).
 */
public class StreamServerMeterBinder implements MeterBinder {

	private static final String BYTES = "bytes";

	private final DurableStreamServer server;

	/**
	 * Creates a binder.
	 * @param server the server
	 */
	public StreamServerMeterBinder(DurableStreamServer server) {
		this.server = server;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		counter(registry, "appends", "Appends accepted", "appends", ServerMetrics::appends);
		counter(registry, "appended", "Bytes of accepted appends", BYTES, ServerMetrics::appendedBytes);
		counter(registry, "read", "Bytes of streams handed to readers", BYTES, ServerMetrics::readBytes);
		counter(registry, "failures", "Writes that the store could not keep", "writes", ServerMetrics::failedWrites);
		gauge(registry, "requests", "Requests that are not wholly answered, live reads apart", "requests",
				ServerMetrics::openRequests);
		gauge(registry, "pending", "Bytes of bodies that are being read or appended", BYTES,
				ServerMetrics::pendingBytes);
		gauge(registry, "readers", "Live reads", "readers", ServerMetrics::liveReads);
		gauge(registry, "streams", "Streams", "streams", ServerMetrics::streams);
		gauge(registry, "used", "Memory that the streams take", BYTES, ServerMetrics::usedBytes);
		gauge(registry, "stored", "Bytes that the streams take where they are stored", BYTES,
				ServerMetrics::storedBytes);
		subscriptions(registry);
		refused(registry, "body", (from) -> from.metrics().refusedBodies());
		refused(registry, "streams", (from) -> from.metrics().refusedStreams());
		refused(registry, "store", (from) -> from.metrics().refusedWrites());
		refused(registry, "readers", (from) -> from.metrics().refusedReads());
		refused(registry, "requests", (from) -> from.metrics().refusedRequests());
	}

	private void subscriptions(MeterRegistry registry) {
		subscriptionGauge(registry, "", "Subscriptions", "subscriptions", SubscriptionMetrics::subscriptions);
		subscriptionGauge(registry, ".links", "Streams that subscriptions follow", "streams",
				SubscriptionMetrics::links);
		subscriptionGauge(registry, ".incomplete", "Subscriptions for which streams wait to be followed",
				"subscriptions", SubscriptionMetrics::incomplete);
		subscriptionGauge(registry, ".deliveries", "Webhooks that are not answered", "webhooks",
				SubscriptionMetrics::deliveries);
		subscriptionGauge(registry, ".waiting", "Webhooks that wait to be sent", "webhooks",
				SubscriptionMetrics::waitingDeliveries);
		subscriptionCounter(registry, "wakes", "Wakes begun", "wakes", SubscriptionMetrics::wakes);
		subscriptionCounter(registry, "delivered", "Webhooks answered with success", "webhooks",
				SubscriptionMetrics::delivered);
		subscriptionCounter(registry, "failed", "Webhooks and wake events that failed", "deliveries",
				SubscriptionMetrics::failedDeliveries);
		subscriptionCounter(registry, "expired", "Wakes ended since nobody reported in time", "wakes",
				SubscriptionMetrics::expiredLeases);
		refused(registry, "subscriptions", (from) -> from.subscriptionMetrics().refusedSubscriptions());
		refused(registry, "links", (from) -> from.subscriptionMetrics().refusedLinks());
	}

	private void subscriptionGauge(MeterRegistry registry, String name, String description, String unit,
			ToLongFunction<SubscriptionMetrics> value) {
		Gauge
			.builder("streamdb.server.subscriptions" + name, this.server,
					(from) -> value.applyAsLong(from.subscriptionMetrics()))
			.description(description)
			.baseUnit(unit)
			.register(registry);
	}

	private void subscriptionCounter(MeterRegistry registry, String name, String description, String unit,
			ToLongFunction<SubscriptionMetrics> value) {
		FunctionCounter
			.builder("streamdb.server.subscriptions." + name, this.server,
					(from) -> value.applyAsLong(from.subscriptionMetrics()))
			.description(description)
			.baseUnit(unit)
			.register(registry);
	}

	private void refused(MeterRegistry registry, String limit, ToLongFunction<DurableStreamServer> value) {
		FunctionCounter.builder("streamdb.server.refused", this.server, value::applyAsLong)
			.description("Requests that were past a limit")
			.baseUnit("requests")
			.tags(Tags.of("limit", limit))
			.register(registry);
	}

	private void counter(MeterRegistry registry, String name, String description, String unit,
			ToLongFunction<ServerMetrics> value) {
		FunctionCounter.builder("streamdb.server." + name, this.server, (from) -> value.applyAsLong(from.metrics()))
			.description(description)
			.baseUnit(unit)
			.register(registry);
	}

	private void gauge(MeterRegistry registry, String name, String description, String unit,
			ToLongFunction<ServerMetrics> value) {
		Gauge.builder("streamdb.server." + name, this.server, (from) -> value.applyAsLong(from.metrics()))
			.description(description)
			.baseUnit(unit)
			.register(registry);
	}

}
