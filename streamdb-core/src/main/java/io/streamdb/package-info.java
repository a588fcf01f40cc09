/**
 * The database: one stream, its collections, the consumer loop, lifecycle and status.
 */
@NullMarked
package io.streamdb;

import org.jspecify.annotations.NullMarked;
