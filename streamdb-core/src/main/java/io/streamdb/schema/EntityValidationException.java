package io.streamdb.schema;

import java.util.List;

/**
 * An entity is not valid (SPEC E3, T3). The message lists every violation.
 */
public class EntityValidationException extends RuntimeException {

	private final transient List<String> violations;

	/**
	 * Creates the exception.
	 * @param message the message, with every violation
	 * @param violations the violations
	 */
	public EntityValidationException(String message, List<String> violations) {
		super(message);
		this.violations = List.copyOf(violations);
	}

	/**
	 * Returns the violations.
	 * @return each as one sentence
	 */
	public List<String> violations() {
		return this.violations;
	}

}
