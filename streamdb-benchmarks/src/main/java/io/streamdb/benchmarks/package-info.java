/**
 * Measurements, and the side-by-side comparison with the reference implementation.
 */
@NullMarked
package io.streamdb.benchmarks;

import org.jspecify.annotations.NullMarked;
