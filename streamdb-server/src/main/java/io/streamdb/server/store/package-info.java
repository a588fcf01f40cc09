/**
 * The streams that a server holds: logs of whole appends, their producers and those who
 * wait for more. Knows neither HTTP nor JSON. For the server's own use.
 */
@NullMarked
package io.streamdb.server.store;

import org.jspecify.annotations.NullMarked;
