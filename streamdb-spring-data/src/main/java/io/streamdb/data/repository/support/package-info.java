/**
 * Repository implementation and factory.
 */
@NullMarked
package io.streamdb.data.repository.support;

import org.jspecify.annotations.NullMarked;
