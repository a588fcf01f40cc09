/**
 * What anyone changes, as server-sent events.
 */
@NullMarked
package io.streamdb.sample.change;

import org.jspecify.annotations.NullMarked;
