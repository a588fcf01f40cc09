package io.streamdb.boot;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.jspecify.annotations.NullMarked;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.annotation.Bean;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/**
 * The rules that this module keeps.
 */
@AnalyzeClasses(packages = "io.streamdb.boot", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule autoConfigurationsArePublicAndFinal = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.should()
		.bePublic()
		.andShould()
		.haveModifier(JavaModifier.FINAL)
		.andShould()
		.haveSimpleNameEndingWith("AutoConfiguration");

	@ArchTest
	static final ArchRule autoConfigurationsHaveNoPublicMembers = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.should(HaveNoPublicMembers.INSTANCE);

	@ArchTest
	static final ArchRule beanMethodsHaveNoConditionOnClasses = methods().that()
		.areAnnotatedWith(Bean.class)
		.should()
		.notBeAnnotatedWith(ConditionalOnClass.class);

	@ArchTest
	static final ArchRule beanMethodsArePackagePrivate = methods().that()
		.areAnnotatedWith(Bean.class)
		.should()
		.bePackagePrivate();

	@ArchTest
	static final ArchRule postProcessorsAreStatic = methods().that()
		.areAnnotatedWith(Bean.class)
		.and()
		.haveRawReturnType(assignableTo(BeanPostProcessor.class).or(assignableTo(BeanFactoryPostProcessor.class)))
		.should()
		.beStatic();

	@ArchTest
	static final ArchRule conditionsAndAnalyzersAreNotPublic = classes().that()
		.areAssignableTo(SpringBootCondition.class)
		.or()
		.areAssignableTo(FailureAnalyzer.class)
		.should()
		.notBePublic();

	@ArchTest
	static final ArchRule whatNeedsActuatorMetricsOrSecurityIsApart = noClasses().that()
		.resideInAPackage("io.streamdb.boot.autoconfigure")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.boot.health..", "org.springframework.boot.actuate..",
				"io.micrometer.core..", "org.springframework.security..");

	@ArchTest
	static final ArchRule packagesHaveNoCycles = SlicesRuleDefinition.slices()
		.matching("io.streamdb.boot.(**)")
		.should()
		.beFreeOfCycles();

	@ArchTest
	static final ArchRule packagesAreNullMarked = classes().should(BeInNullMarkedPackage.INSTANCE);

	/**
	 * An auto-configuration is public for its order only.
	 */
	private static final class HaveNoPublicMembers extends ArchCondition<JavaClass> {

		private static final HaveNoPublicMembers INSTANCE = new HaveNoPublicMembers();

		private HaveNoPublicMembers() {
			super("have no public members but the default constructor");
		}

		@Override
		public void check(JavaClass item, ConditionEvents events) {
			for (JavaMember member : item.getMembers()) {
				if (member.getModifiers().contains(JavaModifier.PUBLIC) && !member.getName().equals("<init>")) {
					events.add(SimpleConditionEvent.violated(member, member.getDescription() + " is public"));
				}
			}
		}

	}

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
