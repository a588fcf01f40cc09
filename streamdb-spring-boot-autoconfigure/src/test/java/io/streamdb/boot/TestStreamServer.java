package io.streamdb.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;

import io.streamdb.client.AppendOptions;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.DurableStreamServlet;
import io.streamdb.server.StreamAccess;
import jakarta.servlet.ServletRegistration;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;

/**
 * A stream server of its own, over HTTP. It can go away and come back at the same port
 * with the same streams.
 */
public final class TestStreamServer implements AutoCloseable {

	private static final Logger TOMCAT = Logger.getLogger("org.apache");

	static {
		// It warns of threads that belong to the stream server and not to the web server.
		TOMCAT.setLevel(Level.SEVERE);
	}

	private final DurableStreamServer server;

	private int port;

	private @Nullable WebServer webServer;

	private @Nullable Socket portHolder;

	/**
	 * Starts a server at a free port.
	 */
	public TestStreamServer() {
		this(StreamAccess.everybody());
	}

	/**
	 * Starts a server at a free port.
	 * @param access who may do what
	 */
	public TestStreamServer(StreamAccess access) {
		this.server = DurableStreamServer.builder().access(access).longPollTimeout(Duration.ofSeconds(2)).build();
		start();
	}

	/**
	 * Starts the server, at the same port as before.
	 */
	public void start() {
		releasePort();
		WebServer started = new TomcatServletWebServerFactory(this.port).getWebServer((servletContext) -> {
			ServletRegistration.Dynamic servlet = servletContext.addServlet("streams",
					new DurableStreamServlet(this.server));
			servlet.addMapping("/streams/*");
			servlet.setAsyncSupported(true);
		});
		started.start();
		this.port = started.getPort();
		this.webServer = started;
	}

	/**
	 * Stops the server. Its streams are there when it starts again.
	 */
	public void stop() {
		if (this.webServer != null) {
			this.webServer.stop();
			this.webServer.destroy();
			this.webServer = null;
			holdPort();
		}
	}

	/**
	 * Binds the port and does not listen: connections are refused, and nobody else gets
	 * the port meanwhile, be it for a connection of its own.
	 */
	private void holdPort() {
		try {
			Socket holder = new Socket();
			this.portHolder = holder;
			holder.setReuseAddress(true);
			holder.bind(new InetSocketAddress(this.port));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void releasePort() {
		if (this.portHolder != null) {
			try {
				this.portHolder.close();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
			this.portHolder = null;
		}
	}

	/**
	 * Returns the URL of a stream.
	 * @param stream its name
	 * @return the URL
	 */
	public String url(String stream) {
		return "http://localhost:" + this.port + "/streams/" + stream;
	}

	/**
	 * Returns a handle on a stream that works whether the server can be reached or not.
	 * @param stream its name
	 * @return the handle
	 */
	public DurableStream stream(String stream) {
		return DurableStream.builder(this.server.url(stream)).transport(this.server.transport()).build();
	}

	/**
	 * Creates a stream.
	 * @param stream its name
	 * @param events its events as JSON
	 */
	public void create(String stream, String... events) {
		stream(stream).create(CreateOptions.json()).join();
		for (String event : events) {
			append(stream, event);
		}
	}

	/**
	 * Appends an event.
	 * @param stream the stream's name
	 * @param event the event as JSON
	 */
	public void append(String stream, String event) {
		stream(stream).append(AppendOptions.of(event.getBytes(StandardCharsets.UTF_8))).join();
	}

	@Override
	public void close() {
		stop();
		releasePort();
		this.server.close();
	}

}
