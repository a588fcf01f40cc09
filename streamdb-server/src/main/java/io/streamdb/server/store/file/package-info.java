/**
 * A storage in files that survives the process and the machine (SPEC S2): one log that
 * all streams share, forced before an append is acknowledged.
 */
@NullMarked
package io.streamdb.server.store.file;

import org.jspecify.annotations.NullMarked;
