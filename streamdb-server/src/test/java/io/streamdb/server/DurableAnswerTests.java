package io.streamdb.server;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.streamdb.server.store.HeldStorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Answers over HTTP that wait until the storage has made something durable.
 */
class DurableAnswerTests {

	private final HeldStorage storage = new HeldStorage();

	private TomcatServer tomcat;

	private StreamClient client;

	@BeforeEach
	void startTomcat() throws Exception {
		this.tomcat = new TomcatServer(DurableStreamServer.builder().storage(this.storage).build(), "/streams", 4);
		this.client = StreamClient.overHttp(this.tomcat);
	}

	@AfterEach
	void stopTomcat() throws Exception {
		this.tomcat.close();
	}

	@Test
	void requestsThatWriteAreAnsweredWhenThatIsDurable() {
		CompletableFuture<StreamClient.Answer> created = send("PUT", "a", "one");
		assertThat(created).isNotDone();
		assertThat(this.client.get("a").status()).isEqualTo(404);
		this.storage.forceOne();
		assertThat(created.join().status()).isEqualTo(201);
		CompletableFuture<StreamClient.Answer> appended = send("POST", "a", "two");
		assertThat(this.client.get("a").body()).isEqualTo("one");
		this.storage.forceOne();
		assertThat(appended.join().status()).isEqualTo(204);
		assertThat(this.client.get("a").body()).isEqualTo("onetwo");
		CompletableFuture<StreamClient.Answer> deleted = send("DELETE", "a", "");
		assertThat(this.client.get("a").status()).isEqualTo(200);
		this.storage.forceOne();
		assertThat(deleted.join().status()).isEqualTo(204);
		assertThat(this.client.get("a").status()).isEqualTo(404);
		await().until(() -> this.tomcat.server().metrics().openRequests() == 0);
	}

	@Test
	@Spec("S1.2")
	void requestsThatWaitHoldNoThreadOfTheWebServer() {
		create("a");
		for (int i = 0; i < 20; i++) {
			this.client.sendAsync("POST", "a", "x", "Content-Type", "text/plain");
		}
		await().until(() -> this.storage.size() == 20);
		assertThat(this.tomcat.server().metrics().openRequests()).isEqualTo(20);
		assertThat(this.tomcat.server().metrics().pendingBytes()).isEqualTo(20);
		assertThat(this.client.get("a").status()).isEqualTo(200);
		this.storage.force();
		await().until(() -> this.tomcat.server().metrics().openRequests() == 0);
		assertThat(this.tomcat.server().metrics().pendingBytes()).isZero();
		assertThat(this.client.get("a").body()).isEqualTo("one" + "x".repeat(20));
	}

	@Test
	void clientThatGoesAwayMeanwhileLeavesNothingBehind() throws IOException {
		create("a");
		for (int i = 0; i < 10; i++) {
			try (RawConnection connection = new RawConnection(this.tomcat.port())) {
				connection.send("""
						POST /streams/a HTTP/1.1
						Host: localhost
						Content-Type: text/plain
						Content-Length: 1
						""", "x");
				int count = i + 1;
				await().until(() -> this.storage.size() == count);
			}
		}
		this.storage.force();
		await().until(() -> this.tomcat.requestsInProgress() == 0);
		await().until(() -> this.tomcat.server().metrics().openRequests() == 0);
		assertThat(this.tomcat.errorPages()).isZero();
		assertThat(this.client.get("a").body()).isEqualTo("one" + "x".repeat(10));
	}

	@Test
	void storageThatFailsIsToldAndCounted() {
		create("a");
		CompletableFuture<StreamClient.Answer> appended = send("POST", "a", "two");
		assertThat(this.tomcat.server().failure()).isNull();
		IOException failure = new IOException("on purpose");
		this.storage.fail(failure);
		StreamClient.Answer answer = appended.join();
		assertThat(answer.status()).isEqualTo(500);
		assertThat(answer.body()).contains("store").contains("started again");
		assertThat(this.tomcat.server().metrics().failedWrites()).isEqualTo(1);
		assertThat(this.tomcat.server().failure()).isSameAs(failure);
		assertThat(this.client.get("a").body()).isEqualTo("one");
	}

	@Test
	void failureIsKnownBeforeAnybodyWrites() {
		IOException failure = new IOException("on purpose");
		this.storage.fail(failure);
		assertThat(this.tomcat.server().failure()).isSameAs(failure);
	}

	@Test
	void requestIsNotAskedAnythingWhenItMayBeOver() {
		AtomicBoolean over = new AtomicBoolean();
		ProtocolRequest request = new ProtocolRequest("PUT", "/a", "", null, (name) -> null,
				(limit, room) -> new byte[0], null, () -> {
					assertThat(over).isFalse();
					return "http://localhost/a";
				});
		CompletableFuture<ProtocolResponse> answer = this.tomcat.server().handler().handle(request);
		over.set(true);
		this.storage.force();
		assertThat(answer.join().status()).isEqualTo(201);
		assertThat(answer.join().header("Location")).isEqualTo("http://localhost/a");
	}

	private void create(String path) {
		CompletableFuture<StreamClient.Answer> created = send("PUT", path, "one");
		this.storage.force();
		assertThat(created.join().status()).isEqualTo(201);
	}

	/** Sends a request, and waits until the storage has something of it. */
	private CompletableFuture<StreamClient.Answer> send(String method, String path, String body) {
		int before = this.storage.size();
		CompletableFuture<StreamClient.Answer> answer = this.client.sendAsync(method, path, body, "Content-Type",
				"text/plain");
		await().until(() -> this.storage.size() > before);
		return answer;
	}

}
