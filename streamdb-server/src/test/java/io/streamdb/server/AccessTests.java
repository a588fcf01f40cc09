package io.streamdb.server;

import java.io.IOException;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who is served (SPEC S5), asked over real connections.
 */
class AccessTests {

	private static TomcatServer local;

	private static TomcatServer forwarded;

	private static TomcatServer hooked;

	private static final List<String> asked = Collections.synchronizedList(new ArrayList<>());

	@BeforeAll
	static void startTomcat() throws Exception {
		local = new TomcatServer(DurableStreamServer.builder().build(), "/streams");
		forwarded = new TomcatServer(DurableStreamServer.builder().forwardedHeadersTrusted(true).build(), "/streams");
		hooked = new TomcatServer(
				DurableStreamServer.builder().forwardedHeadersTrusted(true).access(AccessTests::decide).build(),
				"/streams");
		StreamClient.inProcess(local.server()).put("main", "text/plain", "data");
	}

	@AfterAll
	static void stopTomcat() throws Exception {
		local.close();
		forwarded.close();
		hooked.close();
	}

	private static AccessDecision decide(StreamOperation operation, String stream, AccessRequest request) {
		asked.add(operation + " " + stream);
		return switch (stream) {
			case "secret" -> AccessDecision.hide();
			case "login" -> AccessDecision.unauthorized("Bearer", "Who are you?");
			case "broken" -> throw new IllegalStateException("on purpose");
			case "readonly" -> (operation == StreamOperation.READ) ? AccessDecision.allow()
					: AccessDecision.deny("Look, do not touch: " + request.headers("X-User"));
			default -> AccessDecision.allow();
		};
	}

	@ParameterizedTest
	@CsvSource({ "localhost", "localhost:8080", "LocalHost", "127.0.0.1", "127.0.0.1:1", "127.1.2.3", "127.255.255.255",
			"[::1]", "[::1]:8080" })
	@Spec("S5.5")
	void servesLocalHosts(String host) throws IOException {
		assertThat(get(local, host, "").status()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "example.org", "localhost.example.org", "127.0.0.1.example.org", "127.0.0.1.nip.io",
			"128.0.0.1", "127.0.0", "127.0.0.256", "0.0.0.0", "[::2]", "localhost.", "xlocalhost", "10.0.0.1" })
	@Spec("S5.5")
	void refusesOtherHostsAsRebindingWould(String host) throws IOException {
		RawConnection.Response response = get(local, host, "");
		// Some of these the web server itself takes for malformed.
		assertThat(response.status()).isIn(400, 403);
		assertThat(response.body()).doesNotContain("data");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "http://localhost", "http://localhost:3000", "https://127.0.0.1:8443", "http://[::1]:8080" })
	@Spec("S5.6")
	void servesLocalOrigins(String origin) throws IOException {
		assertThat(get(local, "localhost", "Origin: " + origin).status()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://example.org", "null", "http://localhost.example.org",
			"http://localhost@example.org", "http://example.org/localhost", "file://", "localhost",
			"http://localhost:99999999", "moz-extension://abc", "" })
	@Spec("S5.6")
	void refusesOtherOriginsAsAForeignPageWouldSend(String origin) throws IOException {
		RawConnection.Response response = get(local, "localhost", "Origin: " + origin);
		assertThat(response.status()).isEqualTo(403);
		assertThat(response.body()).contains("Origin").contains("StreamAccess");
	}

	@ParameterizedTest
	@ValueSource(strings = { "Forwarded: for=127.0.0.1", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: localhost",
			"x-forwarded-anything: 1", "X-Forwarded: for=127.0.0.1", "X-Real-IP: 127.0.0.1", "Via: 1.1 proxy",
			"CDN-Loop: cdn", "X-Client-IP: 127.0.0.1", "X-Cluster-Client-IP: 127.0.0.1", "CF-Connecting-IP: 127.0.0.1",
			"True-Client-IP: 127.0.0.1", "X-Original-Forwarded-For: 127.0.0.1", "X-Original-Host: localhost" })
	@Spec("S5.8")
	void refusesWhatAProxyForwarded(String header) throws IOException {
		RawConnection.Response response = get(local, "localhost", header);
		assertThat(response.status()).isEqualTo(403);
		assertThat(response.body()).contains("proxy").contains("StreamAccess");
	}

	@ParameterizedTest
	@CsvSource({ "127.0.0.1, true", "127.8.9.10, true", "::1, true", "0:0:0:0:0:0:0:1, true", "0:0:0:0:0:0:0:1%0, true",
			"::ffff:127.0.0.1, true", "10.0.0.1, false", "192.168.1.1, false", "::ffff:10.0.0.1, false",
			"fe80::1%1, false", "localhost, false", "unknown, false", "'', false" })
	@Spec("S5.4")
	void servesLoopbackPeersOnly(String address, boolean served) {
		assertThat(StreamAccess.localOnly().decide(StreamOperation.READ, "main", new LocalRequest(address)).allowed())
			.isEqualTo(served);
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "HEAD", "PUT", "POST", "DELETE" })
	void refusalsComeBeforeAnythingIsDone(String method) throws IOException {
		for (String path : new String[] { "main", "nowhere" }) {
			try (RawConnection connection = new RawConnection(local.port())) {
				RawConnection.Response response = connection
					.send(method + " /streams/" + path + " HTTP/1.1\nHost: example.org\nContent-Length: 0", "")
					.receiveHead();
				assertThat(response.status()).isEqualTo(403);
			}
		}
		assertThat(get(local, "localhost", "").body()).isEqualTo("data");
	}

	@Test
	@Spec("S5.7")
	void preflightsAreAlwaysAnswered() throws IOException {
		for (TomcatServer tomcat : List.of(local, forwarded)) {
			try (RawConnection connection = new RawConnection(tomcat.port())) {
				RawConnection.Response response = connection.send("""
						OPTIONS /streams/main HTTP/1.1
						Host: example.org
						Origin: https://example.org
						Access-Control-Request-Method: POST
						""", "").receive();
				assertThat(response.status()).isEqualTo(204);
				assertThat(response.headers()).doesNotContainKey("access-control-allow-origin");
			}
		}
	}

	@Test
	void pagesOfThisMachineAndOfAllowedOriginsMaySeeAnswers() throws Exception {
		DurableStreamServer server = DurableStreamServer.builder()
			.access(StreamAccess.everybody())
			.allowedOrigins(List.of("https://app.example.org"))
			.build();
		try (TomcatServer tomcat = new TomcatServer(server, "/streams")) {
			StreamClient.inProcess(server).put("main", "text/plain", "data");
			for (String origin : List.of("https://app.example.org", "http://localhost:3000")) {
				RawConnection.Response response = get(tomcat, "localhost", "Origin: " + origin);
				assertThat(response.headers()).containsEntry("access-control-allow-origin", origin)
					.containsEntry("vary", "Origin")
					.doesNotContainKey("access-control-allow-credentials");
				assertThat(response.headers().get("access-control-expose-headers")).contains("Stream-Next-Offset",
						"ETag", "Stream-TTL");
			}
			RawConnection.Response other = get(tomcat, "localhost", "Origin: https://example.org");
			assertThat(other.headers()).doesNotContainKey("access-control-allow-origin");
			assertThat(other.headers()).containsEntry("vary", "Origin");
		}
	}

	@Test
	void allPagesMaySeeAnswersWhenAllOriginsAreAllowed() throws Exception {
		DurableStreamServer server = DurableStreamServer.builder()
			.access(StreamAccess.everybody())
			.allowedOrigins(List.of("*"))
			.build();
		try (TomcatServer tomcat = new TomcatServer(server, "/streams")) {
			RawConnection.Response missing = get(tomcat, "localhost", "Origin: https://example.org");
			assertThat(missing.status()).isEqualTo(404);
			assertThat(missing.headers()).containsEntry("access-control-allow-origin", "*");
		}
	}

	@Test
	void forkNeedsWhoeverMayReadItsSource() throws IOException {
		StreamClient.inProcess(hooked.server()).put("secret", "text/plain", "data");
		try (RawConnection connection = new RawConnection(hooked.port())) {
			RawConnection.Response response = connection
				.send("PUT /streams/copy HTTP/1.1\nHost: localhost\nStream-Forked-From: /streams/secret\n"
						+ "Content-Length: 0", "")
				.receive();
			assertThat(response.status()).isEqualTo(404);
		}
		assertThat(asked).contains("CREATE copy", "READ secret");
		assertThat(StreamClient.inProcess(hooked.server()).head("copy").status()).isEqualTo(404);
	}

	@Test
	@Spec("S5.9")
	void servesNobodyWhenForwardedHeadersAreTrusted() throws IOException {
		RawConnection.Response response = get(forwarded, "localhost", "");
		assertThat(response.status()).isEqualTo(403);
		assertThat(response.body()).contains("forwarded headers").contains("StreamAccess");
	}

	@Test
	void applicationItselfIsServedInProcessWhateverTheAccess() {
		StreamClient inProcess = StreamClient.inProcess(forwarded.server());
		assertThat(inProcess.put("own", "text/plain", "a").status()).isEqualTo(201);
		assertThat(inProcess.get("own").body()).isEqualTo("a");
	}

	@Test
	@Spec("S5.3")
	void hookDecidesPerStreamAndOperation() throws IOException {
		StreamClient.inProcess(hooked.server()).put("readonly", "text/plain", "data");
		assertThat(request(hooked, "GET", "readonly", "").body()).isEqualTo("data");
		RawConnection.Response append = request(hooked, "POST", "readonly", "X-User: ann\nContent-Length: 0");
		assertThat(append.status()).isEqualTo(403);
		assertThat(append.body()).contains("Look, do not touch: [ann]");
		assertThat(request(hooked, "GET", "secret", "").status()).isEqualTo(404);
		RawConnection.Response login = request(hooked, "GET", "login", "");
		assertThat(login.status()).isEqualTo(401);
		assertThat(login.headers()).containsEntry("www-authenticate", "Bearer");
		assertThat(request(hooked, "PUT", "broken", "Content-Length: 0").status()).isEqualTo(500);
		assertThat(StreamClient.inProcess(hooked.server()).head("broken").status()).isEqualTo(404);
	}

	@Test
	@Spec("S5.1")
	void hookIsAskedForEveryOperationWithTheNormalisedPath() throws IOException {
		asked.clear();
		request(hooked, "PUT", "%61/b%20c", "Content-Length: 0");
		request(hooked, "GET", "a/b%20c", "");
		request(hooked, "POST", "a/b%20%63", "Stream-Closed: true\nContent-Length: 0");
		request(hooked, "DELETE", "a/b%20c", "");
		assertThat(asked).containsExactly("CREATE a/b c", "READ a/b c", "APPEND a/b c", "CLOSE a/b c", "DELETE a/b c");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/streams/../streams/readonly", "/streams/./readonly", "/streams/x/..%2Freadonly",
			"/streams/%2e%2e/readonly", "//streams/readonly", "/streams//readonly", "/streams/readonly/",
			"/streams/readonly;x=1", "/streams;x=1/readonly", "/streams/readonly%00", "/streams/readonly%5C",
			"/streams/a%2Fb", "/streams/%C0%AE%C0%AE/readonly" })
	@Spec("S5.2")
	void pathsThatCouldBeReadInTwoWaysReachNoDecision(String path) throws IOException {
		asked.clear();
		try (RawConnection connection = new RawConnection(hooked.port())) {
			RawConnection.Response response = connection.send("GET " + path + " HTTP/1.1\nHost: localhost", "")
				.receiveHead();
			// Of some the web server itself makes a path outside of the streams.
			assertThat(response.status()).isIn(400, 404);
		}
		assertThat(asked).isEmpty();
	}

	private static RawConnection.Response get(TomcatServer tomcat, String host, String headers) throws IOException {
		try (RawConnection connection = new RawConnection(tomcat.port())) {
			return connection.send("GET /streams/main HTTP/1.1\nHost: " + host + "\n" + headers, "").receive();
		}
	}

	private static RawConnection.Response request(TomcatServer tomcat, String method, String path, String headers)
			throws IOException {
		try (RawConnection connection = new RawConnection(tomcat.port())) {
			return connection.send(method + " /streams/" + path + " HTTP/1.1\nHost: localhost\n" + headers, "")
				.receive();
		}
	}

	private record LocalRequest(String remoteAddress) implements AccessRequest {

		@Override
		public boolean secure() {
			return false;
		}

		@Override
		public List<String> headers(String name) {
			return name.equals("Host") ? List.of("localhost") : List.of();
		}

		@Override
		public List<String> headerNames() {
			return List.of("Host");
		}

		@Override
		public Principal principal() {
			return null;
		}

		@Override
		public boolean isInRole(String role) {
			return false;
		}

	}

}
