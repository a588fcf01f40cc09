package io.streamdb.server.resets;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy that knows nothing of HTTP and breaks connections at random. Each has a
 * random time, some none at all; the first data after it, in either direction, gets
 * through in part, and then both sides are reset (RST, which also throws away what is
 * buffered), or ended as if all was said. A connection on which nothing moves is broken
 * soon after its time.
 * <p>
 * The time counts and not the bytes, since a body that is longer than what any connection
 * carries could never be read.
 */
final class ResettingProxy implements AutoCloseable {

	private static final Duration IDLE = Duration.ofMillis(100);

	private final ServerSocket socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());

	private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

	private final URI target;

	private final Random random;

	private final Duration meanTime;

	private final Set<Link> links = ConcurrentHashMap.newKeySet();

	private final AtomicLong connections = new AtomicLong();

	private final AtomicLong resets = new AtomicLong();

	private final AtomicLong ends = new AtomicLong();

	private volatile boolean closed;

	/**
	 * Starts a proxy.
	 * @param target the server
	 * @param meanTime how long a connection lives on average
	 * @param seed decides what breaks when
	 * @throws IOException when there is no free port
	 */
	ResettingProxy(URI target, Duration meanTime, long seed) throws IOException {
		this.target = target;
		this.meanTime = meanTime;
		this.random = new Random(seed);
		start(this::accept, "resetting-proxy");
	}

	/**
	 * Returns the URL that leads to the server through the proxy.
	 */
	URI url() {
		return URI.create("http://127.0.0.1:" + this.socket.getLocalPort() + this.target.getRawPath());
	}

	long connections() {
		return this.connections.get();
	}

	long resets() {
		return this.resets.get();
	}

	long ends() {
		return this.ends.get();
	}

	private void accept() {
		while (!this.closed) {
			try {
				Socket client = this.socket.accept();
				this.connections.incrementAndGet();
				Socket server = new Socket(this.target.getHost(), this.target.getPort());
				client.setTcpNoDelay(true);
				server.setTcpNoDelay(true);
				Link link = link(client, server);
				this.links.add(link);
				start(() -> link.pump(client, server), "resetting-proxy-up");
				start(() -> link.pump(server, client), "resetting-proxy-down");
				this.timer.schedule(link::breakOff, link.nanos + IDLE.toNanos(), TimeUnit.NANOSECONDS);
			}
			catch (IOException ex) {
				if (!this.closed) {
					throw new IllegalStateException("The proxy cannot reach " + this.target, ex);
				}
			}
		}
	}

	private Link link(Socket client, Socket server) {
		long nanos = (long) (-this.meanTime.toNanos() * Math.log(1 - this.random.nextDouble()));
		return new Link(client, server, (this.random.nextInt(10) == 0) ? 0 : nanos, this.random.nextInt(4) > 0,
				this.random.nextDouble());
	}

	private static void start(Runnable task, String name) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.closed = true;
		this.socket.close();
		this.timer.shutdownNow();
		this.links.forEach(Link::end);
	}

	/**
	 * A connection to the proxy, and the one from it to the server.
	 */
	private final class Link {

		private final Socket client;

		private final Socket server;

		private final long nanos;

		private final long start = System.nanoTime();

		private final boolean reset;

		private final double part;

		Link(Socket client, Socket server, long nanos, boolean reset, double part) {
			this.client = client;
			this.server = server;
			this.nanos = nanos;
			this.reset = reset;
			this.part = part;
		}

		void pump(Socket from, Socket to) {
			byte[] buffer = new byte[8192];
			try {
				InputStream in = from.getInputStream();
				OutputStream out = to.getOutputStream();
				for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
					boolean over = System.nanoTime() - this.start >= this.nanos;
					out.write(buffer, 0, over ? (int) (count * this.part) : count);
					out.flush();
					if (over) {
						breakOff();
						return;
					}
				}
				// What one side has ended is over: HTTP needs no half open connection.
				end();
			}
			catch (IOException ex) {
				// The other direction has broken the connection, or one of the peers.
				end();
			}
		}

		void breakOff() {
			if (!ResettingProxy.this.links.remove(this)) {
				return;
			}
			(this.reset ? ResettingProxy.this.resets : ResettingProxy.this.ends).incrementAndGet();
			try (Socket one = this.client; Socket other = this.server) {
				if (this.reset) {
					one.setSoLinger(true, 0);
					other.setSoLinger(true, 0);
				}
			}
			catch (IOException ex) {
				// A peer was faster.
			}
		}

		void end() {
			ResettingProxy.this.links.remove(this);
			try (Socket one = this.client; Socket other = this.server) {
				one.shutdownOutput();
				other.shutdownOutput();
			}
			catch (IOException ex) {
				// It is closed already, which is all that is wanted.
			}
		}

	}

}
