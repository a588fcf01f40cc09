package io.streamdb.schema;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import io.streamdb.Spec;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.InvalidEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonPOJOBuilder;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * The event's key is in the primary key of every value, whatever the value says (SPEC
 * M2).
 */
class KeyWritingTests {

	private static final UUID UUID_ID = UUID.fromString("0b7cd2b6-1f0a-4d2a-9a7d-3f5a1c6b8e90");

	private static final JsonMapper MAPPER = JsonMapper.builder().build();

	@ParameterizedTest
	@Spec({ "M2.1", "M2.2", "M2.3" })
	@ValueSource(strings = { "{\"name\":\"n\"}", "{\"id\":\"k1\",\"name\":\"n\"}", "{\"id\":\"other\",\"name\":\"n\"}",
			"{\"name\":\"n\",\"id\":\"other\"}", "{\"name\":\"n\",\"id\":null}",
			"{\"name\":\"n\",\"id\":{\"a\":[1,{\"id\":2}]}}", "{\"id\":[1],\"name\":\"n\",\"id\":7}",
			"{\"unknown\":{\"id\":\"inner\"},\"name\":\"n\",\"more\":[{\"id\":1}]}" })
	void whateverTheValueSays(String value) throws IOException {
		assertThat(bind(MAPPER, RecordEntity.class, "k1", value)).isEqualTo(new RecordEntity("k1", "n"));
		assertThat(bind(MAPPER, ImmutableEntity.class, "k1", value)).extracting("id", "name")
			.containsExactly("k1", "n");
		assertThat(bind(MAPPER, Bean.class, "k1", value)).extracting("id", "name").containsExactly("k1", "n");
		assertThat(bind(MAPPER, FieldBean.class, "k1", value)).extracting("id", "name").containsExactly("k1", "n");
		assertThat(bind(MAPPER, BuiltEntity.class, "k1", value)).extracting("id", "name").containsExactly("k1", "n");
	}

	@Test
	void emptyValueGetsItToo() throws IOException {
		assertThat(bind(MAPPER, RecordEntity.class, "k1", "{}")).isEqualTo(new RecordEntity("k1", null));
		assertThat(bind(MAPPER, Bean.class, "k1", "{}").getId()).isEqualTo("k1");
	}

	@Test
	void keyAndStringIdAreOneText() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode(StateSchema.of(CollectionDefinition.of(RecordEntity.class).type("e").build()), """
				[{"type":"e","key":"k1","value":{"id":"k1"},"headers":{"operation":"insert"}}]""", handler);
		assertThat(handler.changes()).singleElement()
			.satisfies((event) -> assertThat(((RecordEntity) event.value()).id()).isSameAs(event.key()));
	}

	@Test
	void subtypesAndUnwrappedPartsAreBound() throws IOException {
		for (String value : List.of("{\"kind\":\"dog\",\"id\":\"x\",\"bark\":\"loud\"}",
				"{\"bark\":\"loud\",\"id\":{},\"kind\":\"dog\"}")) {
			assertThat(bind(MAPPER, Animal.class, "k1", value))
				.isInstanceOfSatisfying(Dog.class, (dog) -> assertThat(dog.bark).isEqualTo("loud"))
				.extracting("id")
				.isEqualTo("k1");
		}
		assertThat(bind(MAPPER, Wrapping.class, "k1", "{\"street\":\"s\",\"id\":\"x\",\"town\":\"t\"}"))
			.satisfies((wrapping) -> {
				assertThat(wrapping.id).isEqualTo("k1");
				assertThat(wrapping.address).isEqualTo(new Address("s", "t"));
			});
	}

	@Test
	void nestedPropertiesOfTheSameNameAreLeftAlone() throws IOException {
		Parent parent = bind(MAPPER, Parent.class, "k1",
				"{\"child\":{\"id\":\"c\",\"name\":\"n\"},\"id\":\"x\",\"children\":[{\"name\":\"n2\",\"id\":\"c2\"}]}");
		assertThat(parent)
			.isEqualTo(new Parent("k1", new RecordEntity("c", "n"), List.of(new RecordEntity("c2", "n2"))));
	}

	@Test
	void anyPropertiesKeepEverythingElse() throws IOException {
		Open open = bind(MAPPER, Open.class, "k1", "{\"a\":1,\"id\":\"x\",\"b\":{\"id\":2}}");
		assertThat(open.id).isEqualTo("k1");
		assertThat(open.rest).isEqualTo(Map.of("a", 1, "b", Map.of("id", 2)));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource
	<T> void underTheNameOfTheMapper(Class<T> entityClass, JsonMapper mapper, String property, String value)
			throws IOException {
		StateSchema schema = StateSchema.of(mapper,
				List.of(CollectionDefinition.of(entityClass).type("e").primaryKey(property).build()));
		T entity = entityClass.cast(decode(schema, "k1", value));
		assertThat(schema.byClass(entityClass).key(entity)).isEqualTo("k1");
		assertThat(entity).extracting("label").isEqualTo("n");
	}

	static Stream<Arguments> underTheNameOfTheMapper() {
		JsonMapper snake = JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
		JsonMapper strict = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
		JsonMapper lenient = JsonMapper.builder().enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES).build();
		return Stream.of(
				arguments(LongNamed.class, snake, "accountNumber", "{\"account_number\":\"x\",\"label\":\"n\"}"),
				arguments(LongNamedBean.class, snake, "accountNumber", "{\"label\":\"n\",\"account_number\":\"x\"}"),
				arguments(Renamed.class, strict, "id", "{\"user_id\":\"x\",\"label\":\"n\"}"),
				arguments(RenamedBean.class, strict, "id", "{\"label\":\"n\",\"user_id\":\"x\"}"),
				arguments(Aliased.class, strict, "id", "{\"label\":\"n\",\"ref\":\"x\",\"number\":\"y\"}"),
				arguments(Aliased.class, strict, "id", "{\"number\":\"y\",\"label\":\"n\",\"id\":\"z\"}"),
				arguments(LongNamed.class, lenient, "accountNumber", "{\"ACCOUNTnumber\":\"x\",\"LABEL\":\"n\"}"),
				arguments(CaseBlind.class, MAPPER, "id", "{\"ID\":\"x\",\"Label\":\"n\",\"Id\":\"y\"}"),
				arguments(Identified.class, MAPPER, "id", "{\"label\":\"n\"}"));
	}

	@ParameterizedTest(name = "{0} {1}")
	@Spec({ "M2.4", "M2.5" })
	@MethodSource
	<T> void asAnIdOfItsClass(Class<T> entityClass, String key, Object id, @Nullable KeyConverter<?> converter)
			throws IOException {
		CollectionDefinitionBuilder<T> builder = CollectionDefinition.of(entityClass).type("e");
		CollectionDefinition<T> definition = ((converter != null) ? builder.keyConverter(converter) : builder).build();
		StateSchema schema = StateSchema.of(MAPPER, List.of(definition));
		for (String value : List.of("{}", "{\"id\":null}", "{\"id\":{\"a\":1}}", "{\"id\":false,\"id\":\"x\"}")) {
			assertThat(decode(schema, key, value)).extracting("id").isEqualTo(id);
		}
		assertThat(definition.toId(key)).isEqualTo(id);
		assertThat(definition.toKey(id)).isEqualTo(key);
		assertThat(definition.toKey(key)).isEqualTo(key);
		assertThat(definition.idClass()).isAssignableFrom(id.getClass());
	}

	static Stream<Arguments> asAnIdOfItsClass() {
		KeyConverter<Sku> sku = new KeyConverter<>() {

			@Override
			public String toKey(Sku id) {
				return id.shelf() + "/" + id.number();
			}

			@Override
			public Sku toId(String key) {
				int slash = key.indexOf('/');
				return new Sku(key.substring(0, slash), Integer.parseInt(key.substring(slash + 1)));
			}

		};
		KeyConverter<Path> path = new KeyConverter<>() {

			@Override
			public String toKey(Path id) {
				return id.text();
			}

			@Override
			public Path toId(String key) {
				return new Path(key);
			}

		};
		return Stream.of(arguments(OfString.class, "any ☃ key", "any ☃ key", null),
				arguments(OfUuid.class, UUID_ID.toString(), UUID_ID, null),
				arguments(OfLong.class, "-9223372036854775808", Long.MIN_VALUE, null),
				arguments(OfPrimitiveLong.class, "0", 0L, null), arguments(OfInteger.class, "42", 42, null),
				arguments(OfPrimitiveInt.class, "-42", -42, null), arguments(OfEnum.class, "RED", Color.RED, null),
				arguments(OfSku.class, "top/7", new Sku("top", 7), sku),
				arguments(OfPath.class, "a/b", new Path("a/b"), path));
	}

	@ParameterizedTest(name = "{0} {1}")
	@Spec({ "M2.7", "M9.7" })
	@MethodSource
	void keyThatIsNotCanonicalIsInvalid(Class<?> entityClass, String key) throws IOException {
		StateSchema schema = StateSchema.of(MAPPER, List.of(CollectionDefinition.of(entityClass).type("e").build()));
		for (String event : List.of("\"value\":{},\"headers\":{\"operation\":\"insert\"}",
				"\"headers\":{\"operation\":\"delete\"}")) {
			RecordingHandler handler = new RecordingHandler();
			decode(schema, "[{\"type\":\"e\",\"key\":\"%s\",%s}]".formatted(key, event), handler);
			assertThat(handler.items).singleElement()
				.isInstanceOfSatisfying(InvalidEvent.class,
						(invalid) -> assertThat(invalid.kind()).isEqualTo(InvalidEvent.Kind.INVALID_KEY));
		}
	}

	static Stream<Arguments> keyThatIsNotCanonicalIsInvalid() {
		return Stream.of(arguments(OfLong.class, "007"), arguments(OfLong.class, "+7"), arguments(OfLong.class, "-0"),
				arguments(OfLong.class, " 7"), arguments(OfLong.class, "7.0"), arguments(OfLong.class, "٧"),
				arguments(OfLong.class, "9223372036854775808"), arguments(OfInteger.class, "2147483648"),
				arguments(OfPrimitiveInt.class, "null"), arguments(OfUuid.class, UUID_ID.toString().toUpperCase()),
				arguments(OfUuid.class, "1-1-1-1-1"), arguments(OfUuid.class, "nonsense"),
				arguments(OfEnum.class, "red"), arguments(OfEnum.class, "BLUE"));
	}

	@Test
	void entityThatChangesItsIdIsInvalid() throws IOException {
		StateSchema schema = StateSchema.of(CollectionDefinition.of(Trimming.class).type("e").build());
		RecordingHandler handler = new RecordingHandler();
		decode(schema, """
				[{"type":"e","key":" a","value":{},"headers":{"operation":"insert"}},
				{"type":"e","key":"a","value":{},"headers":{"operation":"insert"}}]""", handler);
		assertThat(handler.items).hasSize(2);
		assertThat(handler.items.get(0)).isInstanceOfSatisfying(InvalidEvent.class,
				(invalid) -> assertThat(invalid.kind()).isEqualTo(InvalidEvent.Kind.INVALID_KEY));
		assertThat(handler.changes()).singleElement().extracting(ChangeEvent::value).isEqualTo(new Trimming("a"));
	}

	@Test
	void oldValueGetsItToo() throws IOException {
		StateSchema schema = StateSchema.of(CollectionDefinition.of(RecordEntity.class).type("e").build());
		RecordingHandler handler = new RecordingHandler();
		decode(schema,
				"""
						[{"old_value":{"name":"before"},"type":"e","key":"k","value":{"name":"now"},"headers":{"operation":"update"}},
						{"type":"e","key":"k","old_value":{"id":"x","name":"now"},"headers":{"operation":"delete"}},
						{"type":"e","key":"k","value":{},"old_value":{"name":{}},"headers":{"operation":"update"}},
						{"type":"e","key":"k","value":{},"old_value":7,"headers":{"operation":"update"}}]""",
				handler);
		assertThat(handler.items).hasSize(4);
		assertThat(handler.changes()).<@Nullable Object>extracting(ChangeEvent::oldValue)
			.containsExactly(new RecordEntity("k", "before"), new RecordEntity("k", "now"), null, null);
	}

	private static <T> T bind(JsonMapper mapper, Class<T> entityClass, String key, String value) throws IOException {
		return entityClass.cast(decode(
				StateSchema.of(mapper, List.of(CollectionDefinition.of(entityClass).type("e").build())), key, value));
	}

	/**
	 * Decodes the value twice: bound on the spot, and buffered.
	 */
	private static Object decode(StateSchema schema, String key, String value) throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode(schema,
				"[{\"type\":\"e\",\"key\":\"%1$s\",\"value\":%2$s,\"headers\":{\"operation\":\"insert\"}},{\"value\":%2$s,\"headers\":{\"operation\":\"update\"},\"key\":\"%1$s\",\"type\":\"e\"}]"
					.formatted(key, value),
				handler);
		assertThat(handler.items).as(value).hasSize(2).hasOnlyElementsOfType(ChangeEvent.class);
		Object first = handler.changes().get(0).value();
		assertThat(handler.changes().get(1).value()).usingRecursiveComparison().isEqualTo(first);
		assertThat(first).isNotNull();
		return first;
	}

	private static void decode(StateSchema schema, String body, RecordingHandler handler) throws IOException {
		schema.decode(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)), handler);
	}

	record RecordEntity(String id, @Nullable String name) {
	}

	record Parent(String id, RecordEntity child, List<RecordEntity> children) {
	}

	record Renamed(@JsonProperty("user_id") String id, String label) {
	}

	record Aliased(@JsonAlias( {
			"ref", "number" }) String id, String label){
	}

	record LongNamed(String accountNumber, String label) {
	}

	@JsonFormat(with = JsonFormat.Feature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
	record CaseBlind(String id, String label) {
	}

	record OfString(String id) {
	}

	record OfUuid(UUID id) {
	}

	record OfLong(Long id) {
	}

	record OfPrimitiveLong(long id) {
	}

	record OfInteger(Integer id) {
	}

	record OfPrimitiveInt(int id) {
	}

	record OfEnum(Color id) {
	}

	record OfSku(Sku id) {
	}

	record OfPath(Path id) {
	}

	record Sku(String shelf, int number) {
	}

	record Path(@JsonValue String text) {
	}

	record Trimming(String id) {

		Trimming {
			id = id.trim();
		}

	}

	enum Color {

		@JsonProperty("the red one")
		RED {
			@Override
			public String toString() {
				return "a red";
			}
		}

	}

	static final class ImmutableEntity {

		private final String id;

		private final @Nullable String name;

		@JsonCreator
		ImmutableEntity(@JsonProperty("name") @Nullable String name, @JsonProperty("id") String id) {
			this.id = id;
			this.name = name;
		}

	}

	static class Bean {

		private String id = "";

		private @Nullable String name;

		public String getId() {
			return this.id;
		}

		public void setId(String id) {
			this.id = id;
		}

		public @Nullable String getName() {
			return this.name;
		}

		public void setName(String name) {
			this.name = name;
		}

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes(@JsonSubTypes.Type(value = Dog.class, name = "dog"))
	static class Animal {

		public String id = "";

	}

	static class Dog extends Animal {

		public String bark = "";

	}

	static class Wrapping {

		public String id = "";

		@JsonUnwrapped
		public @Nullable Address address;

	}

	record Address(String street, String town) {
	}

	static class FieldBean {

		public String id = "";

		public @Nullable String name;

	}

	static class RenamedBean {

		@JsonProperty("user_id")
		private String id = "";

		public String label = "";

		public String getId() {
			return this.id;
		}

	}

	static class LongNamedBean {

		private String accountNumber = "";

		public String label = "";

		public String getAccountNumber() {
			return this.accountNumber;
		}

		public void setAccountNumber(String accountNumber) {
			this.accountNumber = accountNumber;
		}

	}

	abstract static class Identifiable<ID> {

		private @Nullable ID id;

		public @Nullable ID getId() {
			return this.id;
		}

		public void setId(ID id) {
			this.id = id;
		}

	}

	static class Identified extends Identifiable<String> {

		public String label = "";

	}

	static class Open {

		private String id = "";

		private final Map<String, Object> rest = new LinkedHashMap<>();

		public String getId() {
			return this.id;
		}

		public void setId(String id) {
			this.id = id;
		}

		@JsonAnyGetter
		public Map<String, Object> getRest() {
			return this.rest;
		}

		@JsonAnySetter
		public void put(String name, Object value) {
			this.rest.put(name, value);
		}

	}

	@JsonDeserialize(builder = BuiltEntity.Builder.class)
	static final class BuiltEntity {

		private final String id;

		private final @Nullable String name;

		private BuiltEntity(String id, @Nullable String name) {
			this.id = id;
			this.name = name;
		}

		@JsonPOJOBuilder
		static class Builder {

			private String id = "";

			private @Nullable String name;

			public Builder withId(String id) {
				this.id = id;
				return this;
			}

			public Builder withName(String name) {
				this.name = name;
				return this;
			}

			public BuiltEntity build() {
				return new BuiltEntity(this.id, this.name);
			}

		}

	}

}
