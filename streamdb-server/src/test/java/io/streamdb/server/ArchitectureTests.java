package io.streamdb.server;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import jakarta.servlet.http.HttpServlet;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * What may depend on what in this module.
 */
@AnalyzeClasses(packages = "io.streamdb.server", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule moduleUsesTheClientServletsAndTheStreamingParser = classes().should()
		.onlyDependOnClassesThat(
				resideInAnyPackage("java..", "javax.crypto..", "io.streamdb.server..", "io.streamdb.client",
						"jakarta.servlet..", "tools.jackson.core..", "org.slf4j", "org.jspecify.annotations"));

	@ArchTest
	static final ArchRule storeKnowsNeitherHttpNorJson = noClasses().that()
		.resideInAPackage("io.streamdb.server.store")
		.should()
		.dependOnClassesThat(
				resideInAnyPackage("io.streamdb.server", "io.streamdb.client", "jakarta.servlet..", "tools.jackson.."));

	@ArchTest
	static final ArchRule servletsAreOptional = noClasses().that()
		.haveSimpleNameNotContaining("Servlet")
		.should()
		.dependOnClassesThat(resideInAPackage("jakarta.servlet.."))
		.orShould()
		.dependOnClassesThat()
		.areAssignableTo(HttpServlet.class);

	@ArchTest
	static final ArchRule packagesHaveNoCycles = slices().matching("io.streamdb.server.(*)..")
		.should()
		.beFreeOfCycles();

}
