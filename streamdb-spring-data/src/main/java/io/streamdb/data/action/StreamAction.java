package io.streamdb.data.action;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.core.annotation.AliasFor;
import org.springframework.stereotype.Component;

/**
 * Declares a bean as an optimistic action (SPEC B5): a class found by component scanning,
 * or a {@code @Bean} method, of type
 * {@link io.streamdb.transaction.OptimisticAction}{@code <P, R>} with both types given.
 * It is called by an {@link ActionInvoker}{@code <P, R>}, which is injected by its full
 * generic type; where several actions have the same types, by the name: as
 * {@code @Qualifier}, or as the name of the field or parameter.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.TYPE, ElementType.METHOD })
@Component
public @interface StreamAction {

	/**
	 * Alias for {@link #name()}. The name of the action, not that of its bean.
	 * @return the name
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The action's name.
	 * @return the name; that of the bean when it is empty
	 */
	@AliasFor("value")
	String name() default "";

}
