/**
 * Optimistic actions as Spring beans.
 */
@NullMarked
package io.streamdb.data.action;

import org.jspecify.annotations.NullMarked;
