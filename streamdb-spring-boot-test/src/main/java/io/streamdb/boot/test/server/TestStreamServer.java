package io.streamdb.boot.test.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.DurableStreamServerBuilder;
import io.streamdb.server.DurableStreamServlet;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.util.http.fileupload.FileUtils;

/**
 * A {@link DurableStreamServer} for tests, at a port of this machine, that can be told
 * what goes wrong:
 *
 * <pre class="code">
 * static final TestStreamServer server = TestStreamServer.start();
 *
 * &#64;DynamicPropertySource
 * static void stream(DynamicPropertyRegistry registry) {
 *     registry.add("streamdb.url", () -&gt; server.url("main"));
 *     registry.add("streamdb.create-if-missing", () -&gt; true);
 * }
 *
 * &#64;Test
 * void aWriteSurvivesAServerThatIsBusy() {
 *     server.faults().inject(Fault.onStream("main").method("POST").status(503).times(2));
 *     …
 * }
 * </pre>
 *
 * It has the fault injection of the reference's test server too, at
 * {@code /_test/inject-error}, for tests that are not in this process. The streams are at
 * the root of the server. Requests through {@link DurableStreamServer#transport()} meet
 * no faults. Safe for use by many threads.
 */
public final class TestStreamServer implements AutoCloseable {

	private static final String HOST = "127.0.0.1";

	private final DurableStreamServer server;

	private final FaultInjector faults;

	private final FaultFilter filter;

	private final Path directory;

	private final Tomcat tomcat = new Tomcat();

	private final AtomicBoolean closed = new AtomicBoolean();

	private TestStreamServer(Builder builder) {
		DurableStreamServerBuilder settings = DurableStreamServer.builder();
		builder.settings.accept(settings);
		this.faults = new FaultInjector(builder.seed);
		this.filter = new FaultFilter(this.faults);
		this.server = settings.build();
		this.directory = createDirectory();
		try {
			configure(builder.port);
			this.tomcat.start();
		}
		catch (LifecycleException | RuntimeException ex) {
			close();
			throw new IllegalStateException("The stream server for tests did not start at port " + builder.port, ex);
		}
	}

	private static Path createDirectory() {
		try {
			return Files.createTempDirectory("test-stream-server");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void configure(int port) {
		this.tomcat.setBaseDir(this.directory.toString());
		this.tomcat.setHostname("localhost");
		this.tomcat.setPort(port);
		this.tomcat.getConnector().setProperty("address", HOST);
		this.tomcat.getConnector().setThrowOnFailure(true);
		StandardContext context = (StandardContext) this.tomcat.addContext("", null);
		// Nothing is left behind that would have to be looked for: the classes stay.
		context.setClearReferencesRmiTargets(false);
		context.setClearReferencesThreadLocals(false);
		context.getPipeline().addValve(new ConnectionValve());
		FilterDef definition = new FilterDef();
		definition.setFilterName("faults");
		definition.setFilter(this.filter);
		definition.setAsyncSupported("true");
		context.addFilterDef(definition);
		FilterMap mapping = new FilterMap();
		mapping.setFilterName(definition.getFilterName());
		mapping.addURLPattern("/*");
		context.addFilterMap(mapping);
		Wrapper servlet = Tomcat.addServlet(context, "streams", new DurableStreamServlet(this.server));
		servlet.setAsyncSupported(true);
		servlet.addMapping("/*");
	}

	/**
	 * Starts a server at a free port, with its streams in memory.
	 * @return the running server, to be closed
	 */
	public static TestStreamServer start() {
		return builder().start();
	}

	/**
	 * Starts to build a server.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Returns the URL below which the streams are.
	 * @return the URL, without a slash at its end
	 */
	public URI baseUrl() {
		return URI.create("http://" + HOST + ":" + this.tomcat.getConnector().getLocalPort());
	}

	/**
	 * Returns the URL of a stream, which need not exist.
	 * @param stream the stream's path, not encoded and without a slash at its begin
	 * @return the URL
	 * @throws IllegalArgumentException when there can be no stream of that path
	 */
	public URI url(String stream) {
		return baseUrl().resolve(this.server.url(stream).getRawPath());
	}

	/**
	 * Returns what goes wrong.
	 * @return the faults
	 */
	public FaultInjector faults() {
		return this.faults;
	}

	/**
	 * Returns the server itself, past the faults.
	 * @return the server, not to be closed by the caller
	 */
	public DurableStreamServer server() {
		return this.server;
	}

	/**
	 * Stops the server. May be called more than once.
	 * @throws IllegalStateException when the web server cannot be stopped
	 */
	@Override
	public void close() {
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		this.filter.close();
		this.server.close();
		try {
			this.tomcat.stop();
			this.tomcat.destroy();
			FileUtils.deleteDirectory(this.directory.toFile());
		}
		catch (LifecycleException ex) {
			throw new IllegalStateException("The stream server for tests did not stop", ex);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Builds a {@link TestStreamServer}.
	 */
	public static final class Builder {

		private int port;

		private long seed;

		private Consumer<DurableStreamServerBuilder> settings = (builder) -> {
		};

		private Builder() {
		}

		/**
		 * Sets the port; the default is a free one.
		 * @param number the port, or 0 for a free one
		 * @return this builder
		 */
		public Builder port(int number) {
			this.port = number;
			return this;
		}

		/**
		 * Sets where chance comes from: the same requests in the same order meet the same
		 * faults. The default is 0.
		 * @param number the seed
		 * @return this builder
		 */
		public Builder seed(long number) {
			this.seed = number;
			return this;
		}

		/**
		 * Sets up the server itself: how long a long-poll waits, a directory for its
		 * streams, who may use it.
		 * @param customizer sets it up
		 * @return this builder
		 */
		public Builder server(Consumer<DurableStreamServerBuilder> customizer) {
			this.settings = this.settings.andThen(customizer);
			return this;
		}

		/**
		 * Starts the server.
		 * @return the running server, to be closed
		 * @throws IllegalStateException when it cannot be started, as when the port is
		 * taken
		 */
		public TestStreamServer start() {
			return new TestStreamServer(this);
		}

	}

}
