package io.streamdb.data.mapping;

import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import org.springframework.data.annotation.Id;
import org.springframework.data.mapping.MappingException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link StreamDbMappingContext}.
 */
class StreamDbMappingContextTests {

	private final StreamDbMappingContext context = new StreamDbMappingContext();

	@Test
	void typeDefaultsToTheDecapitalisedClassNameAndNameToTheType() {
		StreamDbPersistentEntity<?> entity = this.context.getRequiredPersistentEntity(PlainTask.class);
		assertThat(entity.isCollection()).isTrue();
		assertThat(entity.getEventType()).isEqualTo("plainTask");
		assertThat(entity.getCollectionName()).isEqualTo("plainTask");
	}

	@Test
	void nameDefaultsToADeclaredType() {
		StreamDbPersistentEntity<?> entity = this.context.getRequiredPersistentEntity(TypedTask.class);
		assertThat(entity.getEventType()).isEqualTo("task");
		assertThat(entity.getCollectionName()).isEqualTo("task");
	}

	@Test
	void typeAndNameAreAsDeclared() {
		StreamDbPersistentEntity<?> entity = this.context.getRequiredPersistentEntity(NamedTask.class);
		assertThat(entity.getEventType()).isEqualTo("task");
		assertThat(entity.getCollectionName()).isEqualTo("tasks");
	}

	@Test
	void propertyNamedIdIsThePrimaryKey() {
		assertThat(this.context.getRequiredPersistentEntity(PlainTask.class).getRequiredIdProperty().getName())
			.isEqualTo("id");
	}

	@Test
	void annotatedPropertyIsThePrimaryKeyEvenWhereAnotherIsNamedId() {
		assertThat(this.context.getRequiredPersistentEntity(File.class).getRequiredIdProperty().getName())
			.isEqualTo("path");
		assertThat(this.context.getRequiredPersistentEntity(FileWithIdFirst.class).getRequiredIdProperty().getName())
			.isEqualTo("path");
	}

	@Test
	void entityWithoutPrimaryKeyIsRefusedWithItsNameAndTheRemedy() {
		StreamDbPersistentEntity<?> entity = this.context.getRequiredPersistentEntity(Keyless.class);
		assertThatExceptionOfType(MissingIdPropertyException.class).isThrownBy(entity::getRequiredIdProperty)
			.withMessageContaining(Keyless.class.getName())
			.withMessageContaining("org.springframework.data.annotation.Id")
			.satisfies((ex) -> assertThat(ex.getEntityClass()).isEqualTo(Keyless.class));
	}

	@Test
	void twoAnnotatedPropertiesAreRefusedWithBothNames() {
		assertThatExceptionOfType(MappingException.class)
			.isThrownBy(() -> this.context.getRequiredPersistentEntity(TwoIds.class))
			.havingRootCause()
			.withMessageContaining("'left'")
			.withMessageContaining("'right'");
	}

	@Test
	void nestedTypesAreNoCollections() {
		StreamDbPersistentEntity<?> entity = this.context.getRequiredPersistentEntity(Place.class);
		assertThat(entity.isCollection()).isFalse();
	}

	@StreamCollection
	record PlainTask(UUID id, Place place, List<String> tags) {
	}

	record Place(String city) {
	}

	@StreamCollection(type = "task")
	record TypedTask(String id) {
	}

	@StreamCollection(type = "task", name = "tasks")
	record NamedTask(String id) {
	}

	@StreamCollection
	record File(@Id String path, String id) {
	}

	@StreamCollection
	record FileWithIdFirst(String id, @Id String path) {
	}

	@StreamCollection
	record Keyless(String name) {
	}

	@StreamCollection
	record TwoIds(@Id String left, @Id String right) {
	}

}
