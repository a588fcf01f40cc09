/**
 * The State Protocol: change events, control events, and their streaming decoder and
 * encoder.
 */
@NullMarked
package io.streamdb.event;

import org.jspecify.annotations.NullMarked;
