package io.streamdb.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.streamdb.Spec;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * What the server refuses to take on (SPEC S6), and what its figures say of it.
 */
class LimitTests {

	private TomcatServer tomcat;

	private StreamClient inProcess;

	private final List<RawConnection> connections = new ArrayList<>();

	@AfterEach
	void stopTomcat() throws Exception {
		for (RawConnection connection : this.connections) {
			connection.close();
		}
		if (this.tomcat != null) {
			this.tomcat.close();
		}
	}

	private void start(ServerLimits limits) throws Exception {
		this.tomcat = new TomcatServer(DurableStreamServer.builder().limits(limits).build(), "/streams");
		this.inProcess = StreamClient.inProcess(this.tomcat.server());
		this.inProcess.put("main", "text/plain", "");
	}

	private RawConnection connect(int receiveBuffer) throws IOException {
		RawConnection connection = new RawConnection(this.tomcat.port(), receiveBuffer);
		this.connections.add(connection);
		return connection;
	}

	private ServerMetrics metrics() {
		return this.tomcat.server().metrics();
	}

	private static RawConnection get(RawConnection connection, String path) throws IOException {
		return connection.send("GET /streams/" + path + " HTTP/1.1\nHost: localhost", "");
	}

	@Test
	void requestsPastTheLimitAreToldToComeLater() throws Exception {
		start(ServerLimits.defaults().withMaxRequests(2));
		this.inProcess.post("main", "text/plain", "x".repeat(20_000_000));
		for (int i = 0; i < 2; i++) {
			get(connect(1024), "main").receiveHead();
		}
		assertThat(metrics().openRequests()).isEqualTo(2);
		RawConnection.Response refused = get(connect(1024), "main?offset=now").receive();
		assertThat(refused.status()).isEqualTo(503);
		assertThat(refused.headers()).containsKey("retry-after");
		assertThat(refused.body()).contains("2 open requests");
		assertThat(metrics().refusedRequests()).isEqualTo(1);
		assertThat(this.inProcess.get("main?offset=now").status()).isEqualTo(200);
		this.connections.get(0).close();
		await().until(() -> metrics().openRequests() == 1);
		assertThat(get(connect(1024), "main?offset=now").receive().status()).isEqualTo(200);
		await().until(() -> metrics().openRequests() == 1);
	}

	@Test
	void liveReadsAreNotAmongTheOpenRequests() throws Exception {
		start(ServerLimits.defaults().withMaxRequests(1));
		get(connect(1024), "main?offset=now&live=sse");
		await().until(() -> metrics().liveReads() == 1 && metrics().openRequests() == 0);
		get(connect(1024), "main?offset=now&live=long-poll");
		await().until(() -> metrics().liveReads() == 2 && metrics().openRequests() == 0);
		assertThat(get(connect(1024), "main").receive().status()).isEqualTo(200);
	}

	@Test
	void pollThatIsAnsweredIsAmongTheOpenRequests() throws Exception {
		start(ServerLimits.defaults().withMaxRequests(1));
		RawConnection slow = get(connect(1024), "main?offset=now&live=long-poll");
		await().until(() -> metrics().liveReads() == 1);
		this.inProcess.post("main", "text/plain", "x".repeat(20_000_000));
		slow.receiveHead();
		await().until(() -> metrics().openRequests() == 1);
		assertThat(metrics().liveReads()).isZero();
		assertThat(get(connect(1024), "main?offset=now").receive().status()).isEqualTo(503);
		slow.close();
		await().until(() -> metrics().openRequests() == 0);
	}

	@Test
	void requestWhoseAccessCannotBeDecidedLeavesNothingBehind() throws Exception {
		this.tomcat = new TomcatServer(DurableStreamServer.builder().access((operation, stream, request) -> {
			throw new AssertionError("on purpose");
		}).build(), "/streams");
		assertThat(get(connect(1024), "main").receive().status()).isEqualTo(500);
		await().untilAsserted(() -> assertThat(metrics().openRequests()).isZero());
	}

	@Test
	void requestThatCannotGoOnLeavesNothingBehind() throws Exception {
		Filter blocking = (request, response, chain) -> chain
			.doFilter(new HttpServletRequestWrapper((HttpServletRequest) request) {

				@Override
				public AsyncContext startAsync() {
					throw new IllegalStateException("on purpose");
				}

			}, response);
		this.tomcat = new TomcatServer(DurableStreamServer.builder().build(), "/streams", 4, true, blocking);
		this.inProcess = StreamClient.inProcess(this.tomcat.server());
		this.inProcess.put("main", "text/plain", "x".repeat(10_000));
		assertThat(get(connect(1024), "main?offset=-1&live=sse").receive().status()).isEqualTo(500);
		assertThat(get(connect(1024), "main?offset=now&live=long-poll").receive().status()).isEqualTo(500);
		assertThat(get(connect(1024), "main").receive().status()).isEqualTo(500);
		await().untilAsserted(() -> assertThat(metrics().liveReads()).isZero());
		assertThat(metrics().openRequests()).isZero();
	}

	@Test
	void bodiesThatAreTooLargeTogetherAreToldToComeLater() throws Exception {
		start(ServerLimits.defaults().withMaxBodyBytes(1000).withMaxPendingBytes(1500));
		RawConnection first = connect(1024);
		post(first, "Content-Length: 1000", "x".repeat(999));
		await().until(() -> metrics().pendingBytes() == 1000);
		RawConnection.Response refused = post(connect(1024), "Content-Length: 501", "x".repeat(501)).receive();
		assertThat(refused.status()).isEqualTo(503);
		assertThat(refused.body()).contains("1500 bytes");
		refused = post(connect(1024), "Transfer-Encoding: chunked", "1f5\r\n" + "x".repeat(501) + "\r\n0\r\n\r\n")
			.receive();
		assertThat(refused.status()).isEqualTo(503);
		assertThat(post(connect(1024), "Content-Length: 500", "x".repeat(500)).receive().status()).isEqualTo(204);
		first.write("x");
		assertThat(first.receive().status()).isEqualTo(204);
		await().until(() -> metrics().pendingBytes() == 0 && metrics().openRequests() == 0);
		assertThat(metrics().refusedRequests()).isEqualTo(2);
		assertThat(metrics().appendedBytes()).isEqualTo(1500);
	}

	private static RawConnection post(RawConnection connection, String framing, String body) throws IOException {
		return connection.send("POST /streams/main HTTP/1.1\nHost: localhost\nContent-Type: text/plain\n" + framing,
				body);
	}

	@Test
	void bodyThatIsAnnouncedTakesNoMoreRoomThanWhatHasCome() throws Exception {
		start(ServerLimits.defaults().withMaxBodyBytes(1_000_000).withMaxPendingBytes(1_000_000));
		for (int i = 0; i < 10; i++) {
			post(connect(1024), "Content-Length: 1000000", "x");
		}
		await().until(() -> metrics().openRequests() == 10);
		assertThat(post(connect(1024), "Content-Length: 500000", "y".repeat(500_000)).receive().status())
			.isEqualTo(204);
		assertThat(metrics().pendingBytes()).isLessThan(200_000);
	}

	@Test
	void bodyThatBreaksOffGivesItsRoomBack() throws Exception {
		start(ServerLimits.defaults().withMaxBodyBytes(1000));
		RawConnection connection = connect(1024);
		post(connection, "Content-Length: 1000", "x");
		await().until(() -> metrics().pendingBytes() == 1000);
		connection.close();
		await().until(() -> metrics().pendingBytes() == 0 && metrics().openRequests() == 0);
	}

	@Test
	void bodyOfAnySizeArrivesWhole() throws Exception {
		start(ServerLimits.defaults().withMaxBodyBytes(100_000));
		StringBuilder expected = new StringBuilder();
		for (int size : new int[] { 1, 8191, 8192, 8193, 16_384, 50_000, 100_000 }) {
			String body = Integer.toString(size % 7).repeat(size);
			expected.append(body).append(body);
			assertThat(post(connect(1024), "Transfer-Encoding: chunked",
					Integer.toHexString(size) + "\r\n" + body + "\r\n0\r\n\r\n")
				.receive()
				.status()).as("%d bytes", size).isEqualTo(204);
			assertThat(post(connect(1024), "Content-Length: " + size, body).receive().status()).as("%d bytes", size)
				.isEqualTo(204);
		}
		assertThat(this.inProcess.get("main").body()).isEqualTo(expected.toString());
	}

	@Test
	@Spec("S6.4")
	void streamsPastTheLimitAreToldToComeLater() throws Exception {
		start(ServerLimits.defaults().withMaxStreams(2));
		StreamClient http = StreamClient.overHttp(this.tomcat);
		assertThat(http.put("other", "text/plain", "").status()).isEqualTo(201);
		StreamClient.Answer refused = http.put("third", "text/plain", "");
		assertThat(refused.status()).isEqualTo(503);
		assertThat(refused.header("Retry-After")).isNotNull();
		assertThat(refused.body()).contains("2 streams");
		assertThat(http.put("other", "text/plain", "").status()).isEqualTo(200);
		assertThat(http.delete("other").status()).isEqualTo(204);
		assertThat(http.put("third", "text/plain", "").status()).isEqualTo(201);
	}

	@Test
	void figuresTellWhatHappened() throws Exception {
		start(ServerLimits.defaults()
			.withMaxBodyBytes(100)
			.withMaxStreams(2)
			.withMaxReaders(1)
			.withMaxStoredBytes(9_000));
		this.inProcess.post("main", "text/plain", "12345");
		this.inProcess.post("main", "text/plain", "67890", "Stream-Closed", "true");
		this.inProcess.get("main");
		this.inProcess.put("other", "text/plain", "abc");
		ServerMetrics before = metrics();
		assertThat(before.appends()).isEqualTo(2);
		assertThat(before.appendedBytes()).isEqualTo(10);
		assertThat(before.readBytes()).isEqualTo(10);
		assertThat(before.streams()).isEqualTo(2);
		assertThat(before.storedBytes()).isEqualTo(13);
		assertThat(before.usedBytes()).isGreaterThan(13);
		this.inProcess.put("third", "text/plain", "");
		this.inProcess.post("other", "text/plain", "x".repeat(101));
		for (int i = 0; i < 100; i++) {
			this.inProcess.post("other", "text/plain", "x".repeat(100));
		}
		get(connect(1024), "other?offset=now&live=sse").receiveHead();
		get(connect(1024), "other?offset=now&live=sse").receive();
		ServerMetrics after = metrics();
		assertThat(after.refusedStreams()).isEqualTo(1);
		assertThat(after.refusedBodies()).isEqualTo(1);
		assertThat(after.refusedReads()).isEqualTo(1);
		assertThat(after.appends() + after.refusedWrites()).isEqualTo(102);
		assertThat(after.refusedWrites()).isPositive();
		assertThat(after.failedWrites()).isZero();
	}

	@Test
	void limitsAreRefusedThatMakeNoSense() {
		ServerLimits defaults = ServerLimits.defaults();
		assertThatIllegalArgumentException().isThrownBy(() -> defaults.withMaxPendingBytes(defaults.maxBodyBytes() - 1))
			.withMessageContaining("maxPendingBytes");
		assertThatIllegalArgumentException().isThrownBy(() -> defaults.withMaxRequests(0))
			.withMessageContaining("maxRequests");
	}

}
