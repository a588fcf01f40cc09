/**
 * The actuator endpoint of databases.
 */
@NullMarked
package io.streamdb.boot.endpoint;

import org.jspecify.annotations.NullMarked;
