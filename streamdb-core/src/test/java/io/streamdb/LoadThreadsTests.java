package io.streamdb;

import java.util.ArrayList;
import java.util.List;

import io.streamdb.testsupport.ScriptedStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the threads that help with a load.
 */
@Timeout(60)
class LoadThreadsTests {

	private final ScriptedStream stream = ScriptedStream.empty();

	private final List<Runnable> tasks = new ArrayList<>();

	@Test
	void anExecutorWhoseThreadsAreAllBlockedIsGivenNoMoreThanCanHelp() {
		appendBodies("a");
		try (StreamDb db = Notes
			.loaded(Notes.on(this.stream).executor(this::add).loadParallelism(3).loadPartBytes(100).build())) {
			assertThat(Notes.texts(db)).hasSize(200);
			assertThat(waiting()).as("one for each thread but the reading one").hasSize(2);
			runAll();
			this.stream.holdReads();
			this.stream.append(Notes.reset());
			String last = appendBodies("b");
			this.stream.releaseReads();
			Notes.awaitOffset(db, last);
			assertThat(Notes.texts(db)).hasSize(200);
			assertThat(waiting()).as("asked again when the others have come").hasSize(2);
			runAll();
		}
	}

	private String appendBodies(String prefix) {
		String offset = "";
		for (int body = 0; body < 10; body++) {
			List<String> items = new ArrayList<>();
			for (int i = 0; i < 20; i++) {
				items.add(Notes.insert(prefix + body + "-" + i, "text"));
			}
			offset = this.stream.append(items.toArray(String[]::new));
		}
		return offset;
	}

	private void add(Runnable task) {
		synchronized (this.tasks) {
			this.tasks.add(task);
		}
	}

	private List<Runnable> waiting() {
		synchronized (this.tasks) {
			return List.copyOf(this.tasks);
		}
	}

	private void runAll() {
		synchronized (this.tasks) {
			this.tasks.forEach(Runnable::run);
			this.tasks.clear();
		}
	}

}
