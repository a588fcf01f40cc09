package io.streamdb.boot.metrics;

import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.ServerMetrics;

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
		refused(registry, "body", ServerMetrics::refusedBodies);
		refused(registry, "streams", ServerMetrics::refusedStreams);
		refused(registry, "store", ServerMetrics::refusedWrites);
		refused(registry, "readers", ServerMetrics::refusedReads);
		refused(registry, "requests", ServerMetrics::refusedRequests);
	}

	private void refused(MeterRegistry registry, String limit, ToLongFunction<ServerMetrics> value) {
		FunctionCounter.builder("streamdb.server.refused", this.server, (from) -> value.applyAsLong(from.metrics()))
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
