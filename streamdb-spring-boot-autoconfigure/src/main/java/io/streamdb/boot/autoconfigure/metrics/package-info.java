/**
 * Auto-configuration of the meters.
 */
@NullMarked
package io.streamdb.boot.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
