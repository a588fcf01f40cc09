package io.streamdb.data.mapping;

import java.util.Set;

import org.springframework.data.core.TypeInformation;
import org.springframework.data.mapping.context.AbstractMappingContext;
import org.springframework.data.mapping.model.Property;
import org.springframework.data.mapping.model.SimpleTypeHolder;

/**
 * The mapping metadata of all entities. Those of its initial entities that are annotated
 * with {@link StreamCollection} are the collections of the database.
 */
public class StreamDbMappingContext
		extends AbstractMappingContext<StreamDbPersistentEntity<?>, StreamDbPersistentProperty> {

	/**
	 * Creates a context without entities.
	 */
	public StreamDbMappingContext() {
		setSimpleTypeHolder(new LibraryTypes());
	}

	@Override
	protected <T> StreamDbPersistentEntity<?> createPersistentEntity(TypeInformation<T> typeInformation) {
		return new StreamDbPersistentEntity<>(typeInformation);
	}

	@Override
	protected StreamDbPersistentProperty createPersistentProperty(Property property, StreamDbPersistentEntity<?> owner,
			SimpleTypeHolder simpleTypeHolder) {
		return new StreamDbPersistentProperty(property, owner, simpleTypeHolder);
	}

	/**
	 * Types that Jackson binds and that have no properties of interest here.
	 */
	private static final class LibraryTypes extends SimpleTypeHolder {

		private static final Set<String> PREFIXES = Set.of("java.", "javax.", "tools.jackson.");

		private LibraryTypes() {
			super(Set.of(), true);
		}

		@Override
		public boolean isSimpleType(Class<?> type) {
			return PREFIXES.stream().anyMatch(type.getName()::startsWith) || super.isSimpleType(type);
		}

	}

}
