package io.streamdb.server;

import java.time.Duration;

/**
 * How long live reads last.
 *
 * @param longPollTimeout how long a long-poll waits
 * @param sseDuration how long a connection with server-sent events lasts
 * @param heartbeat how long such a connection is silent at most
 */
record LiveSettings(Duration longPollTimeout, Duration sseDuration, Duration heartbeat) {
}
