package io.streamdb.boot.autoconfigure;

import java.util.Set;

/**
 * The entity classes that the scan found.
 *
 * @param classes the classes
 */
record StreamDbEntities(Set<Class<?>> classes) {

	StreamDbEntities {
		classes = Set.copyOf(classes);
	}

}
