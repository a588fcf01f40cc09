/**
 * The meters of databases.
 */
@NullMarked
package io.streamdb.boot.metrics;

import org.jspecify.annotations.NullMarked;
