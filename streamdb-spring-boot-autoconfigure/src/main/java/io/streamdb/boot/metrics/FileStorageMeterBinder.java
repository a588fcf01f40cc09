package io.streamdb.boot.metrics;

import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.streamdb.server.store.file.FileStorage;
import io.streamdb.server.store.file.StorageFigures;

/**
 * {@link MeterBinder} of the files that the embedded server keeps its streams in (SPEC
 * S6).
 */
public class FileStorageMeterBinder implements MeterBinder {

	private final FileStorage storage;

	/**
	 * Creates a binder.
	 * @param storage the files
	 */
	public FileStorageMeterBinder(FileStorage storage) {
		this.storage = storage;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		StorageFigures figures = this.storage.figures();
		FunctionTimer
			.builder("streamdb.server.force", figures, StorageFigures::forces, StorageFigures::forceNanos,
					TimeUnit.NANOSECONDS)
			.description("Time that it takes to force what was written to the disk")
			.register(registry);
		FunctionCounter.builder("streamdb.server.force.records", figures, StorageFigures::records)
			.description("Records forced to the disk")
			.baseUnit("records")
			.register(registry);
		FunctionCounter.builder("streamdb.server.force.bytes", figures, StorageFigures::bytes)
			.description("Bytes of records forced to the disk")
			.baseUnit("bytes")
			.register(registry);
		Gauge.builder("streamdb.server.storage.failed", this.storage, (files) -> (files.failure() != null) ? 1 : 0)
			.description("1 after a write to the disk has failed: nothing more is written until the next start")
			.register(registry);
	}

}
