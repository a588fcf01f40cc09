/**
 * Registration of repositories: the enabling annotation, and repositories by their
 * generic type.
 */
@NullMarked
package io.streamdb.data.repository.config;

import org.jspecify.annotations.NullMarked;
