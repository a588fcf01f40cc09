package io.streamdb.schema;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.streamdb.Spec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What a collection is (SPEC E2).
 */
class CollectionDefinitionTests {

	@Test
	void defaultsComeFromTheClass() {
		CollectionDefinition<ReviewNote> definition = CollectionDefinition.of(ReviewNote.class).build();
		assertThat(definition.type()).isEqualTo("reviewNote");
		assertThat(definition.name()).isEqualTo("reviewNote");
		assertThat(definition.primaryKey()).isEqualTo("id");
		assertThat(definition.idClass()).isEqualTo(UUID.class);
		assertThat(definition.entityClass()).isEqualTo(ReviewNote.class);
	}

	@Test
	@Spec("E2.1")
	void nameDefaultsToTheType() {
		CollectionDefinition<ReviewNote> definition = CollectionDefinition.of(ReviewNote.class).type("note").build();
		assertThat(definition.name()).isEqualTo("note");
		assertThat(CollectionDefinition.of(ReviewNote.class).type("note").name("notes").build().name())
			.isEqualTo("notes");
	}

	@Test
	void acronymsKeepTheirCase() {
		assertThat(CollectionDefinition.of(URLEntry.class).build().type()).isEqualTo("URLEntry");
	}

	@ParameterizedTest
	@Spec("E2.1")
	@MethodSource
	void keyIsReadFromWhateverTheClassOffers(Object entity, String property, String key) {
		@SuppressWarnings("unchecked")
		CollectionDefinition<Object> definition = (CollectionDefinition<Object>) CollectionDefinition
			.of(entity.getClass())
			.primaryKey(property)
			.build();
		assertThat(definition.key(entity)).isEqualTo(key);
	}

	static Stream<Arguments> keyIsReadFromWhateverTheClassOffers() {
		UUID uuid = UUID.randomUUID();
		return Stream.of(arguments(new ReviewNote(uuid), "id", uuid.toString()),
				arguments(new Overridden("a"), "id", "accessor a"), arguments(new WithGetter("a"), "ref", "getter a"),
				arguments(new WithGetter("a"), "plain", "field a"), arguments(new Fluent("a"), "code", "fluent a"),
				arguments(new Inheriting(7L), "id", "7"), arguments(new Primitive(), "number", "0"));
	}

	@Test
	void entityWithoutAnIdHasNoKey() {
		assertThat(CollectionDefinition.of(Text.class).build().key(new Text(null))).isNull();
		assertThat(CollectionDefinition.of(Text.class).build().key(new Text(""))).isNull();
		assertThat(CollectionDefinition.of(ReviewNote.class).build().key(new ReviewNote(null))).isNull();
	}

	@Test
	void idIsClassifiedByWhatItIs() {
		CollectionDefinition<Numbered> definition = CollectionDefinition.of(Numbered.class).build();
		assertThat(definition.toKey(7L)).isEqualTo("7");
		assertThat(definition.toKey("7")).isEqualTo("7");
		assertThat(definition.toId("7")).isEqualTo(7L);
		assertThatIllegalArgumentException().isThrownBy(() -> definition.toKey("007"))
			.withMessageContaining("007")
			.withMessageContaining("canonical");
		assertThatIllegalArgumentException().isThrownBy(() -> definition.toKey("x")).withMessageContaining("'x'");
		assertThatIllegalArgumentException().isThrownBy(() -> definition.toKey(7.0))
			.withMessageContaining("Double")
			.withMessageContaining("Long");
		assertThatIllegalArgumentException().isThrownBy(() -> definition.toId(""));
	}

	@Test
	void shorterIntegerIsWidenedToTheId() {
		CollectionDefinition<Numbered> longs = CollectionDefinition.of(Numbered.class).build();
		assertThat(longs.toKey(7)).isEqualTo("7");
		assertThat(longs.toKey((short) -7)).isEqualTo("-7");
		assertThat(longs.toKey((byte) 7)).isEqualTo("7");
		CollectionDefinition<Small> integers = CollectionDefinition.of(Small.class).build();
		assertThat(integers.toKey((short) 7)).isEqualTo("7");
		assertThat(integers.toKey((byte) 7)).isEqualTo("7");
	}

	@Test
	void longerIntegerIsNotNarrowedToTheId() {
		CollectionDefinition<Small> integers = CollectionDefinition.of(Small.class).build();
		assertThatIllegalArgumentException().isThrownBy(() -> integers.toKey(7L))
			.withMessageContaining("Long")
			.withMessageContaining("Integer");
	}

	@Test
	void numberIsNoKeyOfText() {
		CollectionDefinition<Text> definition = CollectionDefinition.of(Text.class).build();
		assertThatIllegalArgumentException().isThrownBy(() -> definition.toKey(7));
	}

	@Test
	void emptyStringIsNoKey() {
		CollectionDefinition<Text> definition = CollectionDefinition.of(Text.class).build();
		assertThatIllegalArgumentException().isThrownBy(() -> definition.toKey(""));
		assertThatIllegalArgumentException().isThrownBy(() -> definition.toId(""));
	}

	@Test
	void converterMayChangeTheKeysOfStringIdsToo() {
		CollectionDefinition<Text> definition = CollectionDefinition.of(Text.class)
			.keyConverter(new KeyConverter<String>() {

				@Override
				public String toKey(String id) {
					return "text:" + id;
				}

				@Override
				public String toId(String key) {
					if (!key.startsWith("text:")) {
						throw new IllegalArgumentException("no text");
					}
					return key.substring(5);
				}

			})
			.build();
		assertThat(definition.key(new Text("a"))).isEqualTo("text:a");
		assertThat(definition.toId("text:a")).isEqualTo("a");
		assertThatIllegalArgumentException().isThrownBy(() -> definition.toId("a"));
	}

	@Test
	void classWithoutThePrimaryKeyIsRefusedWithItsProperties() {
		assertThatExceptionOfType(SchemaException.class)
			.isThrownBy(() -> CollectionDefinition.of(WithGetter.class).primaryKey("uuid").build())
			.withMessageContaining(WithGetter.class.getName())
			.withMessageContaining("'uuid'")
			.withMessageContaining("plain, ref");
		assertThatExceptionOfType(SchemaException.class)
			.isThrownBy(() -> CollectionDefinition.of(Text.class).primaryKey("").build());
		assertThatExceptionOfType(SchemaException.class)
			.isThrownBy(() -> CollectionDefinition.of(Text.class).primaryKey("class").build());
	}

	@Test
	void idThatNeedsAConverterIsRefusedWithTheRemedy() {
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> CollectionDefinition.of(Dated.class).build())
			.withMessageContaining("LocalDate")
			.withMessageContaining("add a KeyConverter");
	}

	@ParameterizedTest
	@ValueSource(classes = { Runnable.class, AbstractThing.class, Thread.State.class, int.class, String[].class,
			Inner.class })
	void classThatCannotBeBoundIsRefused(Class<?> type) {
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> CollectionDefinition.of(type).build())
			.withMessageContaining(type.getName())
			.withMessageContaining("use a record or a concrete class");
	}

	@Test
	void emptyNamesAreRefused() {
		assertThatExceptionOfType(SchemaException.class)
			.isThrownBy(() -> CollectionDefinition.of(Text.class).type("").build());
		assertThatExceptionOfType(SchemaException.class)
			.isThrownBy(() -> CollectionDefinition.of(Text.class).name("").build());
	}

	@Test
	void primaryKeyThatJacksonCannotWriteIsRefusedBySchema() {
		CollectionDefinition<Calculated> calculated = CollectionDefinition.of(Calculated.class).build();
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> StateSchema.of(calculated))
			.withMessageContaining("cannot write the primary key 'id'")
			.withMessageContaining(Calculated.class.getName());
		CollectionDefinition<NoCreator> noCreator = CollectionDefinition.of(NoCreator.class).build();
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> StateSchema.of(noCreator))
			.withMessageContaining(NoCreator.class.getName());
		CollectionDefinition<Contradictory> contradictory = CollectionDefinition.of(Contradictory.class).build();
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> StateSchema.of(contradictory))
			.withMessageContaining(Contradictory.class.getName());
	}

	@Test
	void definitionCanBeUsedInManySchemas() {
		CollectionDefinition<Text> definition = CollectionDefinition.of(Text.class).build();
		assertThat(StateSchema.of(definition).byClass(Text.class)).isSameAs(definition);
		assertThat(StateSchema.of(JsonMapper.builder().build(), List.of(definition)).byType("text"))
			.isSameAs(definition);
	}

	@Test
	@Spec({ "E2.1", "E3.8", "E4.2" })
	void validationListsEveryViolation() {
		CollectionDefinition<Text> definition = CollectionDefinition.of(Text.class)
			.validator((entity) -> List.of("a is wrong", "b is wrong"))
			.build();
		assertThatExceptionOfType(EntityValidationException.class).isThrownBy(() -> definition.validate(new Text("x")))
			.withMessage("The text is not valid: a is wrong; b is wrong")
			.satisfies((ex) -> assertThat(ex.violations()).containsExactly("a is wrong", "b is wrong"));
	}

	record ReviewNote(@Nullable UUID id) {
	}

	record URLEntry(String id) {
	}

	record Text(@Nullable String id) {
	}

	record Small(int id) {
	}

	record Numbered(Long id) {
	}

	record Dated(LocalDate id) {
	}

	record Overridden(String id) {

		@Override
		public String id() {
			return "accessor " + this.id;
		}

	}

	record Contradictory(@JsonProperty("a") String id, @JsonProperty("a") String other) {
	}

	static class WithGetter {

		private final String ref;

		private final String plain;

		WithGetter(String ref) {
			this.ref = ref;
			this.plain = "field " + ref;
		}

		public String getRef() {
			return "getter " + this.ref;
		}

	}

	static class Fluent {

		private final String value;

		Fluent(String value) {
			this.value = value;
		}

		public String code() {
			return "fluent " + this.value;
		}

	}

	abstract static class Base<ID> {

		private final ID id;

		Base(ID id) {
			this.id = id;
		}

		public ID getId() {
			return this.id;
		}

	}

	static class Inheriting extends Base<Long> {

		Inheriting(Long id) {
			super(id);
		}

	}

	static class Primitive {

		int number;

	}

	static class Calculated {

		public String getId() {
			return "calculated";
		}

	}

	static class NoCreator {

		private final String id;

		NoCreator(String id, int more) {
			this.id = id + more;
		}

		public String getId() {
			return this.id;
		}

	}

	abstract static class AbstractThing {

		@Nullable String id;

	}

	class Inner {

		@Nullable String id;

	}

}
