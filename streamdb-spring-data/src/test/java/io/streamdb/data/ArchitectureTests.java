package io.streamdb.data;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.jspecify.annotations.NullMarked;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/**
 * The rules that this module keeps.
 */
@AnalyzeClasses(packages = "io.streamdb.data", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule knowsNothingOfBoot = noClasses().should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.boot..", "io.streamdb.boot..", "io.streamdb.server..");

	@ArchTest
	static final ArchRule packagesHaveNoCycles = SlicesRuleDefinition.slices()
		.matching("io.streamdb.data.(**)")
		.should()
		.beFreeOfCycles();

	@ArchTest
	static final ArchRule packagesAreNullMarked = classes().should(BeInNullMarkedPackage.INSTANCE);

	@ArchTest
	static final ArchRule textIsNotLowerCasedWithoutALocale = noClasses().should()
		.callMethodWhere(new DescribedPredicate<JavaMethodCall>("it is String.toLowerCase() or toUpperCase()") {

			@Override
			public boolean test(JavaMethodCall call) {
				return call.getTargetOwner().isEquivalentTo(String.class)
						&& call.getTarget().getParameterTypes().isEmpty()
						&& (call.getName().equals("toLowerCase") || call.getName().equals("toUpperCase"));
			}

		});

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
