/**
 * The materialised state: rows, snapshots, commits and change sets.
 */
@NullMarked
package io.streamdb.store;

import org.jspecify.annotations.NullMarked;
