package io.streamdb.boot.metrics;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbMetrics;
import io.streamdb.SubscriptionOptions;
import io.streamdb.boot.TestStreamServer;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.server.DurableStreamServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link StreamDbMeterBinder}: everything that is counted has a meter, and
 * everything in the page on bounds is one of them.
 */
@Timeout(60)
class StreamDbMeterBinderTests {

	private final TestStreamServer server = new TestStreamServer();

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private StreamDb streamDb;

	@BeforeEach
	void bind() {
		this.server.create("board");
		this.streamDb = StreamDb
			.builder(this.server.stream("board"), StateSchema.of(CollectionDefinition.of(Memo.class).build()))
			.build();
		this.streamDb.preload().join();
		new StreamDbMeterBinder(this.streamDb, "main").bindTo(this.registry);
	}

	@AfterEach
	void close() {
		this.streamDb.close();
		this.server.close();
	}

	@Test
	void everyMeterOfThePageOnBoundsIsThere() throws IOException {
		String page = Files.readString(Path.of("..", "docs", "bounds.md"));
		Set<String> named = new TreeSet<>();
		Matcher matcher = Pattern.compile("`(streamdb\\.[a-z.]+)`").matcher(page);
		while (matcher.find()) {
			named.add(matcher.group(1));
		}
		try (DurableStreamServer embedded = DurableStreamServer.builder().build()) {
			new StreamServerMeterBinder(embedded).bindTo(this.registry);
			assertThat(named).hasSizeGreaterThan(20).isSubsetOf(names());
		}
	}

	@Test
	void thereIsAMeterForEverythingThatIsCounted() {
		List<Meter> meters = this.registry.getMeters()
			.stream()
			.filter((meter) -> !Set.of("streamdb.state", "streamdb.lag", "streamdb.rows")
				.contains(meter.getId().getName()))
			.toList();
		List<String> counted = Arrays.stream(StreamDbMetrics.class.getRecordComponents())
			.map(RecordComponent::getName)
			.toList();
		assertThat(meters).as("one for each of %s", counted).hasSameSizeAs(counted);
		assertThat(meters).allSatisfy((meter) -> {
			assertThat(meter.getId().getTag("database")).isEqualTo("main");
			assertThat(meter.getId().getDescription()).isNotBlank();
		});
	}

	private Set<String> names() {
		return this.registry.getMeters().stream().map((meter) -> meter.getId().getName()).collect(Collectors.toSet());
	}

	@Test
	void metersShowWhatThereIsNow() throws Exception {
		CountDownLatch released = new CountDownLatch(1);
		CountDownLatch begun = new CountDownLatch(2);
		try {
			this.streamDb.subscribe(SubscriptionOptions.defaults(), (changes) -> awaitOpen(begun, released));
			this.streamDb.awaitTxId("t1").thenRun(() -> awaitOpen(begun, released));
			CompletableFuture<Void> waiter = this.streamDb.awaitTxId("t2");
			appendMemo(1);
			assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
			appendMemo(2);
			appendMemo(3);
			await().until(() -> gauge("streamdb.rows") == 3);
			assertThat(gauge("streamdb.waiters")).isOne();
			assertThat(gauge("streamdb.subscriptions")).isOne();
			assertThat(gauge("streamdb.tasks.threads")).isOne();
			assertThat(gauge("streamdb.tasks.waiting")).isZero();
			assertThat(gauge("streamdb.completions.threads")).isOne();
			assertThat(gauge("streamdb.txids.remembered")).isOne();
			await().until(() -> gauge("streamdb.subscriptions.waiting") >= 1);
			assertThat(count("streamdb.events.applied")).isEqualTo(3);
			assertThat(waiter).isNotDone();
		}
		finally {
			released.countDown();
		}
		await().until(() -> gauge("streamdb.completions.threads") == 0 && gauge("streamdb.tasks.threads") == 0);
	}

	private void appendMemo(int id) {
		this.server.append("board", """
				{"type":"memo","key":"%d","value":{"id":"%d"},"headers":{"operation":"upsert","txid":"t1"}}"""
			.formatted(id, id));
	}

	private static void awaitOpen(CountDownLatch begun, CountDownLatch released) {
		begun.countDown();
		try {
			released.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private double gauge(String name) {
		return value(name, Gauge.class, Gauge::value);
	}

	private double count(String name) {
		return value(name, FunctionCounter.class, FunctionCounter::count);
	}

	private <T extends Meter> double value(String name, Class<T> type, ToDoubleFunction<T> value) {
		return value.applyAsDouble(type.cast(this.registry.get(name).meter()));
	}

	record Memo(String id) {
	}

}
