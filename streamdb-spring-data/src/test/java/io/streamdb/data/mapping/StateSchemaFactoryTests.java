package io.streamdb.data.mapping;

import java.util.List;
import java.util.Set;
import java.util.UUID;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.EntityValidationException;
import io.streamdb.schema.KeyConverter;
import io.streamdb.schema.SchemaException;
import io.streamdb.schema.StateSchema;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.annotation.Id;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link StateSchemaFactory}.
 */
class StateSchemaFactoryTests {

	@Test
	void definesACollectionForEachEntityInTheOrderOfTypes() {
		StateSchema schema = schema(List.of(), Task.class, Author.class, Commit.class);
		assertThat(schema.collections()).extracting(CollectionDefinition::type)
			.containsExactly("author", "commit", "task");
		assertThat(schema.collections()).extracting(CollectionDefinition::name)
			.containsExactly("author", "commits", "task");
		CollectionDefinition<Commit> commits = schema.byClass(Commit.class);
		assertThat(commits).isNotNull();
		assertThat(commits.primaryKey()).isEqualTo("sha");
	}

	@Test
	void primitiveIdsAreBoxed() {
		CollectionDefinition<?> definition = schema(List.of(), Numbered.class).byClass(Numbered.class);
		assertThat(definition).isNotNull();
		assertThat(definition.idClass()).isEqualTo(Long.class);
		assertThat(definition.toKey(7L)).isEqualTo("7");
	}

	@Test
	void valueObjectIdsAreConvertedByTheConverterOfTheirType() {
		CollectionDefinition<Article> definition = schema(List.of(new IsbnConverter()), Article.class)
			.byClass(Article.class);
		assertThat(definition).isNotNull();
		assertThat(definition.toKey(new Isbn("978", "3"))).isEqualTo("978-3");
		assertThat(definition.toId("978-3")).isEqualTo(new Isbn("978", "3"));
		assertThat(definition.key(new Article(new Isbn("978", "4")))).isEqualTo("978-4");
	}

	@Test
	void valueObjectIdWithoutConverterIsRefused() {
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> schema(List.of(), Article.class))
			.withMessageContaining(Article.class.getName());
	}

	@Test
	void converterThatHidesItsIdTypeIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> schema(List.of(new HidingConverter<>(new IsbnConverter())), Article.class))
			.withMessageContaining(HidingConverter.class.getName());
	}

	@Test
	void twoConvertersOfOneTypeAreRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> schema(List.of(new IsbnConverter(), new IsbnConverter()), Article.class))
			.withMessageContaining("two key converters")
			.withMessageContaining(Isbn.class.getName());
	}

	@Test
	void twoEntitiesOfOneTypeAreRefusedWithBothNames() {
		assertThatExceptionOfType(DuplicateCollectionException.class)
			.isThrownBy(() -> schema(List.of(), Task.class, OtherTask.class))
			.withMessageContaining(Task.class.getName())
			.withMessageContaining(OtherTask.class.getName())
			.satisfies((ex) -> {
				assertThat(ex.getAttribute()).isEqualTo("type");
				assertThat(ex.getValue()).isEqualTo("task");
			});
	}

	@Test
	void twoEntitiesOfOneNameAreRefusedWithBothNames() {
		assertThatExceptionOfType(DuplicateCollectionException.class)
			.isThrownBy(() -> schema(List.of(), Task.class, NamedTask.class))
			.withMessageContaining("@StreamCollection(name)");
	}

	@Test
	void entityWithoutPrimaryKeyIsRefused() {
		assertThatExceptionOfType(MissingIdPropertyException.class).isThrownBy(() -> schema(List.of(), Keyless.class));
	}

	@Test
	void entitiesAreValidated() {
		StateSchema schema = new StateSchemaFactory(context(Task.class), JsonMapper.builder().build(),
				(entity) -> List.of("title is too short"), List.of())
			.create();
		CollectionDefinition<Task> definition = schema.byClass(Task.class);
		assertThat(definition).isNotNull();
		assertThatExceptionOfType(EntityValidationException.class).isThrownBy(() -> definition.validate(new Task("1")))
			.withMessageContaining("title is too short");
	}

	private static StateSchema schema(List<KeyConverter<?>> converters, Class<?>... entities) {
		return new StateSchemaFactory(context(entities), JsonMapper.builder().build(), null, converters).create();
	}

	private static StreamDbMappingContext context(Class<?>... entities) {
		StreamDbMappingContext context = new StreamDbMappingContext();
		context.setInitialEntitySet(Set.of(entities));
		context.afterPropertiesSet();
		return context;
	}

	@StreamCollection
	record Task(String id) {
	}

	@StreamCollection(type = "task")
	record OtherTask(String id) {
	}

	@StreamCollection(type = "named", name = "task")
	record NamedTask(String id) {
	}

	@StreamCollection
	record Author(UUID id) {
	}

	@StreamCollection(name = "commits")
	record Commit(@Id String sha) {
	}

	@StreamCollection
	record Numbered(long id) {
	}

	@StreamCollection
	record Keyless(String name) {
	}

	@StreamCollection
	record Article(Isbn id) {
	}

	record Isbn(String prefix, String number) {
	}

	static class IsbnConverter implements KeyConverter<Isbn> {

		@Override
		public String toKey(Isbn id) {
			return id.prefix() + "-" + id.number();
		}

		@Override
		public Isbn toId(String key) {
			String[] parts = key.split("-", 2);
			return new Isbn(parts[0], parts[1]);
		}

	}

	record HidingConverter<ID>(KeyConverter<ID> delegate) implements KeyConverter<ID> {

		@Override
		public String toKey(ID id) {
			return this.delegate.toKey(id);
		}

		@Override
		public ID toId(String key) {
			return this.delegate.toId(key);
		}

	}

}
