package io.streamdb.server;

import java.util.concurrent.atomic.AtomicInteger;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import io.streamdb.client.JdkHttpTransport;

/**
 * The protocol over HTTP.
 */
@Spec("S1.1")
class HttpProtocolTests extends ProtocolContract {

	private static final AtomicInteger tests = new AtomicInteger();

	private static final JdkHttpTransport transport = new JdkHttpTransport();

	private static TomcatServer tomcat;

	private StreamClient client;

	@BeforeAll
	static void startTomcat() throws Exception {
		tomcat = new TomcatServer(builder().build(), "/streams");
	}

	@AfterAll
	static void stopTomcat() throws Exception {
		tomcat.close();
	}

	@BeforeEach
	void giveEachTestStreamsOfItsOwn() {
		String prefix = "test-" + tests.incrementAndGet() + "/";
		this.client = new StreamClient(transport,
				(path) -> tomcat.url((path.isEmpty() || path.startsWith("__ds")) ? path : prefix + path));
	}

	@AfterEach
	void awaitTheEndOfReaders() {
		awaitReaders(0);
	}

	@Override
	DurableStreamServer server() {
		return tomcat.server();
	}

	@Override
	StreamClient client() {
		return this.client;
	}

}
