/**
 * Tests of applications that use StreamDB with Spring.
 */
@NullMarked
package io.streamdb.boot.test;

import org.jspecify.annotations.NullMarked;
