/**
 * What all features share of the web: problem details, and the address to open.
 */
@NullMarked
package io.streamdb.sample.web;

import org.jspecify.annotations.NullMarked;
