package io.streamdb.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.DurableStreamServerBuilder;
import io.streamdb.server.DurableStreamServlet;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;

/**
 * The embedded server in a process of its own, behind Tomcat as Spring Boot sets it up by
 * default. Prints the URL of its streams.
 */
final class ServedStreams {

	private static final Logger TOMCAT = Logger.getLogger("org.apache");

	private ServedStreams() {
	}

	/**
	 * Serves until the process ends.
	 * @param args a directory for the web server, and one for the streams if they are to
	 * be in files
	 */
	public static void main(String[] args) throws IOException, LifecycleException {
		TOMCAT.setLevel(Level.WARNING);
		DurableStreamServerBuilder builder = DurableStreamServer.builder();
		if (args.length > 1) {
			builder.directory(Path.of(args[1]));
		}
		DurableStreamServer server = builder.build();
		Tomcat tomcat = new Tomcat();
		tomcat.setBaseDir(args[0]);
		tomcat.setHostname("localhost");
		tomcat.setPort(0);
		tomcat.getConnector().setProperty("address", "127.0.0.1");
		Context context = tomcat.addContext("", null);
		Wrapper servlet = Tomcat.addServlet(context, "streams", new DurableStreamServlet(server));
		servlet.setAsyncSupported(true);
		servlet.addMapping("/streams/*");
		tomcat.start();
		System.out.println("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/streams/");
	}

}
