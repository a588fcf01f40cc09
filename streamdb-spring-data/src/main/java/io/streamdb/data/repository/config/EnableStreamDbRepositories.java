package io.streamdb.data.repository.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.streamdb.data.repository.support.StreamRepositoryFactoryBean;

import org.springframework.beans.factory.support.BeanNameGenerator;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.Import;
import org.springframework.data.repository.config.BootstrapMode;
import org.springframework.data.repository.config.DefaultRepositoryBaseClass;
import org.springframework.data.repository.query.QueryLookupStrategy.Key;

/**
 * Enables StreamDB repositories: scans the packages for interfaces that extend
 * {@link io.streamdb.data.repository.StreamRepository}, or another repository interface
 * of an entity annotated with {@link io.streamdb.data.mapping.StreamCollection}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Import(StreamDbRepositoriesRegistrar.class)
public @interface EnableStreamDbRepositories {

	/**
	 * Alias for {@link #basePackages()}.
	 * @return the packages to scan
	 */
	String[] value() default {};

	/**
	 * The packages to scan for repository interfaces.
	 * @return the packages; that of the annotated class when there are none
	 */
	String[] basePackages() default {};

	/**
	 * Type-safe alternative to {@link #basePackages()}.
	 * @return classes whose packages are scanned
	 */
	Class<?>[] basePackageClasses() default {};

	/**
	 * Which types are eligible.
	 * @return the filters
	 */
	Filter[] includeFilters() default {};

	/**
	 * Which types are not eligible.
	 * @return the filters
	 */
	Filter[] excludeFilters() default {};

	/**
	 * The postfix of custom implementations.
	 * @return the postfix
	 */
	String repositoryImplementationPostfix() default "Impl";

	/**
	 * Where the named queries are.
	 * @return the location of a properties file
	 */
	String namedQueriesLocation() default "";

	/**
	 * How queries are looked up.
	 * @return the key of the strategy
	 */
	Key queryLookupStrategy() default Key.CREATE_IF_NOT_FOUND;

	/**
	 * The factory bean of the repositories.
	 * @return its class
	 */
	Class<?> repositoryFactoryBeanClass() default StreamRepositoryFactoryBean.class;

	/**
	 * The base class of the repositories.
	 * @return its class
	 */
	Class<?> repositoryBaseClass() default DefaultRepositoryBaseClass.class;

	/**
	 * How the repository beans are named.
	 * @return the name generator
	 */
	Class<? extends BeanNameGenerator> nameGenerator() default BeanNameGenerator.class;

	/**
	 * Whether nested repository interfaces are found.
	 * @return whether they are
	 */
	boolean considerNestedRepositories() default false;

	/**
	 * When repositories are initialised.
	 * @return the mode
	 */
	BootstrapMode bootstrapMode() default BootstrapMode.DEFAULT;

	/**
	 * The bean of type {@link io.streamdb.data.core.StreamDbOperations} that the
	 * repositories use.
	 * @return its name
	 */
	String streamDbTemplateRef() default "streamDbTemplate";

}
