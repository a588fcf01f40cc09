package io.streamdb.sample.history;

import io.streamdb.data.repository.StreamRepository;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Sort;
import org.springframework.data.web.SortDefault;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Serves the history, page by page. The repositories are injected by their type: there is
 * no interface to write when there is nothing to add.
 */
@RestController
@RequestMapping("/api")
class HistoryController {

	private final StreamRepository<SourceFile, String> files;

	private final StreamRepository<Commit, String> commits;

	private final StreamRepository<Author, String> authors;

	HistoryController(StreamRepository<SourceFile, String> files, StreamRepository<Commit, String> commits,
			StreamRepository<Author, String> authors) {
		this.files = files;
		this.commits = commits;
		this.authors = authors;
	}

	@GetMapping("/files")
	Page<SourceFile> files(@RequestParam(defaultValue = "") String prefix, @SortDefault("path") Pageable page) {
		return this.files.findAll((file) -> file.path().startsWith(prefix), page);
	}

	@GetMapping("/commits")
	Page<Commit> commits(@SortDefault(sort = "at", direction = Sort.Direction.DESC) Pageable page) {
		return this.commits.findAll(page);
	}

	@GetMapping("/authors")
	Page<Author> authors(@SortDefault(sort = "commits", direction = Sort.Direction.DESC) Pageable page) {
		return this.authors.findAll(page);
	}

}
