package io.streamdb.boot;

import io.streamdb.testsupport.SpecCoverageContract;

/**
 * Holds the tests of this module to the sentences of the specification that only it can
 * show.
 */
class SpecCoverageTests extends SpecCoverageContract {

	SpecCoverageTests() {
		super("streamdb-spring-boot-autoconfigure");
	}

}
