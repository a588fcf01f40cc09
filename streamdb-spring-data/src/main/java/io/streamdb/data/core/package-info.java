/**
 * The template over a database, and the translation of its exceptions.
 */
@NullMarked
package io.streamdb.data.core;

import org.jspecify.annotations.NullMarked;
