package io.streamdb.boot.test.server;

import java.net.URI;
import java.net.http.HttpResponse;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * The faults over HTTP, by the descriptions that the reference's test server takes.
 */
class FaultEndpointTests {

	private static TestStreamServer server;

	private static URI stream;

	@BeforeAll
	static void start() throws Exception {
		server = TestStreamServer.start();
		stream = server.url("some stream");
		HttpExchange.put(stream, "application/json", "[1,2,3]");
	}

	@AfterEach
	void clear() {
		server.faults().clear();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void aStatusWithItsCountAndRetryAfter() throws Exception {
		inject("'status': 503, 'count': 2, 'retryAfter': 1");
		assertThat(get().statusCode()).isEqualTo(503);
		assertThat(get().headers().firstValue("Retry-After")).hasValue("1");
		assertThat(get().statusCode()).isEqualTo(200);
	}

	@Test
	void onceUnlessACountSaysOtherwise() throws Exception {
		inject("'status': 429");
		assertThat(get().statusCode()).isEqualTo(429);
		assertThat(get().statusCode()).isEqualTo(200);
	}

	@Test
	void onlyRequestsWithItsMethod() throws Exception {
		inject("'status': 500, 'method': 'POST'");
		assertThat(get().statusCode()).isEqualTo(200);
		assertThat(HttpExchange.post(stream, "application/json", "[4]").statusCode()).isEqualTo(500);
	}

	@Test
	void aDroppedConnection() throws Exception {
		inject("'dropConnection': true, 'method': 'POST'");
		assertThatIOException().isThrownBy(() -> HttpExchange.post(stream, "application/json", "[4]"));
		assertThat(get().body()).isEqualTo("[1,2,3]");
	}

	@Test
	void aTruncatedBody() throws Exception {
		inject("'truncateBodyBytes': 3, 'delayMs': 20, 'jitterMs': 5");
		assertThat(get().body()).isEqualTo("[1,");
	}

	@Test
	void aCorruptedBody() throws Exception {
		inject("'corruptBody': true, 'probability': 1.0");
		assertThat(get().body()).startsWith("XY").hasSize(7);
	}

	@Test
	void anEventPutIn() throws Exception {
		inject("'injectSseEvent': {'eventType': 'control', 'data': '{broken'}, 'truncateBodyBytes': 31");
		String body = HttpExchange.get(URI.create(stream + "?offset=-1&live=sse")).body();
		assertThat(body).isEqualTo("event: control\ndata: {broken\n\ne");
	}

	@Test
	void oneOfAPathTakesThePlaceOfTheOneBefore() throws Exception {
		inject("'status': 500, 'count': 10");
		inject("'status': 502, 'count': 1");
		assertThat(get().statusCode()).isEqualTo(502);
		assertThat(get().statusCode()).isEqualTo(200);
	}

	@Test
	void allAreCleared() throws Exception {
		inject("'status': 500, 'count': 10");
		HttpResponse<String> response = HttpExchange.send("DELETE", endpoint(), "");
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).isEqualTo("{\"ok\":true}");
		assertThat(get().statusCode()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "[]", "{'path': '/s', 'status'", "{'status': 500}", "{'path': '/s'}",
			"{'path': 's', 'status': 500}", "{'path': '/%', 'status': 500}", "{'path': '/s', 'status': 'x'}",
			"{'path': '/s', 'status': 1000}", "{'path': '/s', 'status': 500, 'count': 0}",
			"{'path': '/s', 'delayMs': -1}", "{'path': '/s', 'dropConnection': false}" })
	void whatIsNoFaultIsRefused(String description) throws Exception {
		HttpResponse<String> response = HttpExchange.post(endpoint(), "application/json",
				description.replace('\'', '"'));
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(response.body()).startsWith("Not a fault");
	}

	@Test
	void nothingElseCanBeDone() throws Exception {
		assertThat(HttpExchange.get(endpoint()).statusCode()).isEqualTo(405);
	}

	private static void inject(String effects) throws Exception {
		String description = "{'path': '" + stream.getRawPath() + "', " + effects + "}";
		HttpResponse<String> response = HttpExchange.post(endpoint(), "application/json",
				description.replace('\'', '"'));
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		assertThat(response.body()).isEqualTo("{\"ok\":true}");
	}

	private static HttpResponse<String> get() throws Exception {
		return HttpExchange.send("GET", stream, "");
	}

	private static URI endpoint() {
		return server.baseUrl().resolve("/_test/inject-error");
	}

}
