package io.streamdb.data.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.streamdb.data.mapping.StreamDbMappingContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.data.core.PropertyReferenceException;
import org.springframework.data.domain.Sort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link EntityOrder}.
 */
class EntityOrderTests {

	private static final Person ANNA = new Person("anna", 30, new Address("Zurich"), List.of());

	private static final Person BERT = new Person("Bert", 20, new Address("aarau"), List.of());

	private static final Person CARL = new Person("carl", 30, null, List.of());

	private final EntityOrder order = new EntityOrder(new StreamDbMappingContext());

	@Test
	void unsortedHasNoComparator() {
		assertThat(this.order.comparator(Person.class, Sort.unsorted())).isNull();
	}

	@Test
	void sortsByOneProperty() {
		assertThat(sorted(Sort.by("name"))).containsExactly(BERT, ANNA, CARL);
		assertThat(sorted(Sort.by("name").descending())).containsExactly(CARL, ANNA, BERT);
	}

	@Test
	void sortsBySeveralProperties() {
		assertThat(sorted(Sort.by(Sort.Order.desc("age"), Sort.Order.desc("name")))).containsExactly(CARL, ANNA, BERT);
	}

	@Test
	void ignoresCaseWhereAsked() {
		assertThat(sorted(Sort.by(Sort.Order.asc("name").ignoreCase()))).containsExactly(ANNA, BERT, CARL);
		assertThat(sorted(Sort.by(Sort.Order.asc("age").ignoreCase()))).containsExactly(BERT, ANNA, CARL);
	}

	@Test
	void sortsByNestedProperties() {
		assertThat(sorted(Sort.by("address.city"))).containsExactly(ANNA, BERT, CARL);
		assertThat(sorted(Sort.by(Sort.Order.asc("address.city").ignoreCase()))).containsExactly(BERT, ANNA, CARL);
	}

	@Test
	void nullsComeLastInEitherDirectionUnlessTheOrderSaysOtherwise() {
		assertThat(sorted(Sort.by("address.city"))).last().isEqualTo(CARL);
		assertThat(sorted(Sort.by("address.city").descending())).last().isEqualTo(CARL);
		assertThat(sorted(Sort.by(Sort.Order.asc("address.city").nullsLast()))).last().isEqualTo(CARL);
		assertThat(sorted(Sort.by(Sort.Order.asc("address.city").nullsFirst()))).first().isEqualTo(CARL);
		assertThat(sorted(Sort.by(Sort.Order.desc("address.city").nullsFirst()))).first().isEqualTo(CARL);
	}

	@Test
	void sortsByMethodReference() {
		assertThat(sorted(Sort.by(Person::name))).containsExactly(BERT, ANNA, CARL);
	}

	@Test
	void sortsBeansByTheirGetters() {
		Comparator<Object> comparator = this.order.comparator(Bean.class, Sort.by("name"));
		List<Bean> beans = new ArrayList<>(List.of(new Bean("b"), new Bean("a")));
		beans.sort(comparator);
		assertThat(beans).extracting(Bean::getName).containsExactly("got a", "got b");
	}

	@Test
	void unknownPropertyIsRefused() {
		assertThatExceptionOfType(PropertyReferenceException.class)
			.isThrownBy(() -> this.order.comparator(Person.class, Sort.by("nme")))
			.withMessageContaining("nme")
			.withMessageContaining("Person");
		assertThatExceptionOfType(PropertyReferenceException.class)
			.isThrownBy(() -> this.order.comparator(Person.class, Sort.by("address.street")));
	}

	@Test
	void insideOfALibraryTypeIsRefused() {
		assertThatExceptionOfType(PropertyReferenceException.class)
			.isThrownBy(() -> this.order.comparator(Person.class, Sort.by("name.hash")));
	}

	@Test
	void oddPropertyNamesAreRefusedAsUnknown() {
		for (String odd : List.of("..", ".", "a b", "na;me", "name..x", "address..city", "'", "%00")) {
			assertThatExceptionOfType(PropertyReferenceException.class).as(odd)
				.isThrownBy(() -> this.order.comparator(Person.class, Sort.by(odd)));
		}
	}

	@Test
	void propertyWithoutNaturalOrderIsRefused() {
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(() -> this.order.comparator(Person.class, Sort.by("address")))
			.withMessageContaining("'address'");
	}

	@Test
	void propertyWithManyValuesIsRefused() {
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(() -> this.order.comparator(Person.class, Sort.by("friends.name")))
			.withMessageContaining("'friends'");
	}

	private List<Person> sorted(Sort sort) {
		List<Person> people = new ArrayList<>(List.of(ANNA, BERT, CARL));
		people.sort(this.order.comparator(Person.class, sort));
		return people;
	}

	record Person(String name, int age, @Nullable Address address, List<Person> friends) {
	}

	record Address(String city) {
	}

	static class Bean {

		private final String name;

		Bean(String name) {
			this.name = name;
		}

		String getName() {
			return "got " + this.name;
		}

	}

}
