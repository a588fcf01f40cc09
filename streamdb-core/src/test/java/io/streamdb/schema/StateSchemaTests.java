package io.streamdb.schema;

import java.util.List;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Which collections go together (SPEC E2).
 */
class StateSchemaTests {

	@Test
	@Spec("E2.1")
	void collectionsAreFoundByTypeNameAndClass() {
		CollectionDefinition<A> a = CollectionDefinition.of(A.class).type("ta").name("na").build();
		CollectionDefinition<B> b = CollectionDefinition.of(B.class).build();
		StateSchema schema = StateSchema.of(a, b);
		assertThat(schema.collections()).isEqualTo(List.of(a, b));
		assertThat(schema.byType("ta")).isSameAs(a);
		assertThat(schema.byName("na")).isSameAs(a);
		assertThat(schema.byClass(B.class)).isSameAs(b);
		assertThat(schema.byType("na")).isNull();
		assertThat(schema.byName("ta")).isNull();
		assertThat(schema.byClass(String.class)).isNull();
	}

	@Test
	void schemaMayBeEmpty() {
		assertThat(StateSchema.of().collections()).isEmpty();
	}

	@ParameterizedTest
	@Spec("E2.2")
	@ValueSource(strings = { "collections", "preload", "close", "utils", "actions" })
	void reservedNameIsRefused(String name) {
		CollectionDefinition<A> definition = CollectionDefinition.of(A.class).type("a").name(name).build();
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> StateSchema.of(definition))
			.withMessageContaining("'" + name + "'")
			.withMessageContaining("reserved")
			.withMessageContaining(A.class.getName());
	}

	@Test
	void reservedNameIsAGoodEventType() {
		assertThat(
				StateSchema.of(CollectionDefinition.of(A.class).type("close").name("closings").build()).byType("close"))
			.isNotNull();
	}

	@Test
	@Spec("E2.3")
	void twoCollectionsOfOneTypeAreRefusedWithBothNames() {
		CollectionDefinition<A> a = CollectionDefinition.of(A.class).type("t").name("first").build();
		CollectionDefinition<B> b = CollectionDefinition.of(B.class).type("t").name("second").build();
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> StateSchema.of(a, b))
			.withMessageContaining("event type 't'")
			.withMessageContaining("'first'")
			.withMessageContaining("'second'");
	}

	@Test
	void twoCollectionsOfOneNameAreRefusedWithBothClasses() {
		CollectionDefinition<A> a = CollectionDefinition.of(A.class).name("n").build();
		CollectionDefinition<B> b = CollectionDefinition.of(B.class).name("n").build();
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> StateSchema.of(a, b))
			.withMessageContaining("name 'n'")
			.withMessageContaining(A.class.getName())
			.withMessageContaining(B.class.getName());
	}

	@Test
	void twoCollectionsOfOneClassAreRefusedWithBothNames() {
		CollectionDefinition<A> first = CollectionDefinition.of(A.class).type("first").build();
		CollectionDefinition<A> second = CollectionDefinition.of(A.class).type("second").build();
		assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> StateSchema.of(first, second))
			.withMessageContaining(A.class.getName())
			.withMessageContaining("'first'")
			.withMessageContaining("'second'");
	}

	record A(String id) {
	}

	record B(String id) {
	}

}
