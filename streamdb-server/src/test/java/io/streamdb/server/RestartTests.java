package io.streamdb.server;

import java.nio.file.Path;
import java.time.Duration;

import io.streamdb.Spec;
import io.streamdb.server.store.MutableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What clients of one server find at the next one on the same directory.
 */
class RestartTests {

	private static final String TEXT = "text/plain";

	private final MutableClock clock = new MutableClock();

	@TempDir
	private Path directory;

	private DurableStreamServer server;

	private StreamClient client;

	@BeforeEach
	void start() {
		this.server = DurableStreamServer.builder().directory(this.directory).clock(this.clock).build();
		this.client = StreamClient.inProcess(this.server);
	}

	private void restart() {
		this.server.close();
		start();
	}

	@AfterEach
	void close() {
		this.server.close();
	}

	@Test
	void offsetsStayValid() {
		this.client.put("main", TEXT, "");
		String offset = this.client.post("main", TEXT, "one").offset();
		this.client.post("main", TEXT, "two");
		restart();
		assertThat(this.client.get("main?offset=" + offset).body()).isEqualTo("two");
		assertThat(this.client.get("main").body()).isEqualTo("onetwo");
	}

	@Test
	@Spec("S5.14")
	void offsetsOfAnEarlierLifeAreGone() {
		this.client.put("main", TEXT, "");
		String offset = this.client.post("main", TEXT, "one").offset();
		this.client.delete("main");
		restart();
		// What would give an incarnation again that follows the clock only.
		this.clock.advance(Duration.ofDays(-1));
		this.client.put("main", TEXT, "");
		assertThat(this.client.post("main", TEXT, "two").offset()).isNotEqualTo(offset);
		assertThat(this.client.get("main?offset=" + offset).status()).isEqualTo(410);
		restart();
		assertThat(this.client.get("main?offset=" + offset).status()).isEqualTo(410);
		assertThat(this.client.get("main").body()).isEqualTo("two");
	}

	@Test
	@Spec("S2.8")
	void retryOfAnIdempotentProducerIsRecognised() {
		String[] producer = { "Producer-Id", "p", "Producer-Epoch", "0", "Producer-Seq", "0" };
		this.client.put("main", TEXT, "");
		assertThat(this.client.post("main", TEXT, "one", producer).status()).isEqualTo(200);
		restart();
		assertThat(this.client.post("main", TEXT, "one", producer).status()).isEqualTo(204);
		assertThat(this.client.get("main").body()).isEqualTo("one");
	}

}
