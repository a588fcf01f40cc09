package io.streamdb;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the sentences that a test shows: it fails when one of them is broken. On a class
 * it holds for all of its tests together. The sentences stand in
 * {@code spec-sentences.txt}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.TYPE })
public @interface Spec {

	/**
	 * Numbers of sentences, such as {@code M5.2}.
	 * @return the numbers
	 */
	String[] value();

}
