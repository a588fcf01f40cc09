/**
 * What anyone changes, and how the database is, as server-sent events.
 */
@NullMarked
package io.streamdb.sample.change;

import org.jspecify.annotations.NullMarked;
