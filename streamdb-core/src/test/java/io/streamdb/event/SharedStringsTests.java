package io.streamdb.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.streamdb.event.SharedStrings.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SharedStrings}: what is shared, and what hostile input and many
 * threads cannot do to it.
 */
@Timeout(60)
class SharedStringsTests {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private final Property property = new Property();

	@Test
	void aStringThatComesAgainIsTheSameObject() {
		String first = read("Copenhagen");
		assertThat(first).isEqualTo("Copenhagen");
		assertThat(read("Copenhagen")).isSameAs(first);
		assertThat(read("Copenhagem")).isEqualTo("Copenhagem");
	}

	@Test
	void whatIsEscapedOrNotAsciiIsSharedToo() {
		for (String text : List.of("", "a\"b\\c\n\t\u0000", "Ærøskøbing", "日本", "\uD83D\uDE00", "\u2028")) {
			String first = read(text);
			assertThat(first).isEqualTo(text);
			assertThat(read(text)).as(text).isSameAs(first);
		}
	}

	@Test
	void aLongStringIsNotShared() {
		String longest = "x".repeat(Property.MAX_LENGTH);
		assertThat(read(longest)).isSameAs(read(longest));
		String tooLong = longest + "x";
		assertThat(read(tooLong)).isEqualTo(tooLong).isNotSameAs(read(tooLong));
	}

	@Test
	void twoStringsOfOneHashAreBothShared() {
		String first = read("Aa");
		String second = read("BB");
		for (int i = 0; i < 10; i++) {
			assertThat(read("Aa")).isSameAs(first);
			assertThat(read("BB")).isSameAs(second);
		}
	}

	@Test
	void manyStringsOfOneHashAreReadRightAndDisplaceEachOther() {
		List<String> hostile = ofOneHash(10);
		assertThat(hostile).hasSize(1024).doesNotHaveDuplicates();
		assertThat(hostile.stream().mapToInt(String::hashCode).distinct()).hasSize(1);
		List<String> first = hostile.stream().map(this::read).toList();
		assertThat(first).isEqualTo(hostile);
		List<String> again = hostile.stream().map(this::read).toList();
		assertThat(again).isEqualTo(hostile);
		long kept = 0;
		for (int i = 0; i < first.size(); i++) {
			kept += (first.get(i) == again.get(i)) ? 1 : 0;
		}
		assertThat(kept).as("they have two slots").isLessThanOrEqualTo(2);
	}

	private static List<String> ofOneHash(int pairs) {
		List<String> strings = List.of("");
		for (int i = 0; i < pairs; i++) {
			List<String> longer = new ArrayList<>();
			strings.forEach((text) -> longer.add(text + "Aa"));
			strings.forEach((text) -> longer.add(text + "BB"));
			strings = longer;
		}
		return strings;
	}

	@Test
	void aPropertyWhoseStringsNeverComeAgainIsLeftAloneForAWhile() {
		for (int i = 0; i < Property.TRIAL; i++) {
			assertThat(this.property.isWorthwhile()).isTrue();
			read("id-" + i);
		}
		int rest = 0;
		while (!this.property.isWorthwhile()) {
			rest++;
		}
		assertThat(rest).isEqualTo(Property.REST);
		String shared = read("Copenhagen");
		assertThat(read("Copenhagen")).as("it has another trial").isSameAs(shared);
	}

	@Test
	void aPropertyOfWhichOneStringInThreeComesAgainIsWorthwhile() {
		for (int i = 0; i < 10 * Property.TRIAL; i++) {
			assertThat(this.property.isWorthwhile()).isTrue();
			read((i % 2 == 0) ? "Copenhagen" : "id-" + i);
		}
	}

	@Test
	void aHostileObjectOfManyPropertiesGetsNoMoreTablesThanTheBound() {
		SharedStrings strings = new SharedStrings();
		List<Property> tables = new ArrayList<>();
		for (int i = 0; i < 100_000; i++) {
			Property table = strings.property("p" + i);
			if (table != null) {
				tables.add(table);
			}
		}
		assertThat(tables).hasSize(SharedStrings.PROPERTIES).doesNotHaveDuplicates();
		assertThat(strings.property("p0")).isSameAs(tables.get(0));
		assertThat(strings.property(null)).isNull();
	}

	@Test
	void eachTypeHasItsOwn() {
		SharedStrings.Types types = new SharedStrings.Types();
		EntityBinder user = new NamedBinder("user");
		SharedStrings users = types.of(user);
		assertThat(types.of(user)).isSameAs(users);
		assertThat(types.of(new NamedBinder("user"))).isSameAs(users);
		assertThat(types.of(new NamedBinder("city"))).isNotSameAs(users);
	}

	@Test
	void manyThreadsReadWhatIsThere() throws Exception {
		long seed = System.nanoTime();
		List<String> hostile = ofOneHash(4);
		inThreads(8, (thread) -> {
			Random random = new Random(seed + thread);
			for (int i = 0; i < 50_000; i++) {
				String text = switch (random.nextInt(3)) {
					case 0 -> "city-" + random.nextInt(50);
					case 1 -> hostile.get(random.nextInt(hostile.size()));
					default -> "id-" + random.nextLong();
				};
				assertThat(read(text)).as("seed %d", seed).isEqualTo(text);
			}
		});
	}

	@Test
	void aRestEndsHoweverManyThreadsCountItDown() throws Exception {
		for (int round = 0; round < 5; round++) {
			for (int i = 0; i < Property.TRIAL; i++) {
				read("id-" + round + "-" + i);
			}
			assertThat(this.property.isWorthwhile()).isFalse();
			inThreads(4, (thread) -> {
				while (!this.property.isWorthwhile()) {
					Thread.onSpinWait();
				}
			});
			assertThat(this.property.isWorthwhile()).isTrue();
		}
	}

	private static void inThreads(int count, Work work) throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(count);
		try {
			CountDownLatch start = new CountDownLatch(1);
			List<Future<Void>> results = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				int thread = i;
				Callable<Void> task = () -> {
					start.await();
					work.run(thread);
					return null;
				};
				results.add(executor.submit(task));
			}
			start.countDown();
			for (Future<Void> result : results) {
				result.get(30, TimeUnit.SECONDS);
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private String read(String text) {
		try (JsonParser parser = MAPPER.createParser(MAPPER.writeValueAsBytes(text))) {
			parser.nextToken();
			parser.finishToken();
			return this.property.string(parser);
		}
	}

	@FunctionalInterface
	private interface Work {

		void run(int thread) throws Exception;

	}

}
