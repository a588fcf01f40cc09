package io.streamdb;

import io.streamdb.testsupport.SpecCoverageContract;

/**
 * Holds the tests of this module to the sentences of the specification.
 */
class SpecCoverageTests extends SpecCoverageContract {

	SpecCoverageTests() {
		super("streamdb-core");
	}

}
