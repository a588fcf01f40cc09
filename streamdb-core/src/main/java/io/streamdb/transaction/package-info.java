/**
 * Transactions, the overlay that turns synced into visible state, actions and outcomes.
 */
@NullMarked
package io.streamdb.transaction;

import org.jspecify.annotations.NullMarked;
