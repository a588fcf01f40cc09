package io.streamdb.testsupport;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the tests of a module to the sentences of the specification that it has to show.
 */
public abstract class SpecCoverageContract {

	private final String module;

	private final SpecCoverage coverage;

	/**
	 * Looks at the tests beside the one that extends this.
	 * @param module the module, as the sentences name it
	 */
	protected SpecCoverageContract(String module) {
		this.module = module;
		this.coverage = SpecCoverage.of(getClass());
	}

	@Test
	void everySentenceOfThisModuleIsNamedByATest() {
		assertThat(this.coverage.untested(this.module)).isEmpty();
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
