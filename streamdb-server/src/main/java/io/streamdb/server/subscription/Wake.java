package io.streamdb.server.subscription;

/**
 * One wake of a subscription: what fences a worker off from all other wakes.
 *
 * @param id unique and not to be guessed
 * @param generation the number of the wake in its subscription
 */
record Wake(String id, long generation) {
}
