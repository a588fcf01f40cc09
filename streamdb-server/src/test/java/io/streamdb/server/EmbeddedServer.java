package io.streamdb.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;

import io.streamdb.client.TransportRequest;
import io.streamdb.simulation.SimulatedServer;
import io.streamdb.simulation.StreamHistory;
import org.jspecify.annotations.Nullable;

/**
 * Our server in a simulation: its protocol handler, without a transport.
 */
public final class EmbeddedServer implements SimulatedServer {

	private static final String PATH = "/stream";

	private final DurableStreamServer server;

	private final StreamHistory history;

	private final Executor executor;

	/**
	 * Starts the server, without a stream.
	 * @param clock the simulated clock
	 * @param random the simulated chance
	 * @param executor runs tasks soon, in events
	 * @param scheduler runs tasks later, in events
	 * @param history told what is in the stream
	 */
	public EmbeddedServer(Clock clock, RandomGenerator random, Executor executor, ScheduledExecutorService scheduler,
			StreamHistory history) {
		ServerLimits defaults = ServerLimits.defaults();
		this.server = DurableStreamServer.builder()
			.clock(clock)
			.random(random)
			.executor(executor)
			.scheduler(scheduler)
			.limits(defaults.withMaxChunkBytes(random.nextBoolean() ? 1 << 20 : 200 + random.nextInt(2000)))
			.longPollTimeout(Duration.ofSeconds(2))
			.sseDuration(Duration.ofSeconds(5))
			.heartbeat(Duration.ofMillis(1500))
			.build();
		this.executor = executor;
		this.history = history;
	}

	@Override
	public void create() {
		perform("PUT", "");
	}

	@Override
	public void delete() {
		perform("DELETE", "");
	}

	@Override
	public void append(List<String> items) {
		perform("POST", "[" + String.join(",", items) + "]");
	}

	@Override
	public void close() {
		perform("POST", "", Map.of("Stream-Closed", "true"));
	}

	private void perform(String method, String body) {
		perform(method, body, Map.of("Content-Type", "application/json"));
	}

	private void perform(String method, String body, Map<String, String> headers) {
		ProtocolRequest request = request(method, null, headers, body.getBytes(StandardCharsets.UTF_8));
		this.server.handler()
			.handle(request)
			.thenAccept((response) -> note(method, request, response, body.getBytes(StandardCharsets.UTF_8)));
	}

	@Override
	public void handle(TransportRequest request, Answer answer) {
		byte[] body = (request.body() != null) ? request.body() : new byte[0];
		ProtocolRequest translated = request(request.method(), request.uri().getRawQuery(), request.headers(), body);
		var answered = this.server.handler().handle(translated);
		answer.onGivenUp(() -> answered.cancel(false));
		answered.thenAccept((response) -> {
			note(request.method(), translated, response, body);
			answer.head(response.status(), response.headers());
			answer.onGivenUp(() -> response.body().close());
			pump(response.body(), answer);
		});
	}

	private static ProtocolRequest request(String method, @Nullable String query, Map<String, String> fields,
			byte[] body) {
		Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		headers.putAll(fields);
		return new ProtocolRequest(method, PATH, "", query, headers::get, (limit, room) -> body, null, () -> PATH);
	}

	private void note(String method, ProtocolRequest request, ProtocolResponse response, byte[] body) {
		String offset = response.header("Stream-Next-Offset");
		if (method.equals("PUT") && response.status() == 201) {
			this.history.created(String.valueOf(offset));
		}
		else if (method.equals("DELETE") && response.status() == 204) {
			this.history.deleted();
		}
		else if (method.equals("POST")
				&& (response.status() == ((request.header("Producer-Id") != null) ? 200 : 204))) {
			if (body.length > 0) {
				this.history.appended(new String(body, StandardCharsets.UTF_8));
				this.history.offset(String.valueOf(offset), this.history.life().size());
			}
			if ("true".equals(response.header("Stream-Closed"))) {
				this.history.closed();
			}
		}
	}

	private void pump(ResponseBody body, Answer answer) {
		byte[] buffer = new byte[1 << 14];
		while (true) {
			int count = read(body, buffer);
			if (count == ResponseBody.END) {
				body.close();
				answer.end();
				return;
			}
			if (count == 0) {
				body.whenReady(() -> this.executor.execute(() -> pump(body, answer)));
				return;
			}
			answer.bytes(Arrays.copyOf(buffer, count));
		}
	}

	private static int read(ResponseBody body, byte[] target) {
		try {
			return body.read(target, 0, target.length);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
