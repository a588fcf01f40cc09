package io.streamdb.testsupport;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs a test only where Node.js and the packages of the {@code conformance} directory
 * are installed. Elsewhere it is skipped, and the report names what is missing.
 */
@Documented
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(EnabledWithNode.Condition.class)
public @interface EnabledWithNode {

	/** Asks {@link NodeTools}. */
	class Condition implements ExecutionCondition {

		@Override
		public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
			return NodeTools.missing()
				.map((missing) -> ConditionEvaluationResult
					.disabled("The reference implementation cannot run: " + missing))
				.orElseGet(() -> ConditionEvaluationResult.enabled("The reference implementation can run"));
		}

	}

}
