package io.streamdb.data.mapping;

import org.springframework.data.annotation.Id;
import org.springframework.data.mapping.Association;
import org.springframework.data.mapping.model.AnnotationBasedPersistentProperty;
import org.springframework.data.mapping.model.Property;
import org.springframework.data.mapping.model.SimpleTypeHolder;
import org.springframework.data.util.Lazy;

/**
 * A property of an entity. The id is the one annotated with {@link Id @Id}, or else the
 * one named {@code id}.
 */
public class StreamDbPersistentProperty extends AnnotationBasedPersistentProperty<StreamDbPersistentProperty> {

	private static final String DEFAULT_ID = "id";

	private final Lazy<Boolean> id = Lazy.of(() -> isExplicitId() || getName().equals(DEFAULT_ID));

	StreamDbPersistentProperty(Property property, StreamDbPersistentEntity<?> owner, SimpleTypeHolder simpleTypes) {
		super(property, owner, simpleTypes);
	}

	@Override
	public boolean isIdProperty() {
		return this.id.get();
	}

	boolean isExplicitId() {
		return isAnnotationPresent(Id.class);
	}

	@Override
	protected Association<StreamDbPersistentProperty> createAssociation() {
		return new Association<>(this, null);
	}

}
