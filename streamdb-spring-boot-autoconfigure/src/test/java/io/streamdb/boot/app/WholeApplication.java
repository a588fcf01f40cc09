package io.streamdb.boot.app;

import java.util.UUID;

import io.streamdb.data.repository.StreamRepository;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application with everything that Boot configures.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({ WholeApplication.Board.class, WholeApplication.NoteController.class })
public class WholeApplication {

	/**
	 * Has repositories injected by their types.
	 */
	public record Board(StreamRepository<Task, String> tasks, StreamRepository<Note, UUID> notes) {
	}

	@RestController
	static class NoteController {

		@GetMapping("/notes/{id}")
		Note note(@PathVariable("id") Note note) {
			return note;
		}

	}

}
