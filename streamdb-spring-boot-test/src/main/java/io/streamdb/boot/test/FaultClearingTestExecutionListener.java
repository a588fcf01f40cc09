package io.streamdb.boot.test;

import io.streamdb.boot.test.server.FaultInjector;

import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

/**
 * Clears what a test has left of its faults, so that the next one in the same context
 * does not meet them.
 */
final class FaultClearingTestExecutionListener implements TestExecutionListener {

	@Override
	public void afterTestMethod(TestContext testContext) {
		if (testContext.hasApplicationContext()) {
			testContext.getApplicationContext().getBeanProvider(FaultInjector.class).forEach(FaultInjector::clear);
		}
	}

}
