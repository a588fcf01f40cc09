/**
 * The embedded server's access, decided by Spring Security.
 */
@NullMarked
package io.streamdb.boot.security;

import org.jspecify.annotations.NullMarked;
