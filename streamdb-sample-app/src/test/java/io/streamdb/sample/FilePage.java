package io.streamdb.sample;

import java.util.List;

import io.streamdb.sample.history.SourceFile;

import org.springframework.data.web.PagedModel.PageMetadata;

/**
 * A page of files as a client reads it.
 *
 * @param content the files
 * @param page which page of how many
 */
public record FilePage(List<SourceFile> content, PageMetadata page) {
}
