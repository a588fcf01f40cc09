package io.streamdb.data.mapping;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares a class or record as the entity of a collection (SPEC B1). Entities are
 * treated as immutable: they are replaced, never changed in place. The primary key is the
 * property annotated with {@link org.springframework.data.annotation.Id @Id}, or else the
 * one named {@code id}; it is a String, UUID, Long, Integer, an enum, or a type for which
 * there is a {@link io.streamdb.schema.KeyConverter} bean.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface StreamCollection {

	/**
	 * The type of the collection's events.
	 * @return the type; the decapitalised simple class name when it is empty
	 */
	String type() default "";

	/**
	 * The collection's name.
	 * @return the name; the {@link #type()} when it is empty
	 */
	String name() default "";

}
