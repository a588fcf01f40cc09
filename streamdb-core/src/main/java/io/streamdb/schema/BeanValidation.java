package io.streamdb.schema;

import java.util.List;

import jakarta.validation.Validator;

/**
 * Validates entities by their Jakarta Bean Validation constraints (SPEC E4). The only
 * class here that needs {@code jakarta.validation} on the class path. As safe for use by
 * many threads as its validator, which is safe by that specification.
 */
public final class BeanValidation implements EntityValidator {

	private final Validator validator;

	/**
	 * Creates a validator of entities.
	 * @param validator the Jakarta validator
	 */
	public BeanValidation(Validator validator) {
		this.validator = validator;
	}

	@Override
	public List<String> validate(Object entity) {
		return this.validator.validate(entity)
			.stream()
			.map((violation) -> (violation.getPropertyPath() + " " + violation.getMessage()).strip())
			.sorted()
			.toList();
	}

}
