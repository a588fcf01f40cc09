package io.streamdb.data;

import io.streamdb.testsupport.SpecCoverage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the tests of this module to the sentences of the specification that only it can
 * show.
 */
class SpecCoverageTests {

	private final SpecCoverage coverage = SpecCoverage.of(SpecCoverageTests.class);

	@Test
	void everySentenceOfThisModuleIsNamedByATest() {
		assertThat(this.coverage.untested("streamdb-spring-data")).isEmpty();
	}

	@Test
	void everyNamedSentenceIsThere() {
		assertThat(this.coverage.unknown()).isEmpty();
	}

	@Test
	void onlyTestsNameSentences() {
		assertThat(this.coverage.annotatedWithoutTest()).isEmpty();
	}

}
