package io.streamdb.boot.aot;

import io.streamdb.data.mapping.StreamCollection;

/**
 * An entity that is not public.
 */
@StreamCollection
record Draft(String id, String text) {
}
