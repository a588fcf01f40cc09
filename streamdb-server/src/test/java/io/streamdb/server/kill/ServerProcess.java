package io.streamdb.server.kill;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.TomcatServer;

/**
 * A process with a server on files, which waits to be killed.
 */
final class ServerProcess {

	private ServerProcess() {
	}

	/**
	 * Serves, and tells where.
	 * @param args the directory
	 * @throws Exception when it cannot serve
	 */
	public static void main(String[] args) throws Exception {
		DurableStreamServer server = DurableStreamServer.builder().directory(Path.of(args[0])).build();
		TomcatServer tomcat = new TomcatServer(server, "/streams");
		System.out.println(tomcat.url(""));
		new CountDownLatch(1).await();
	}

}
