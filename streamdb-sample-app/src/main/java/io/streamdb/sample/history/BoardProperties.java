package io.streamdb.sample.history;

import java.io.File;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Name;

/**
 * The settings of the board.
 *
 * @param importFile history to import into an empty embedded stream instead of the
 * bundled one: a file of JSON arrays of change events, one a line, plain or compressed
 * with gzip
 */
@ConfigurationProperties("board")
record BoardProperties(@Name("import") @Nullable File importFile) {
}
