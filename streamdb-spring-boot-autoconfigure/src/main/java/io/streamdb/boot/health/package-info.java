/**
 * The health of databases.
 */
@NullMarked
package io.streamdb.boot.health;

import org.jspecify.annotations.NullMarked;
