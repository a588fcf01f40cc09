/**
 * Auto-configuration of a database, its repositories and actions.
 */
@NullMarked
package io.streamdb.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
