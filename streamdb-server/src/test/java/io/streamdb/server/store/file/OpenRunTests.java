package io.streamdb.server.store.file;

import java.io.IOException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class OpenRunTests {

	@Test
	void entriesAreThoseOfOneMoment() throws IOException {
		OpenRun run = new OpenRun(null, new Segment(1, true, 0, 1, Segment.HEADER), 100);
		run.add(100, 110, 64, 80);
		Run.Entries before = run.entries();
		for (int i = 1; i < 20; i++) {
			run.add(100 + i * 10, 110 + i * 10, 64 + i * 80, 80);
		}
		assertThat(before.count()).isEqualTo(1);
		assertThat(before.end()).isEqualTo(110);
		assertThat(before.entryAt(1_000)).isZero();
		Run.Entries after = run.entries();
		assertThat(after.count()).isEqualTo(20);
		assertThat(after.end()).isEqualTo(300);
		for (int i = 0; i < 20; i++) {
			assertThat(after.start(i)).isEqualTo(100 + i * 10);
			assertThat(after.offset(i)).isEqualTo(64 + i * 80);
			assertThat(after.entryAt(109 + i * 10)).isEqualTo(i);
		}
	}

}
