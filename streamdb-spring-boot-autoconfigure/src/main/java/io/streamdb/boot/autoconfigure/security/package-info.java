/**
 * Auto-configuration for Spring Security.
 */
@NullMarked
package io.streamdb.boot.autoconfigure.security;

import org.jspecify.annotations.NullMarked;
