/**
 * Entities as collections of a database: the annotation, and the mapping metadata on
 * Spring Data's.
 */
@NullMarked
package io.streamdb.data.mapping;

import org.jspecify.annotations.NullMarked;
