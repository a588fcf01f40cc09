package io.streamdb.client;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link StreamEndpoint} and what {@link DurableStreamBuilder} checks.
 */
class StreamEndpointTests {

	@Test
	void ordersParametersByNameAndKeepsThoseOfTheUrl() {
		StreamEndpoint endpoint = endpoint("https://host:8443/v1/a%20b?zone=1&b=x%2Fy&b=2&flag",
				Map.of("m", () -> "v"));
		TransportRequest request = endpoint
			.toTransportRequest(get(Map.of("offset", "0_1", "live", "sse", "cursor", "c")));
		assertThat(request.uri())
			.hasToString("https://host:8443/v1/a%20b?b=x%2Fy&b=2&cursor=c&flag&live=sse&m=v&offset=0_1&zone=1");
	}

	@Test
	void keepsAddressesAndPathsAsTheyAre() {
		assertThat(endpoint("http://[::1]:8080", Map.of()).url()).hasToString("http://[::1]:8080/");
		assertThat(endpoint("http://host/\u00e9/%2F/", Map.of()).url()).hasToString("http://host/%C3%A9/%2F/");
	}

	@Test
	void encodesOffsetsAndParameters() {
		StreamEndpoint endpoint = endpoint("http://host/s", Map.of("a b", () -> "x&y=z"));
		TransportRequest request = endpoint.toTransportRequest(get(Map.of("offset", "a+b/c?d e%\u00e9")));
		assertThat(request.uri()).hasToString("http://host/s?a%20b=x%26y%3Dz&offset=a%2Bb%2Fc%3Fd%20e%25%C3%A9");
	}

	@Test
	void shownUrlHasNeitherUserInformationNorQuery() {
		DurableStream stream = DurableStream.builder(URI.create("HTTPS://user:secret@host/s?token=secret")).build();
		assertThat(stream.url()).hasToString("https://host/s");
	}

	@Test
	void anotherUrlMayBeShownThanTheOneThatIsAsked() {
		List<URI> asked = new ArrayList<>();
		DurableStream stream = DurableStream.builder(URI.create("http://host/s"))
			.shownUrl(URI.create("/streams/s"))
			.transport((request) -> {
				asked.add(request.uri());
				return CompletableFuture.failedFuture(new IOException("it is away"));
			})
			.retryPolicy(new RetryPolicy(0, Duration.ofMillis(1), Duration.ofMillis(1)))
			.build();
		assertThat(stream.url()).hasToString("/streams/s");
		assertThatExceptionOfType(CompletionException.class).isThrownBy(() -> stream.head().join())
			.withMessageContaining("HEAD /streams/s failed")
			.withCauseInstanceOf(StreamConnectionException.class);
		assertThat(asked).containsExactly(URI.create("http://host/s"));
	}

	@Test
	void userInformationIsSentAsBasicAuthentication() {
		StreamEndpoint endpoint = endpoint("http://us%40er:p%3Aw@host/s", Map.of());
		TransportRequest request = endpoint.toTransportRequest(get(Map.of()));
		assertThat(request.uri()).hasToString("http://host/s");
		assertThat(request.headers().get("Authorization"))
			.isEqualTo("Basic " + Base64.getEncoder().encodeToString("us@er:p:w".getBytes(StandardCharsets.UTF_8)));
	}

	@Test
	void suppliedAuthorizationWinsOverUserInformation() {
		StreamEndpoint endpoint = new StreamEndpoint(URI.create("http://user:pw@host/s"), null,
				Map.of("authorization", () -> "Bearer t"), Map.of());
		assertThat(endpoint.toTransportRequest(get(Map.of())).headers())
			.containsExactly(Map.entry("authorization", "Bearer t"));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "/streams/a | not absolute", "ftp://host/s | scheme is 'ftp'",
					"streams.example.com:4437/a | scheme is 'streams.example.com'", "http:/s | no valid host",
					"http:host | no valid host", "http://my_host/s | no valid host", "http://host/s#part | fragment" })
	void refusesWhatIsNoStreamUrl(String url, String reason) {
		assertThatIllegalArgumentException().isThrownBy(() -> DurableStream.builder(URI.create(url)).build())
			.withMessageContaining("'" + url + "'")
			.withMessageContaining(reason);
	}

	@Test
	void refusedUrlIsShownWithoutSecrets() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> DurableStream.builder(URI.create("ftp://user:secret@host/s?token=secret")).build())
			.withMessageContaining("ftp://host/s")
			.withMessageNotContaining("secret");
	}

	@ParameterizedTest
	@ValueSource(strings = { "offset", "live", "cursor" })
	void refusesParametersThatTheClientSets(String name) {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> DurableStream.builder(URI.create("http://host/s?a=1&" + name + "=2")).build())
			.withMessageContaining("'" + name + "'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> DurableStream.builder(URI.create("http://host/s")).parameter(name, () -> "x"))
			.withMessageContaining("'" + name + "'");
	}

	@Test
	void refusesAParameterThatIsInTheUrlToo() {
		DurableStreamBuilder builder = DurableStream.builder(URI.create("http://host/s?a=1")).parameter("a", () -> "2");
		assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("'a'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "a b", "a:b", "\u00e4", "content-type", "Producer-Id", "Host" })
	void refusesHeaderNamesThatCannotBeAdded(String name) {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> DurableStream.builder(URI.create("http://host/s")).header(name, () -> "x"))
			.withMessageContaining("'" + name + "'");
	}

	@Test
	void refusesTimeLimitsThatAreNone() {
		DurableStreamBuilder builder = DurableStream.builder(URI.create("http://host/s"));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.requestTimeout(Duration.ZERO))
			.withMessageContaining("request timeout");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.heartbeatLimit(Duration.ofSeconds(-1)))
			.withMessageContaining("heartbeat limit");
	}

	@Test
	void supplierThatGivesNoHeaderValueIsNamed() {
		assertSupplierFails(() -> null, "returned null");
		assertSupplierFails(() -> "a\r\nEvil: b", "control character");
		assertSupplierFails(() -> "\u20ac", "Latin-1");
		assertSupplierFails(() -> {
			throw new IllegalStateException("no token today");
		}, "no token today");
	}

	private void assertSupplierFails(Supplier<String> supplier, String reason) {
		StreamEndpoint endpoint = new StreamEndpoint(URI.create("http://host/s"), null, Map.of("X-Token", supplier),
				Map.of());
		assertThatExceptionOfType(SupplierFailedException.class)
			.isThrownBy(() -> endpoint.toTransportRequest(get(Map.of())))
			.withMessageContaining("'X-Token'")
			.withMessageContaining(reason);
	}

	private static StreamEndpoint endpoint(String url, Map<String, Supplier<String>> parameters) {
		return new StreamEndpoint(URI.create(url), null, Map.of(), parameters);
	}

	private static StreamRequest get(Map<String, String> parameters) {
		return StreamRequest.of("GET", Duration.ofSeconds(1)).withParameters(parameters);
	}

}
