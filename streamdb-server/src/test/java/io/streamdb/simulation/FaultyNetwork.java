package io.streamdb.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;
import org.jspecify.annotations.Nullable;

/**
 * The network between the databases and the server. It loses, delays, repeats and
 * reorders requests, loses and cuts responses, answers in place of the server, and is
 * down at times. What it has taken it may deliver long after the client has given up.
 */
final class FaultyNetwork {

	private static final Pattern CONTROL = Pattern.compile("\\{\"streamNextOffset\":\"([^\"]*)\"([^}]*)}");

	private final Simulator simulator;

	private final Random random;

	private final SimulatedServer server;

	/** Of 1000 requests, how many meet with a fault. */
	private int faults;

	private final int maxDelayMillis;

	private boolean down;

	private int inFlight;

	private final List<Exchange> open = new ArrayList<>();

	FaultyNetwork(Simulator simulator, Random random, SimulatedServer server, int faults) {
		this.simulator = simulator;
		this.random = random;
		this.server = server;
		this.faults = faults;
		this.maxDelayMillis = 1 + random.nextInt(60);
	}

	/**
	 * Has no faults from now on.
	 */
	void heal() {
		this.faults = 0;
		this.down = false;
	}

	/**
	 * Breaks all connections, and is down for a while.
	 */
	void goDown(long nanos) {
		this.simulator.trace().event("NETWORK down for " + nanos / 1_000_000 + " ms");
		this.down = true;
		breakAll();
		this.simulator.after(nanos, () -> {
			this.simulator.trace().event("NETWORK up");
			this.down = false;
		});
	}

	private void breakAll() {
		for (Exchange exchange : List.copyOf(this.open)) {
			exchange.cut("the connection was reset");
		}
	}

	/**
	 * Returns how many requests may still reach the server.
	 */
	int inFlight() {
		return this.inFlight;
	}

	private long delay() {
		long millis = (this.random.nextInt(20) == 0) ? this.random.nextInt(3000)
				: this.random.nextInt(this.maxDelayMillis);
		return (this.faults == 0) ? this.random.nextInt(2_000_000)
				: millis * 1_000_000 + this.random.nextInt(1_000_000);
	}

	private boolean fault() {
		return this.random.nextInt(1000) < this.faults;
	}

	/**
	 * Makes the way of one client to the server.
	 */
	final class Client implements StreamTransport {

		private final String name;

		private final Consumer<TransportRequest> sent;

		private final BiConsumer<String, Boolean> told;

		private final Supplier<Runnable> begun;

		private boolean isolated;

		private long lastTrouble;

		private long lastRead;

		/**
		 * Creates it.
		 * @param name the client
		 * @param sent told of each request, when it is sent
		 * @param told told of each offset up to which something is sent to it, and
		 * whether the server says that there is nothing more
		 * @param begun asked when the server sends a response that begins at the start of
		 * what there is, for what is to be done when that reaches the client
		 */
		Client(String name, Consumer<TransportRequest> sent, BiConsumer<String, Boolean> told,
				Supplier<Runnable> begun) {
			this.name = name;
			this.sent = sent;
			this.told = told;
			this.begun = begun;
		}

		/**
		 * Cuts the client off for good.
		 */
		void isolate() {
			this.isolated = true;
			for (Exchange exchange : List.copyOf(FaultyNetwork.this.open)) {
				if (exchange.client == this) {
					exchange.cut("the client was cut off");
				}
			}
		}

		/**
		 * Returns when something last went wrong for this client, in simulated time.
		 */
		long lastTrouble() {
			return FaultyNetwork.this.down ? FaultyNetwork.this.simulator.nanos() : this.lastTrouble;
		}

		/**
		 * Returns when anything of what it reads has last reached this client, in
		 * simulated time.
		 */
		long lastRead() {
			return this.lastRead;
		}

		private void trouble(String what, TransportRequest request) {
			this.lastTrouble = FaultyNetwork.this.simulator.nanos();
			FaultyNetwork.this.simulator.trace().event("NETWORK " + this.name + " " + what + ": " + describe(request));
		}

		@Override
		public CompletableFuture<TransportResponse> send(TransportRequest request) {
			FaultyNetwork network = FaultyNetwork.this;
			network.simulator.mayPreempt();
			this.sent.accept(request);
			Exchange exchange = new Exchange(this, request);
			if (this.isolated || network.down || (network.fault() && network.random.nextInt(4) == 0)) {
				trouble("finds no connection", request);
				exchange.failHead(network.delay() / 8, new ConnectException("simulated"));
				return exchange.future;
			}
			exchange.watchTimeout();
			network.open.add(exchange);
			if (!network.fault()) {
				exchange.deliver(network.delay(), true);
				return exchange.future;
			}
			switch (network.random.nextInt(8)) {
				case 0 -> {
					trouble("loses a request", request);
					exchange.failHead(network.delay(), new IOException("connection reset (simulated)"));
				}
				case 1 -> trouble("loses a request silently", request);
				case 2 -> {
					trouble("loses a response", request);
					long delay = network.delay();
					exchange.deliver(delay, false);
					exchange.failHead(delay + network.delay(), new IOException("connection reset (simulated)"));
				}
				case 3 -> {
					trouble("delivers a request late", request);
					exchange.deliver(1_000_000L * network.random.nextInt(15_000), true);
				}
				case 4 -> {
					trouble("delivers a request twice", request);
					exchange.deliver(network.delay(), true);
					exchange.deliver(1_000_000L * network.random.nextInt(15_000), false);
				}
				case 5 -> {
					int[] statuses = { 429, 500, 502, 503, 504 };
					int status = statuses[network.random.nextInt(statuses.length)];
					trouble("answers " + status, request);
					exchange.answer(network.delay(), status);
					if (status >= 500 && network.random.nextBoolean()) {
						exchange.deliver(network.delay(), false);
					}
				}
				case 6 -> {
					trouble("will cut the response", request);
					exchange.cutAfter = network.random.nextInt(600);
					exchange.deliver(network.delay(), true);
				}
				default -> {
					trouble("will let the response stall", request);
					exchange.stallAfter = network.random.nextInt(600);
					exchange.deliver(network.delay(), true);
				}
			}
			return exchange.future;
		}

	}

	private static String describe(TransportRequest request) {
		String query = request.uri().getRawQuery();
		String producer = request.headers().containsKey("Producer-Id")
				? " epoch " + request.headers().get("Producer-Epoch") + " seq " + request.headers().get("Producer-Seq")
				: "";
		return request.method() + ((query != null) ? " " + query : "") + producer;
	}

	/**
	 * One request with its response.
	 */
	private final class Exchange implements TransportResponse {

		private final Client client;

		private final TransportRequest request;

		private final CompletableFuture<TransportResponse> future = new CompletableFuture<>();

		private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

		private final Body body = new Body();

		private final List<Runnable> givenUp = new ArrayList<>();

		private int status;

		private int cutAfter = Integer.MAX_VALUE;

		private int stallAfter = Integer.MAX_VALUE;

		private int passed;

		private long arrival;

		Exchange(Client client, TransportRequest request) {
			this.client = client;
			this.request = request;
			this.future.whenComplete((response, failure) -> {
				if (failure != null) {
					giveUp();
				}
			});
		}

		void watchTimeout() {
			if (this.request.timeout() != null) {
				FaultyNetwork.this.simulator.after(this.request.timeout().toNanos(),
						() -> failNow(new HttpTimeoutException("no response within " + this.request.timeout())));
			}
		}

		/**
		 * Hands a failure to the client. What depends on the future is the client's code.
		 */
		private void failNow(Exception failure) {
			if (!this.future.isDone()) {
				this.client.lastTrouble = FaultyNetwork.this.simulator.nanos();
				finish(() -> this.future.completeExceptionally(failure));
			}
		}

		/**
		 * Completes the future: on a strand where code of the client depends on it.
		 */
		private void finish(Runnable completion) {
			if (this.future.getNumberOfDependents() > 1) {
				FaultyNetwork.this.simulator.start("network", completion);
			}
			else {
				completion.run();
			}
		}

		void failHead(long delay, Exception failure) {
			FaultyNetwork.this.simulator.after(delay, () -> failNow(failure));
		}

		void answer(long delay, int answered) {
			FaultyNetwork.this.simulator.after(delay, () -> {
				this.status = answered;
				if (FaultyNetwork.this.random.nextBoolean() && (answered == 429 || answered == 503)) {
					this.headers.put("Retry-After", Integer.toString(1 + FaultyNetwork.this.random.nextInt(2)));
				}
				this.body.ended = true;
				finish(() -> this.future.complete(this));
			});
		}

		/**
		 * Delivers the request.
		 * @param delay when
		 * @param answered whether the client gets the response
		 */
		void deliver(long delay, boolean answered) {
			FaultyNetwork network = FaultyNetwork.this;
			network.inFlight++;
			network.simulator.after(delay, () -> {
				network.inFlight--;
				// A proxy may pass on what nobody waits for any more.
				if (network.down || (this.body.closed && network.random.nextBoolean())) {
					failNow(new IOException("connection reset (simulated)"));
					return;
				}
				network.simulator.trace().event("SERVER gets " + this.client.name + " " + describe(this.request));
				network.server.handle(this.request, answered ? new Way() : new Nowhere());
			});
		}

		void cut(String why) {
			failNow(new IOException(why + " (simulated)"));
			this.body.broken = why;
			giveUp();
		}

		private void giveUp() {
			if (this.stallAfter != Integer.MAX_VALUE) {
				this.client.lastTrouble = FaultyNetwork.this.simulator.nanos();
			}
			FaultyNetwork.this.open.remove(this);
			this.body.closed = true;
			List<Runnable> actions = new ArrayList<>(this.givenUp);
			this.givenUp.clear();
			actions.forEach(Runnable::run);
		}

		private void noteRead() {
			if (this.request.method().equals("GET")) {
				this.client.lastRead = FaultyNetwork.this.simulator.nanos();
			}
		}

		private long arrive(long delay) {
			this.arrival = Math.max(this.arrival, FaultyNetwork.this.simulator.nanos() + delay);
			return this.arrival - FaultyNetwork.this.simulator.nanos();
		}

		@Override
		public int status() {
			return this.status;
		}

		@Override
		public @Nullable String header(String name) {
			return this.headers.get(name);
		}

		@Override
		public InputStream body() {
			return this.body;
		}

		@Override
		public void close() {
			giveUp();
		}

		/**
		 * The way of a response to the client, in order.
		 */
		private final class Way implements SimulatedServer.Answer {

			private final StringBuilder control = new StringBuilder();

			private boolean events;

			@Override
			public void head(int answered, Map<String, String> fields) {
				Map<String, String> copy = Map.copyOf(fields);
				this.events = "text/event-stream".equals(copy.get("Content-Type"));
				String query = String.valueOf(Exchange.this.request.uri().getRawQuery());
				boolean begins = query.contains("offset=-1") && answered == 200;
				Runnable begun = begins ? Exchange.this.client.begun.get() : () -> {
				};
				if (Exchange.this.request.method().equals("GET") && copy.containsKey("Stream-Next-Offset")) {
					Exchange.this.client.told.accept(copy.get("Stream-Next-Offset"),
							"true".equals(copy.get("Stream-Up-To-Date")));
				}
				if (Exchange.this.stallAfter < 50) {
					return;
				}
				FaultyNetwork.this.simulator.after(arrive(FaultyNetwork.this.delay()), () -> {
					if (!Exchange.this.future.isDone()) {
						Exchange.this.noteRead();
						begun.run();
						Exchange.this.status = answered;
						Exchange.this.headers.putAll(copy);
						finish(() -> Exchange.this.future.complete(Exchange.this));
					}
				});
			}

			@Override
			public void bytes(byte[] part) {
				if (this.events) {
					this.control.append(new String(part, StandardCharsets.UTF_8));
					Matcher matcher = CONTROL.matcher(this.control);
					int end = 0;
					while (matcher.find()) {
						Exchange.this.client.told.accept(matcher.group(1),
								matcher.group(2).contains("\"upToDate\":true"));
						end = matcher.end();
					}
					this.control.delete(0, end);
				}
				Random random = FaultyNetwork.this.random;
				int from = 0;
				while (from < part.length) {
					int length = random.nextBoolean() ? part.length - from
							: Math.min(part.length - from, 1 + random.nextInt(80));
					send(java.util.Arrays.copyOfRange(part, from, from + length));
					from += length;
				}
			}

			private void send(byte[] piece) {
				Exchange exchange = Exchange.this;
				int left = Math.min(exchange.cutAfter, exchange.stallAfter) - exchange.passed;
				if (left < 0) {
					return;
				}
				exchange.passed += piece.length;
				byte[] whole = (left < piece.length) ? java.util.Arrays.copyOf(piece, left) : piece;
				boolean cut = exchange.passed > exchange.cutAfter;
				FaultyNetwork.this.simulator.after(arrive(FaultyNetwork.this.delay() / 4), () -> {
					exchange.noteRead();
					exchange.body.add(whole);
					if (cut) {
						exchange.cut("the response was cut");
					}
				});
			}

			@Override
			public void end() {
				Exchange exchange = Exchange.this;
				if (exchange.passed > Math.min(exchange.cutAfter, exchange.stallAfter)) {
					return;
				}
				FaultyNetwork.this.simulator.after(arrive(0), () -> exchange.body.ended = true);
			}

			@Override
			public void onGivenUp(Runnable action) {
				if (Exchange.this.body.closed) {
					action.run();
				}
				else {
					Exchange.this.givenUp.add(action);
				}
			}

		}

		/**
		 * Where a response goes that is lost.
		 */
		private static final class Nowhere implements SimulatedServer.Answer {

			@Override
			public void head(int status, Map<String, String> headers) {
			}

			@Override
			public void bytes(byte[] part) {
			}

			@Override
			public void end() {
			}

			@Override
			public void onGivenUp(Runnable action) {
				action.run();
			}

		}

		/**
		 * What has arrived of a body.
		 */
		private final class Body extends InputStream {

			private byte[] bytes = new byte[0];

			private int position;

			private boolean ended;

			private @Nullable String broken;

			private boolean closed;

			void add(byte[] more) {
				byte[] left = java.util.Arrays.copyOfRange(this.bytes, this.position, this.bytes.length + more.length);
				System.arraycopy(more, 0, left, this.bytes.length - this.position, more.length);
				this.bytes = left;
				this.position = 0;
			}

			@Override
			public int read() throws IOException {
				byte[] one = new byte[1];
				return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xff;
			}

			@Override
			public int read(byte[] target, int offset, int length) throws IOException {
				try {
					FaultyNetwork.this.simulator.await(
							() -> this.position < this.bytes.length || this.ended || this.broken != null || this.closed,
							Simulator.NEVER);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
					throw new java.io.InterruptedIOException("simulated");
				}
				if (this.position < this.bytes.length) {
					int count = Math.min(length, this.bytes.length - this.position);
					System.arraycopy(this.bytes, this.position, target, offset, count);
					this.position += count;
					return count;
				}
				if (this.broken != null) {
					throw new IOException(this.broken + " (simulated)");
				}
				if (this.closed && !this.ended) {
					throw new IOException("closed (simulated)");
				}
				return -1;
			}

		}

	}

}
