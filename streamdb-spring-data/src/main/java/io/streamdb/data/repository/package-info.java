/**
 * The repository interface.
 */
@NullMarked
package io.streamdb.data.repository;

import org.jspecify.annotations.NullMarked;
