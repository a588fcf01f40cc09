package io.streamdb;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.streamdb.schema.BeanValidation;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the packages of the core to the table in {@code docs/architecture.md}.
 */
class ArchitectureTests {

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.streamdb");

	/** Which of our packages a package may know. */
	private static final Map<String, Set<String>> TABLE = Map.of("io.streamdb.client", Set.of(), "io.streamdb.event",
			Set.of(), "io.streamdb.schema", Set.of("io.streamdb.event"), "io.streamdb.store",
			Set.of("io.streamdb.event", "io.streamdb.schema"), "io.streamdb.transaction",
			Set.of("io.streamdb.client", "io.streamdb.event", "io.streamdb.schema", "io.streamdb.store"));

	@Test
	void tableHasEveryPackageButTheRootThatKnowsThemAll() {
		Set<String> packages = CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
		packages.remove("io.streamdb");
		assertThat(packages).isEqualTo(TABLE.keySet());
	}

	@ParameterizedTest
	@MethodSource("packages")
	void packageKnowsOnlyWhatTheTableSays(String name) {
		noClasses().that()
			.resideInAPackage(name)
			.should()
			.dependOnClassesThat(DescribedPredicate.describe("are ours and not known to " + name,
					(JavaClass other) -> isOurs(other) && !other.getPackageName().equals(name)
							&& !TABLE.get(name).contains(other.getPackageName())))
			.check(CLASSES);
	}

	static Stream<String> packages() {
		return TABLE.keySet().stream().sorted();
	}

	private static boolean isOurs(JavaClass other) {
		return other.getPackageName().equals("io.streamdb") || other.getPackageName().startsWith("io.streamdb.");
	}

	@Test
	void packagesHaveNoCycles() {
		slices().matching("io.streamdb.(*)..").should().beFreeOfCycles().check(CLASSES);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(CLASSES).extracting(JavaClass::getPackage)
			.isNotEmpty()
			.allSatisfy((JavaPackage javaPackage) -> assertThat(javaPackage.isAnnotatedWith(NullMarked.class))
				.as(javaPackage.getName())
				.isTrue());
	}

	@Test
	void coreKnowsNoFramework() {
		noClasses().should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework..", "jakarta.servlet..", "com.fasterxml.jackson.core..",
					"com.fasterxml.jackson.databind..")
			.check(CLASSES);
	}

	@Test
	void validationIsOptional() {
		noClasses().that()
			.doNotBelongToAnyOf(BeanValidation.class)
			.should()
			.dependOnClassesThat()
			.resideInAPackage("jakarta.validation..")
			.check(CLASSES);
	}

}
