package io.streamdb.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DirectCreators}: objects are made as Jackson makes them, and what
 * their constructors throw is told as Jackson tells it.
 */
@Timeout(60)
class DirectCreatorsTests {

	private static final JsonMapper PLAIN = JsonMapper.builder().build();

	private static final JsonMapper DIRECT = DirectCreators.applyTo(PLAIN);

	static List<Class<?>> classes() {
		return List.of(Point.class, Named.class, Hidden.class, Made.class, ManyNumbers.class, Boxed.class, Choosy.class,
				Failing.class, Checked.class, Bean.class, Nested.class);
	}

	@ParameterizedTest
	@MethodSource("classes")
	void makesWhatJacksonMakes(Class<?> type) {
		for (String json : List.of("{\"a\":1,\"b\":\"x\"}", "{\"a\":1}", "{}", "{\"a\":null,\"b\":null}", "{\"a\":-1}",
				"{\"a\":\"no number\"}", "{\"b\":\"y\",\"a\":2,\"unknown\":3}", "{\"a\":13}", "{\"a\":14}",
				"{\"point\":{\"a\":3,\"b\":\"z\"},\"a\":13}", "{\"numbers\":[1,2,3]}", "[]", "7")) {
			assertThat(read(DIRECT, json, type)).as("%s from %s", type.getSimpleName(), json)
				.isEqualTo(read(PLAIN, json, type));
		}
	}

	/** The object, or what was thrown with all of its causes. */
	private static List<String> read(JsonMapper mapper, String json, Class<?> type) {
		try {
			return List.of(String.valueOf(mapper.readValue(json, type)));
		}
		catch (Throwable ex) {
			List<String> told = new ArrayList<>();
			for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
				told.add(cause.getClass().getName() + ": " + cause.getMessage());
			}
			return told;
		}
	}

	@Test
	void constructorsOfRecordsAreCalledDirectly() {
		assertThat(instantiator(DIRECT, Point.class)).isNotExactlyInstanceOf(StdValueInstantiator.class);
		assertThat(instantiator(PLAIN, Point.class)).isExactlyInstanceOf(StdValueInstantiator.class);
		assertThat(DIRECT.readValue("{\"a\":1,\"b\":\"x\"}", Point.class)).isEqualTo(new Point(1, "x"));
		assertThat(read(DIRECT, "{\"a\":13}", Failing.class)).as("the test can tell a failure")
			.anyMatch((line) -> line.contains("thirteen"));
	}

	@Test
	void whatTheApplicationInstantiatesItselfIsLeftToIt() {
		SimpleModule own = new SimpleModule().addValueInstantiator(Point.class, new OwnInstantiator());
		JsonMapper direct = DirectCreators.applyTo(JsonMapper.builder().addModule(own).build());
		assertThat(instantiator(direct, Point.class)).isExactlyInstanceOf(OwnInstantiator.class);
		assertThat(direct.readValue("{\"a\":1,\"b\":\"x\"}", Point.class)).isEqualTo(new Point(99, "own"));
	}

	private static ValueInstantiator instantiator(JsonMapper mapper, Class<?> type) {
		return ((BeanDeserializerBase) mapper._deserializationContext()
			.findRootValueDeserializer(mapper.constructType(type))).getValueInstantiator();
	}

	@Test
	void theFirstObjectMayBeMadeByManyThreadsAtOnce() throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(8);
		try {
			for (int round = 0; round < 50; round++) {
				JsonMapper mapper = DirectCreators.applyTo(JsonMapper.builder().build());
				CountDownLatch start = new CountDownLatch(1);
				List<Future<Point>> made = new ArrayList<>();
				for (int i = 0; i < 8; i++) {
					String json = "{\"a\":" + i + ",\"b\":\"x\"}";
					made.add(executor.submit(() -> {
						start.await();
						return mapper.readValue(json, Point.class);
					}));
				}
				start.countDown();
				for (int i = 0; i < 8; i++) {
					assertThat(made.get(i).get(20, TimeUnit.SECONDS)).isEqualTo(new Point(i, "x"));
				}
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	record Point(int a, String b) {
	}

	record Named(@JsonProperty("b") String name, @JsonProperty("a") long number) {
	}

	record Nested(Point point, Integer a) {
	}

	record Boxed(Integer a, Boolean b) {
	}

	record ManyNumbers(int... numbers) {

		@Override
		public String toString() {
			return Arrays.toString(this.numbers);
		}

	}

	record Choosy(Integer a, String b) {

		Choosy {
			Objects.requireNonNull(a, "a is needed");
			if (a < 0) {
				throw new IllegalArgumentException("a is negative: " + a);
			}
		}

	}

	record Failing(int a) {

		Failing {
			if (a == 13) {
				throw new AssertionError("thirteen");
			}
			if (a == 14) {
				throw new StackOverflowError("fourteen");
			}
		}

	}

	static final class Hidden {

		private final int a;

		private final String b;

		@JsonCreator
		private Hidden(@JsonProperty("a") int a, @JsonProperty("b") String b) {
			this.a = a;
			this.b = b;
		}

		@Override
		public String toString() {
			return this.a + this.b;
		}

	}

	static final class Made {

		private final String text;

		private Made(String text) {
			this.text = text;
		}

		@JsonCreator
		static Made of(@JsonProperty("a") Integer a, @JsonProperty("b") String b) {
			return "x".equals(b) ? null : new Made(a + " made of " + b);
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

	static final class Checked {

		@JsonCreator
		Checked(@JsonProperty("a") int a) throws Exception {
			throw new Exception("checked " + a);
		}

	}

	static class Bean {

		private int a;

		private String b;

		public void setA(int a) {
			this.a = a;
		}

		public void setB(String b) {
			this.b = b;
		}

		@Override
		public String toString() {
			return this.a + this.b;
		}

	}

	private static final class OwnInstantiator extends StdValueInstantiator {

		OwnInstantiator() {
			super((DeserializationConfig) null, PLAIN.constructType(Point.class));
		}

		@Override
		public ValueInstantiator createContextual(DeserializationContext context,
				tools.jackson.databind.BeanDescription.Supplier description) {
			return this;
		}

		@Override
		public boolean canCreateUsingDefault() {
			return true;
		}

		@Override
		public Object createUsingDefault(DeserializationContext context) {
			return new Point(99, "own");
		}

	}

}
