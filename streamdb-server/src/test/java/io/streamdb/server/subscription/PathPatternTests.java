package io.streamdb.server.subscription;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class PathPatternTests {

	@ParameterizedTest
	@CsvSource({ "events/*, events/a, true", "events/*, events, false", "events/*, events/a/b, false",
			"events/*, other/a, false", "events/**, events, true", "events/**, events/a/b, true", "**, a/b/c, true",
			"**/x, x, true", "**/x, a/b/x, true", "**/x, a/b/y, false", "a/**/z, a/z, true", "a/**/z, a/b/c/z, true",
			"a/**/z, a/b/c, false", "a/**/b/**/c, a/1/b/2/b/3/c, true", "a/**/b/**/c, a/1/c, false", "*/b, a/b, true",
			"a*, ab, false", "a/%2A, a/*, true", "a/%2a, a/b, false", "plain, plain, true", "plain, plainer, false" })
	void starsStandForSegments(String pattern, String path, boolean matches) {
		assertThat(new PathPattern(pattern).matches(path)).isEqualTo(matches);
	}

	@Test
	void noPatternTakesExponentialTime() {
		String pattern = "**/a/".repeat(150) + "b";
		assertThat(new PathPattern(pattern).matches("a/".repeat(500) + "c")).isFalse();
	}

}
