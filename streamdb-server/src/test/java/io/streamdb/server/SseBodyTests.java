package io.streamdb.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.streamdb.server.store.Append;
import io.streamdb.server.store.CreateOutcome;
import io.streamdb.server.store.MemoryStorage;
import io.streamdb.server.store.MutableClock;
import io.streamdb.server.store.NewStream;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * When server-sent events end, whatever the client does.
 */
class SseBodyTests {

	private static final Duration DURATION = Duration.ofSeconds(60);

	private static final Duration HEARTBEAT = Duration.ofSeconds(15);

	private final List<Runnable> executed = new ArrayList<>();

	private final ManualScheduler scheduler = new ManualScheduler();

	private final ServerTasks tasks = new ServerTasks(this.executed::add, this.scheduler);

	private final MutableClock clock = new MutableClock();

	private final StreamStore store = store(this.executed::add);

	private final LiveReaders readers = new LiveReaders(10);

	private final AtomicInteger givenUp = new AtomicInteger();

	private final AtomicLong bytesRead = new AtomicLong();

	private final SharedEvents events = new SharedEvents();

	@AfterEach
	void everyTimerIsCancelled() {
		assertThat(this.scheduler.pending()).isZero();
		assertThat(this.readers.size()).isZero();
	}

	@Test
	void clientThatHardlyTakesAnythingIsCutOff() {
		SseBody body = body(create(2_000_000));
		take(body, 5_000);
		elapse(DURATION.plusSeconds(4));
		take(body, 500);
		assertThat(this.givenUp).hasValue(0);
		elapse(Duration.ofSeconds(1));
		assertThat(this.givenUp).hasValue(1);
		body.close();
	}

	@Test
	void clientThatIsSlowButSteadyGetsItsLastEvent() {
		SseBody body = body(create(2_000_000));
		elapse(DURATION);
		int pieces = 0;
		while (take(body, 70_000) == 70_000) {
			elapse(Duration.ofSeconds(5));
			pieces++;
		}
		assertThat(pieces).isEqualTo(2_000_000 / 70_000);
		assertThat(this.givenUp).hasValue(0);
		assertThat(take(body, 70_000)).isEqualTo(ResponseBody.END);
		body.close();
	}

	@Test
	void serverThatStopsWaitsForNoSlowClient() {
		SseBody body = body(create(2_000_000));
		take(body, 100_000);
		body.end();
		take(body, 100_000);
		elapse(Duration.ofSeconds(1));
		assertThat(this.givenUp).hasValue(1);
		body.close();
	}

	@Test
	void clientThatComesTooLateIsCutOffAtOnce() {
		SseBody body = new SseBody(create(10), MediaType.parse("text/plain"), 0, 100_000,
				new Cursors(this.clock, new Random(1)), null, this.tasks, this.readers, HEARTBEAT, DURATION, true,
				false, this.events, this.bytesRead::addAndGet);
		elapse(DURATION.plusSeconds(5));
		body.whenOverdue(this.givenUp::incrementAndGet);
		assertThat(this.givenUp).hasValue(1);
		body.close();
	}

	@Test
	void clientAtTheTailEndsWhenItsTimeIsOver() {
		SseBody body = body(create(10));
		assertThat(take(body, 1000)).isPositive();
		assertThat(take(body, 1000)).isZero();
		AtomicInteger woken = new AtomicInteger();
		body.whenReady(woken::incrementAndGet);
		elapse(HEARTBEAT);
		assertThat(woken).hasValue(1);
		assertThat(take(body, 1000)).isPositive();
		assertThat(take(body, 1000)).isZero();
		body.whenReady(woken::incrementAndGet);
		body.end();
		runTasks();
		assertThat(woken).hasValue(2);
		assertThat(take(body, 1000)).isEqualTo(ResponseBody.END);
		body.close();
		elapse(DURATION);
		assertThat(this.givenUp).hasValue(0);
	}

	@Test
	void clientThatDoesNotReadKeepsNothingOfADeletedStreamButItsEvent() {
		StreamLog log = create(100_000);
		WeakReference<byte[]> rest = append(log, 100_000);
		SseBody body = body(log);
		take(body, 10);
		this.store.delete("main");
		await().until(() -> {
			System.gc();
			return rest.refersTo(null);
		});
		assertThat(take(body, 1_000_000)).isGreaterThan(100_000 - 10);
		body.close();
	}

	@Test
	void eventAtTheTailIsEncodedOnceForAllItsReaders() {
		StreamLog log = create(10);
		SseBody first = body(log);
		String event = text(first);
		assertThat(event).startsWith("event: data\ndata:xxxxxxxxxx\n\nevent: control\n");
		assertThat(this.events.find(log.incarnation(), 0, 10)).asString(StandardCharsets.UTF_8)
			.isEqualTo("event: data\ndata:xxxxxxxxxx\n\n");
		this.events.put(log.incarnation(), 0, 10, "shared\n\n".getBytes(StandardCharsets.UTF_8));
		SseBody second = body(log);
		assertThat(text(second)).startsWith("shared\n\nevent: control\n").contains(log.offset(10).toString());
		assertThat(this.bytesRead).hasValue(20);
		first.close();
		second.close();
	}

	@Test
	void eventsThatAreSharedAreThoseOfTheirStreamAndPlaceOnly() {
		SharedEvents shared = new SharedEvents();
		byte[] event = new byte[] { 1 };
		shared.put(1, 0, 10, event);
		assertThat(shared.find(1, 0, 10)).isSameAs(event);
		assertThat(shared.find(1, 0, 11)).isNull();
		assertThat(shared.find(2, 0, 10)).isNull();
		for (int start = 1; start < 10_000; start++) {
			assertThat(shared.find(1, start, 10)).isNull();
		}
	}

	private static String text(SseBody body) {
		byte[] bytes = new byte[10_000];
		int length = 0;
		for (int count = read(body, bytes, 0, bytes.length); count > 0; count = read(body, bytes, length,
				bytes.length - length)) {
			length += count;
		}
		return new String(bytes, 0, length, StandardCharsets.UTF_8);
	}

	private static WeakReference<byte[]> append(StreamLog log, int bytes) {
		byte[] content = new byte[bytes];
		log.append(new Append(content, false, null, null));
		return new WeakReference<>(content);
	}

	private StreamStore store(Executor executor) {
		return new StreamStore(new MemoryStorage(), this.clock, executor, (task, delay) -> {
		}, 10, 100_000_000);
	}

	private StreamLog create(int bytes) {
		CreateOutcome outcome = this.store
			.create(new NewStream("main", "text/plain", "x".repeat(bytes).getBytes(StandardCharsets.UTF_8), false))
			.join();
		return ((CreateOutcome.Created) outcome).log();
	}

	@Test
	void changeThatOvertakesTheWaitLeavesNoTimer() {
		StreamStore immediate = store(Runnable::run);
		StreamLog log = ((CreateOutcome.Created) immediate.create(new NewStream("main", "text/plain", null, false))
			.join()).log();
		SseBody body = body(log);
		int expiryOnly = this.scheduler.pending();
		AtomicInteger woken = new AtomicInteger();
		for (int i = 1; i <= 20; i++) {
			cursors(body);
			append(log, 1);
			body.whenReady(woken::incrementAndGet);
			assertThat(woken).hasValue(i);
			assertThat(this.scheduler.pending()).isEqualTo(expiryOnly);
		}
		cursors(body);
		body.whenReady(woken::incrementAndGet);
		body.whenReady(woken::incrementAndGet);
		assertThat(this.scheduler.pending()).isEqualTo(expiryOnly + 1);
		append(log, 1);
		assertThat(woken).hasValue(21);
		assertThat(this.scheduler.pending()).isEqualTo(expiryOnly);
		body.close();
	}

	@Test
	void cursorsNeverGoBackwardsInAConnection() {
		StreamLog log = create(10);
		SseBody first = body(log);
		String current = cursors(first).get(0);
		first.close();
		for (String clientCursor : new String[] { null, "no cursor", "1", current, "9".repeat(25) }) {
			SseBody body = body(log, clientCursor);
			List<BigInteger> cursors = new ArrayList<>();
			for (int i = 0; i < 50; i++) {
				cursors(body).forEach((cursor) -> cursors.add(new BigInteger(cursor)));
				this.clock.advance(Duration.ofSeconds(7));
				append(log, 1);
			}
			assertThat(cursors).as("%s", clientCursor).hasSize(50).isSorted();
			assertThat(cursors.get(49)).isLessThanOrEqualTo(cursors.get(0).add(BigInteger.valueOf(18)));
			if (clientCursor != null && clientCursor.matches("\\d+")) {
				assertThat(cursors.get(0)).isGreaterThan(new BigInteger(clientCursor));
			}
			body.close();
		}
	}

	private static List<String> cursors(SseBody body) {
		byte[] events = new byte[10_000];
		int count = read(body, events, 0, events.length);
		StringBuilder text = new StringBuilder();
		while (count > 0) {
			text.append(new String(events, 0, count, StandardCharsets.UTF_8));
			count = read(body, events, 0, events.length);
		}
		return Pattern.compile("streamCursor\":\"(\\d+)")
			.matcher(text)
			.results()
			.map((match) -> match.group(1))
			.toList();
	}

	private SseBody body(StreamLog log) {
		return body(log, null);
	}

	private SseBody body(StreamLog log, String clientCursor) {
		SseBody body = new SseBody(log, MediaType.parse("text/plain"), 0, 100_000,
				new Cursors(this.clock, new Random(1)), clientCursor, this.tasks, this.readers, HEARTBEAT, DURATION,
				true, false, this.events, this.bytesRead::addAndGet);
		this.readers.add(body);
		body.whenOverdue(this.givenUp::incrementAndGet);
		return body;
	}

	/** Takes some bytes, or all that there are at the moment. */
	private static int take(SseBody body, int bytes) {
		int taken = 0;
		while (taken < bytes) {
			int count = read(body, new byte[bytes], 0, bytes - taken);
			if (count <= 0) {
				return (taken > 0) ? taken : count;
			}
			taken += count;
		}
		return taken;
	}

	private void elapse(Duration duration) {
		for (Duration second = Duration.ofSeconds(1); !duration.isZero(); duration = duration.minus(second)) {
			this.scheduler.elapse(second);
			runTasks();
		}
	}

	private void runTasks() {
		while (!this.executed.isEmpty()) {
			this.executed.remove(0).run();
		}
	}

	private static int read(SseBody body, byte[] target, int offset, int length) {
		try {
			return body.read(target, offset, length);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
