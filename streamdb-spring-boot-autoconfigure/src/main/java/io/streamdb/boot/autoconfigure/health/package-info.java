/**
 * Auto-configuration of the health contributor.
 */
@NullMarked
package io.streamdb.boot.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
