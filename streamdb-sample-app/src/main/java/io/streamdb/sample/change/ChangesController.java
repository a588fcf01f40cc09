package io.streamdb.sample.change;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Serves the changes of everything on the board, whoever makes them, as server-sent
 * events: the id is the offset in the stream, the event is the entity's type, and the
 * data is a {@link ChangeMessage}. Only what happens after connecting is told: a client
 * loads what it shows after it has connected, and again after it has reconnected.
 * <p>
 * With {@code status=true} the client is also told how the database is, at the beginning
 * and after every change, in events {@value StatusMessage#EVENT} without an id: their
 * data is a {@link StatusMessage}.
 */
@RestController
class ChangesController {

	private final ChangeFeed feed;

	ChangesController(ChangeFeed feed) {
		this.feed = feed;
	}

	@GetMapping(path = "/api/changes", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	SseEmitter changes(@RequestParam(defaultValue = "false") boolean status) {
		return this.feed.open(status);
	}

}
