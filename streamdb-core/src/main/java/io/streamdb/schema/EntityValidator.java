package io.streamdb.schema;

import java.util.List;

/**
 * Validates entities where Jakarta Bean Validation is not at hand (SPEC E4).
 */
@FunctionalInterface
public interface EntityValidator {

	/**
	 * Validates an entity.
	 * @param entity the entity
	 * @return every violation, each as one sentence that names the property; empty when
	 * the entity is valid
	 */
	List<String> validate(Object entity);

}
