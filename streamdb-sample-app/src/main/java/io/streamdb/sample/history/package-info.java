/**
 * The history of a repository: its authors, commits and files, and their import.
 */
@NullMarked
package io.streamdb.sample.history;

import org.jspecify.annotations.NullMarked;
