package io.streamdb.server.store.file;

import java.time.Instant;
import java.util.Random;

import io.streamdb.server.store.StreamDescription;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CheckpointTests {

	/**
	 * Whoever writes a checkpoint goes through the streams while they change, and may
	 * come across one that is gone. With its appends before the checkpoint given up and
	 * those after it still in the log, it would look like damage.
	 */
	@Test
	void streamThatIsDeletedMeanwhileIsLeftOut() throws Exception {
		SimulatedDisk disk = new SimulatedDisk();
		FileStreams streams = new FileStreams();
		OpenFiles files = new OpenFiles(disk, 3);
		CommitLog log = new CommitLog(disk, Runnable::run, SimulatedStore.SETTINGS, new Random(1), streams,
				new StorageFigures(), () -> 0);
		for (long incarnation = 1; incarnation <= 3; incarnation++) {
			streams.add(new FileStreamData(log, files, new StreamDescription("path/" + incarnation, "text/plain",
					incarnation, Instant.EPOCH, null, null, null)));
		}
		streams.find(2).deleted();
		new Checkpoint(disk).write(streams, LogStart.OF_NEW_STORE);
		FileStreams restored = new FileStreams();
		Checkpoint checkpoint = new Checkpoint(disk);
		checkpoint.restore(checkpoint.find().name(), restored, log, files);
		assertThat(restored.all()).extracting(FileStreamData::incarnation).containsExactlyInAnyOrder(1L, 3L);
		assertThat(restored.highestIncarnation()).isEqualTo(3);
	}

}
