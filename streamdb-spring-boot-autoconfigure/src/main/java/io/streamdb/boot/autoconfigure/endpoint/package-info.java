/**
 * Auto-configuration of the actuator endpoint.
 */
@NullMarked
package io.streamdb.boot.autoconfigure.endpoint;

import org.jspecify.annotations.NullMarked;
