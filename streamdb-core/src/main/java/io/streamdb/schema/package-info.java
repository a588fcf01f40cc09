/**
 * What the collections of a database are: definitions, keys, validation, event factories.
 */
@NullMarked
package io.streamdb.schema;

import org.jspecify.annotations.NullMarked;
