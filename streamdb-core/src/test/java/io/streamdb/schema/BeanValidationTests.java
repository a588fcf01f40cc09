package io.streamdb.schema;

import java.io.ByteArrayInputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.streamdb.Spec;
import io.streamdb.event.InvalidEvent;
import io.streamdb.schema.EventFactory.Headers;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Jakarta Bean Validation where it is, and everything else where it is not (SPEC E4).
 */
class BeanValidationTests {

	@Test
	@Spec("E4.1")
	void constraintsAreChecked() throws Exception {
		try (ValidatorFactory factory = Validation.buildDefaultValidatorFactory()) {
			CollectionDefinition<Task> definition = CollectionDefinition.of(Task.class)
				.validator(new BeanValidation(factory.getValidator()))
				.build();
			assertThat(definition.events().insert(null, new Task("t", "Write", 1, null), Headers.NONE).key())
				.isEqualTo("t");
			assertThatExceptionOfType(EntityValidationException.class)
				.isThrownBy(() -> definition.validate(new Task("t", " ", -1, new Author(""))))
				.satisfies((ex) -> assertThat(ex.violations()).hasSize(3)
					.satisfiesExactly((one) -> assertThat(one).startsWith("author.name "),
							(two) -> assertThat(two).startsWith("priority "),
							(three) -> assertThat(three).startsWith("title ")));
			RecordingHandler handler = new RecordingHandler();
			StateSchema.of(definition)
				.decode(new ByteArrayInputStream(
						"""
								[{"type":"task","key":"t","value":{"title":"","priority":-1},"headers":{"operation":"insert"}}]"""
							.getBytes(StandardCharsets.UTF_8)),
						handler);
			assertThat(handler.items).singleElement().isInstanceOfSatisfying(InvalidEvent.class, (event) -> {
				assertThat(event.kind()).isEqualTo(InvalidEvent.Kind.INVALID_VALUE);
				assertThat(event.reason()).contains("title ", "priority ");
			});
		}
	}

	@Test
	void validatorThatFailsMakesTheEventInvalid() throws Exception {
		CollectionDefinition<Task> definition = CollectionDefinition.of(Task.class).validator((entity) -> {
			throw new IllegalStateException("no validation today");
		}).build();
		RecordingHandler handler = new RecordingHandler();
		StateSchema.of(definition)
			.decode(new ByteArrayInputStream("""
					[{"type":"task","key":"t","value":{"title":"","priority":-1},"headers":{"operation":"insert"}}]"""
				.getBytes(StandardCharsets.UTF_8)), handler);
		assertThat(handler.items).singleElement().isInstanceOfSatisfying(InvalidEvent.class, (event) -> {
			assertThat(event.kind()).isEqualTo(InvalidEvent.Kind.INVALID_VALUE);
			assertThat(event.reason()).contains("no validation today");
		});
	}

	@Test
	@Spec("E4.2")
	void everythingElseWorksWithoutTheValidationJar() throws Exception {
		List<URL> urls = List.of(StateSchema.class.getProtectionDomain().getCodeSource().getLocation(),
				BeanValidationTests.class.getProtectionDomain().getCodeSource().getLocation());
		ClassLoader everythingButValidation = new ClassLoader(null) {
			@Override
			protected Class<?> findClass(String name) throws ClassNotFoundException {
				if (name.startsWith("jakarta.validation") || name.startsWith("io.streamdb")) {
					throw new ClassNotFoundException(name);
				}
				return BeanValidationTests.class.getClassLoader().loadClass(name);
			}
		};
		try (URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), everythingButValidation)) {
			Runnable use = (Runnable) loader.loadClass(WithoutValidation.class.getName())
				.getDeclaredConstructor()
				.newInstance();
			use.run();
			assertThatExceptionOfType(NoClassDefFoundError.class)
				.isThrownBy(() -> loader.loadClass(BeanValidation.class.getName()).getConstructors());
		}
	}

	/** Runs in a class loader without {@code jakarta.validation}. */
	public static class WithoutValidation implements Runnable {

		@Override
		public void run() {
			CollectionDefinition<Plain> definition = CollectionDefinition.of(Plain.class)
				.validator((entity) -> List.of())
				.build();
			StateSchema schema = StateSchema.of(definition);
			byte[] event = schema.encode(definition.events().insert(null, new Plain("p"), Headers.NONE));
			if (event.length == 0) {
				throw new IllegalStateException("nothing was encoded");
			}
		}

	}

	record Plain(String id) {
	}

	record Task(String id, @NotBlank String title, @Min(0) int priority, @Valid @Nullable Author author) {
	}

	record Author(@NotBlank String name) {
	}

}
