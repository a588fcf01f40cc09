package io.streamdb.server;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterEach;

/**
 * The protocol in process.
 */
@Spec("S1.3")
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
