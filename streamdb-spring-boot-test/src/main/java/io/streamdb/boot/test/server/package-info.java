/**
 * A stream server for tests, over HTTP, and the faults that it can be told to have. Knows
 * nothing of Spring.
 */
@NullMarked
package io.streamdb.boot.test.server;

import org.jspecify.annotations.NullMarked;
