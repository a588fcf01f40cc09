/**
 * Reviews of files, and the actions on them.
 */
@NullMarked
package io.streamdb.sample.review;

import org.jspecify.annotations.NullMarked;
