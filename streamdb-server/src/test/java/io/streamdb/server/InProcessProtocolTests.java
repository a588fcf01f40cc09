package io.streamdb.server;

import org.junit.jupiter.api.AfterEach;

/**
 * The protocol in process.
 */
class InProcessProtocolTests extends ProtocolContract {

	private final DurableStreamServer server = builder().build();

	private final StreamClient client = StreamClient.inProcess(this.server);

	@Override
	DurableStreamServer server() {
		return this.server;
	}

	@Override
	StreamClient client() {
		return this.client;
	}

	@AfterEach
	void closeServer() {
		this.server.close();
	}

}
