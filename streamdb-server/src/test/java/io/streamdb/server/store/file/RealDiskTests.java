package io.streamdb.server.store.file;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.streamdb.Spec;
import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.StreamData;
import io.streamdb.server.store.StreamDescription;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the simulated disk takes for granted: that to force a file of the real one is a
 * call of the operating system, and comes before anybody is told. The Flight Recorder
 * sees these calls.
 */
class RealDiskTests {

	private static final String FORCE = "jdk.FileForce";

	private static final String WRITE = "jdk.FileWrite";

	private static final int APPENDS = 50;

	@TempDir
	private Path directory;

	@Test
	@Spec("S2.5")
	void appendIsForcedAfterItWasWrittenAndBeforeItIsAcknowledged() throws Exception {
		List<RecordedEvent> events = record(() -> {
			try (FileStorage storage = FileStorage.in(this.directory)) {
				storage.recover();
				append(storage);
			}
		});
		String forced = null;
		int acknowledged = 0;
		for (RecordedEvent event : events) {
			switch (event.getEventType().getName()) {
				case WRITE -> forced = event.getString("path").endsWith(".log") ? "no" : forced;
				case FORCE -> forced = event.getString("path").endsWith(".log") ? "yes" : forced;
				default -> {
					assertThat(forced).as("acknowledgement %d", acknowledged).isEqualTo("yes");
					// What comes next needs a force of its own. Not every JDK sees its
					// write.
					forced = "no";
					acknowledged++;
				}
			}
		}
		assertThat(acknowledged).isEqualTo(1 + APPENDS);
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it opens no directories")
	void namesOfNewDirectoriesAndFilesAreForced() throws Exception {
		Path inner = this.directory.resolve("a/b");
		List<RecordedEvent> events = record(() -> {
			try (FileStorage storage = FileStorage.in(inner)) {
				storage.recover();
				append(storage);
			}
		});
		List<String> forced = events.stream()
			.filter((event) -> event.getEventType().getName().equals(FORCE))
			.map((event) -> event.getString("path"))
			.toList();
		assertThat(forced).contains(this.directory.toString(), this.directory.resolve("a").toString())
			.containsSubsequence(inner.resolve("checkpoint.new").toString(), inner.toString(),
					inner.resolve("checkpoint.new").toString(), inner.toString(),
					inner.resolve("0000000000000001.log").toString(), inner.toString(),
					inner.resolve("0000000000000001.log").toString());
	}

	@Test
	void whatIsCutOffStaysSo() throws Exception {
		Path file = Files.write(this.directory.resolve("file"), new byte[100]);
		List<RecordedEvent> events = record(() -> {
			DirectoryDisk disk = new DirectoryDisk(this.directory);
			try (DiskFile opened = disk.open("file")) {
				opened.truncate(40);
			}
		});
		assertThat(events).extracting((event) -> event.getEventType().getName()).containsExactly(FORCE);
		assertThat(Files.size(file)).isEqualTo(40);
	}

	private static void append(FileStorage storage) throws Exception {
		CompletableFuture<Throwable> created = new CompletableFuture<>();
		StreamData data = storage.create(new StreamDescription("log", "text/plain", 1, Instant.EPOCH, null, null, null),
				null, (failure) -> acknowledge(created, failure));
		assertThat(created.get()).isNull();
		for (int i = 0; i < APPENDS; i++) {
			CompletableFuture<Throwable> written = new CompletableFuture<>();
			data.append(new LogRecord(100L * i, new byte[100], false, null, null, Instant.EPOCH),
					(failure) -> acknowledge(written, failure));
			assertThat(written.get()).isNull();
		}
	}

	private static void acknowledge(CompletableFuture<Throwable> written, Throwable failure) {
		new Acknowledgement().commit();
		written.complete(failure);
	}

	private List<RecordedEvent> record(Work work) throws Exception {
		Path file = Files.createTempFile("calls", ".jfr");
		try (Recording recording = new Recording()) {
			// Newer JDKs record only some of many such events, unless they are told.
			recording.enable(FORCE).withoutThreshold().withoutStackTrace().with("throttle", "off");
			recording.enable(WRITE).withoutThreshold().withoutStackTrace().with("throttle", "off");
			recording.enable(Acknowledgement.class).withoutThreshold().withoutStackTrace();
			recording.start();
			work.run();
			recording.stop();
			recording.dump(file);
			return RecordingFile.readAllEvents(file)
				.stream()
				.filter((event) -> event.getEventType().getName().equals(Acknowledgement.NAME) || isInDirectory(event))
				.sorted(Comparator.comparing(RecordedEvent::getEndTime))
				.toList();
		}
		finally {
			Files.delete(file);
		}
	}

	private boolean isInDirectory(RecordedEvent event) {
		String path = event.getString("path");
		return path != null && path.startsWith(this.directory.toString());
	}

	@FunctionalInterface
	private interface Work {

		void run() throws Exception;

	}

	@Name(Acknowledgement.NAME)
	@Label("Somebody is told that what he has written is durable")
	private static final class Acknowledgement extends Event {

		static final String NAME = "io.streamdb.test.Acknowledgement";

	}

}
