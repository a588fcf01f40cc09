package io.streamdb.boot.test;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.jspecify.annotations.NullMarked;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

/**
 * What may depend on what in this module.
 */
@AnalyzeClasses(packages = "io.streamdb.boot.test", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule serverKnowsNoSpring = classes().that()
		.resideInAPackage("io.streamdb.boot.test.server")
		.should()
		.onlyDependOnClassesThat(resideInAnyPackage("java..", "io.streamdb.boot.test.server", "io.streamdb.server",
				"jakarta.servlet..", "org.apache.catalina..", "org.apache.coyote..", "org.apache.tomcat..",
				"tools.jackson..", "org.jspecify.annotations"));

	@ArchTest
	static final ArchRule packagesHaveNoCycles = SlicesRuleDefinition.slices()
		.matching("io.streamdb.boot.(**)")
		.should()
		.beFreeOfCycles();

	@ArchTest
	static final ArchRule packagesAreNullMarked = classes().should(BeInNullMarkedPackage.INSTANCE);

	/**
	 * Every package says {@code @NullMarked}.
	 */
	private static final class BeInNullMarkedPackage extends ArchCondition<JavaClass> {

		private static final BeInNullMarkedPackage INSTANCE = new BeInNullMarkedPackage();

		private BeInNullMarkedPackage() {
			super("be in a package annotated with @NullMarked");
		}

		@Override
		public void check(JavaClass item, ConditionEvents events) {
			if (item.getPackage()
				.tryGetPackageInfo()
				.filter((info) -> info.isAnnotatedWith(NullMarked.class))
				.isEmpty()) {
				events.add(SimpleConditionEvent.violated(item,
						item.getPackageName() + " is not annotated with @NullMarked"));
			}
		}

	}

}
