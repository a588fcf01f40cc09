package io.streamdb.server;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.util.http.fileupload.FileUtils;

/**
 * A {@link DurableStreamServer} behind a real web server on a free port of this machine.
 */
public final class TomcatServer implements AutoCloseable {

	private final Tomcat tomcat = new Tomcat();

	private final Path directory;

	private final DurableStreamServer server;

	private final String mount;

	private final AtomicInteger errorPages = new AtomicInteger();

	public TomcatServer(DurableStreamServer server, String mount) throws IOException, LifecycleException {
		this(server, mount, 50);
	}

	TomcatServer(DurableStreamServer server, String mount, int threads) throws IOException, LifecycleException {
		this(server, mount, threads, true);
	}

	/** Each filter sees all requests, in the order given. */
	TomcatServer(DurableStreamServer server, String mount, int threads, boolean asyncSupported, Filter... filters)
			throws IOException, LifecycleException {
		this(server, mount, threads, asyncSupported, (connector) -> {
		}, filters);
	}

	/** Sets up a connector for many connections, which takes less for each. */
	static TomcatServer withSmallBuffers(DurableStreamServer server, String mount, int threads)
			throws IOException, LifecycleException {
		return new TomcatServer(server, mount, threads, true, (connector) -> {
			connector.setProperty("socket.appReadBufSize", "1024");
			connector.setProperty("socket.appWriteBufSize", "2048");
		});
	}

	/** Lets slashes in segments of a path through, which Tomcat refuses by default. */
	static TomcatServer withEncodedSlashes(DurableStreamServer server, String mount)
			throws IOException, LifecycleException {
		return new TomcatServer(server, mount, 50, true,
				(connector) -> connector.setEncodedSolidusHandling("passthrough"));
	}

	private TomcatServer(DurableStreamServer server, String mount, int threads, boolean asyncSupported,
			Consumer<Connector> settings, Filter... filters) throws IOException, LifecycleException {
		this.server = server;
		this.mount = mount;
		this.directory = Files.createTempDirectory("tomcat");
		this.tomcat.setBaseDir(this.directory.toString());
		this.tomcat.setHostname("localhost");
		this.tomcat.setPort(0);
		this.tomcat.getConnector().setProperty("address", "127.0.0.1");
		this.tomcat.getConnector().setProperty("maxThreads", Integer.toString(threads));
		this.tomcat.getConnector().setProperty("minSpareThreads", Integer.toString(Math.min(4, threads)));
		settings.accept(this.tomcat.getConnector());
		Context context = this.tomcat.addContext("", null);
		Wrapper servlet = Tomcat.addServlet(context, "streams", new DurableStreamServlet(server));
		servlet.setAsyncSupported(asyncSupported);
		servlet.addMapping(mount + "/*");
		for (Filter filter : filters) {
			add(context, filter);
		}
		addErrorPage(context);
		this.tomcat.start();
	}

	private void addErrorPage(Context context) {
		Tomcat.addServlet(context, "error", new HttpServlet() {

			@Override
			protected void service(HttpServletRequest request, HttpServletResponse response) {
				TomcatServer.this.errorPages.incrementAndGet();
			}

		}).addMapping("/error");
		ErrorPage page = new ErrorPage();
		page.setLocation("/error");
		context.addErrorPage(page);
	}

	private static void add(Context context, Filter filter) {
		FilterDef definition = new FilterDef();
		definition.setFilterName("filter" + context.findFilterDefs().length);
		definition.setFilter(filter);
		definition.setAsyncSupported("true");
		context.addFilterDef(definition);
		FilterMap mapping = new FilterMap();
		mapping.setFilterName(definition.getFilterName());
		mapping.addURLPattern("/*");
		context.addFilterMap(mapping);
	}

	int port() {
		return this.tomcat.getConnector().getLocalPort();
	}

	public URI url(String path) {
		return URI.create("http://127.0.0.1:" + port() + this.mount + "/" + path);
	}

	DurableStreamServer server() {
		return this.server;
	}

	/** How often the web server wanted to answer with its error page. */
	int errorPages() {
		return this.errorPages.get();
	}

	/** What a graceful stop waits for. */
	long requestsInProgress() {
		return ((StandardContext) this.tomcat.getHost().findChildren()[0]).getInProgressAsyncCount();
	}

	/** Tomcat also counts the connection that it would accept next. */
	long connections() {
		return ((AbstractProtocol<?>) this.tomcat.getConnector().getProtocolHandler()).getConnectionCount() - 1;
	}

	@Override
	public void close() throws IOException, LifecycleException {
		this.server.close();
		this.tomcat.stop();
		this.tomcat.destroy();
		FileUtils.deleteDirectory(this.directory.toFile());
	}

}
