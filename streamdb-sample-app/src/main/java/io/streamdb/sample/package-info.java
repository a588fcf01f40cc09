/**
 * The review board: a small application on StreamDB. One package a feature.
 */
@NullMarked
package io.streamdb.sample;

import org.jspecify.annotations.NullMarked;
