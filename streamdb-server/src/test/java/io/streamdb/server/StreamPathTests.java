package io.streamdb.server;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class StreamPathTests {

	@ParameterizedTest
	@CsvSource({ "/streams/main, main", "/streams/a/b, a/b", "/streams/a%20b, a b", "/streams/%6dain, main",
			"/streams/gr%C3%BC%C3%9Fe, grüße", "/streams/a+b, a+b", "/streams/a%3Bb, a;b", "/streams/%25, %",
			"/streams/..., ...", "/str%65ams/main, main", "/streams/, ''", "/streams, ''" })
	void decodesOnceAndDropsTheMount(String raw, String path) {
		assertThat(StreamPath.normalise(raw, "/streams")).isEqualTo(path);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/streams/./main", "/streams/../main", "/streams/a/..", "/streams/%2e%2e/main",
			"/streams/%2E/main", "/streams//main", "/streams/main/", "//streams/main", "/streams/a%2Fb",
			"/streams/a%2fb", "/streams/a%5Cb", "/streams/a\\b", "/streams/a%00b", "/streams/a%0Ab", "/streams/a%7Fb",
			"/streams/a%C2%85b", "/streams/a;b=c/d", "/streams;x/main", "/streams/%", "/streams/%4", "/streams/%zz",
			"/streams/%+4", "/streams/%C3", "/streams/%C0%AF", "/streams/%ED%A0%80", "/streams/ü", "/other/main",
			"/STREAMS/main", "/stream", "streams/main" })
	void refusesWhatCouldBeReadInTwoWays(String raw) {
		assertThatExceptionOfType(BadRequestException.class).isThrownBy(() -> StreamPath.normalise(raw, "/streams"));
	}

	@Test
	void refusesPathsThatAreTooLong() {
		assertThat(StreamPath.normalise("/" + "x".repeat(1024), "")).hasSize(1024);
		assertThatExceptionOfType(BadRequestException.class)
			.isThrownBy(() -> StreamPath.normalise("/" + "x".repeat(1025), ""));
	}

	@ParameterizedTest
	@ValueSource(strings = { "main", "a/b", "grüße aus/😀", "50% & more?=#+;", "a:b@c" })
	void encodedPathsAreReadBack(String path) {
		assertThat(StreamPath.normalise("/" + PercentEncoding.encodePath(path), "")).isEqualTo(path);
		try (DurableStreamServer server = DurableStreamServer.builder().build()) {
			assertThat(server.url(path).getRawPath()).isEqualTo("/" + PercentEncoding.encodePath(path));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/main", "main/", "a//b", "..", "a/./b", "a\\b", "a\nb", "__ds", "__ds/x" })
	void pathsThatNoStreamCanHaveGetNoUrl(String path) {
		try (DurableStreamServer server = DurableStreamServer.builder().build()) {
			assertThatIllegalArgumentException().isThrownBy(() -> server.url(path)).withMessageContaining(path);
		}
	}

	@ParameterizedTest
	@CsvSource({ "__ds, true", "__ds/subscriptions/1, true", "__dsx, false", "a/__ds, false" })
	void firstSegmentOfTheProtocolIsReserved(String path, boolean reserved) {
		assertThat(StreamPath.isReserved(path)).isEqualTo(reserved);
	}

}
