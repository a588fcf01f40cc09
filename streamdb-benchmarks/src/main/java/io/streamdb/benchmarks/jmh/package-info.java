/**
 * JMH benchmarks of the inside: decode, apply, commit, get and overlay.
 */
@NullMarked
package io.streamdb.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
