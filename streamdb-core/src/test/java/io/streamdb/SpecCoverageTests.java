package io.streamdb;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.streamdb.testsupport.SpecCoverage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the tests of this module to the sentences of the specification.
 */
class SpecCoverageTests {

	private final SpecCoverage coverage = SpecCoverage.of(SpecCoverageTests.class);

	@Test
	void everySentenceOfThisModuleIsNamedByATest() throws IOException {
		TreeSet<String> untested = this.coverage.untested("streamdb-core");
		untested.removeAll(waiting());
		assertThat(untested).isEmpty();
	}

	@Test
	void everyNamedSentenceIsThere() {
		assertThat(this.coverage.unknown()).isEmpty();
	}

	@Test
	void onlyTestsNameSentences() {
		assertThat(this.coverage.annotatedWithoutTest()).isEmpty();
	}

	private static TreeSet<String> waiting() throws IOException {
		try (BufferedReader lines = new BufferedReader(new InputStreamReader(
				SpecCoverageTests.class.getResourceAsStream("/spec-sentences-waiting.txt"), StandardCharsets.UTF_8))) {
			return lines.lines().collect(Collectors.toCollection(TreeSet::new));
		}
	}

}
