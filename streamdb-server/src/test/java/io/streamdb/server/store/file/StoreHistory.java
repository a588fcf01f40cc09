package io.streamdb.server.store.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.ForkPoint;
import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.ProducerStamp;
import io.streamdb.server.store.RecoveredStream;
import io.streamdb.server.store.StorageFullException;
import io.streamdb.server.store.StreamData;
import io.streamdb.server.store.StreamDescription;
import io.streamdb.server.store.StreamState;

/**
 * A seeded history of streams that is played to a storage, and what a storage that is
 * opened later must know of it: everything that was acknowledged, and of the rest as much
 * as it likes, as long as it is a beginning.
 */
final class StoreHistory {

	private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00.123456789Z");

	private final Random random;

	private final int largestAppend;

	private final Map<Long, Life> lives = new LinkedHashMap<>();

	private final List<Life> open = new ArrayList<>();

	private long incarnation;

	private long seconds;

	StoreHistory(Random random, int largestAppend) {
		this.random = random;
		this.largestAppend = largestAppend;
	}

	/** Hands one more record to the storage. */
	void step(FileStorage storage) throws StorageFullException {
		int choice = this.random.nextInt(100);
		if (this.open.isEmpty() || choice < 8) {
			create(storage);
		}
		else if (choice < 13) {
			delete(anyOpen());
		}
		else if (choice < 15) {
			softDelete(anyOpen());
		}
		else if (choice < 18) {
			Life life = anyOpen();
			life.data.touch(now());
		}
		else {
			append(anyOpen());
		}
	}

	private Life anyOpen() {
		return this.open.get(this.random.nextInt(this.open.size()));
	}

	private Instant now() {
		this.seconds++;
		return EPOCH.plusSeconds(this.seconds);
	}

	Life create(FileStorage storage) throws StorageFullException {
		this.incarnation++;
		ForkPoint fork = (this.random.nextInt(4) == 0)
				? new ForkPoint(1, "source/ü", this.random.nextInt(1000), this.random.nextInt(3)) : null;
		StreamDescription description = new StreamDescription("path/" + this.random.nextInt(5), "application/json",
				this.incarnation, now(), this.random.nextBoolean() ? Duration.ofSeconds(30) : null,
				this.random.nextBoolean() ? now() : null, fork);
		Life life = new Life(description);
		LogRecord first = this.random.nextBoolean() ? record(life) : null;
		this.lives.put(this.incarnation, life);
		Sent sent = (first != null) ? life.send(first) : null;
		life.firstInCreate = first != null;
		life.data = storage.create(description, first, (failure) -> {
			life.created = failure == null;
			if (sent != null) {
				sent.acknowledged = failure == null;
			}
		});
		this.open.add(life);
		return life;
	}

	void append(Life life) throws StorageFullException {
		if (!life.state.closed()) {
			Sent sent = life.send(record(life));
			life.data.append(sent.record, (failure) -> sent.acknowledged = failure == null);
		}
	}

	void append(Life life, int bytes) throws StorageFullException {
		Sent sent = new Sent(new LogRecord(life.state.tail(), bytes(bytes), false, null, null, now()));
		life.data.append(sent.record, (failure) -> sent.acknowledged = failure == null);
		life.add(sent);
	}

	private LogRecord record(Life life) {
		boolean close = this.random.nextInt(60) == 0;
		byte[] bytes = (close && this.random.nextBoolean()) ? null : bytes(size());
		ProducerStamp producer = null;
		if (this.random.nextInt(3) == 0) {
			String id = "producer-" + this.random.nextInt(3);
			producer = new ProducerStamp(id, 0, life.producers.merge(id, 1L, Long::sum) - 1);
		}
		String sequence = (this.random.nextInt(4) == 0) ? String.format("%08d", this.seconds) : null;
		return new LogRecord(life.state.tail(), bytes, close, sequence, producer, now());
	}

	private int size() {
		return 1 + this.random.nextInt((this.random.nextInt(12) == 0) ? this.largestAppend : 200);
	}

	private byte[] bytes(int size) {
		byte[] bytes = new byte[size];
		this.random.nextBytes(bytes);
		return bytes;
	}

	void delete(Life life) {
		life.deleteSent = true;
		this.open.remove(life);
		life.data.delete((failure) -> life.deleted = failure == null);
	}

	private void softDelete(Life life) {
		life.softDeleteSent = true;
		life.data.softDelete((failure) -> life.softDeleted = failure == null);
	}

	/**
	 * Compares what a storage has found with what was acknowledged, and goes on from
	 * there.
	 */
	void checkAndAdopt(List<RecoveredStream> streams, long highestIncarnation) throws IOException {
		Map<Long, RecoveredStream> found = new HashMap<>();
		for (RecoveredStream stream : streams) {
			if (found.put(stream.description().incarnation(), stream) != null) {
				throw new AssertionError("There twice: " + stream.description());
			}
		}
		this.open.clear();
		for (Life life : this.lives.values()) {
			RecoveredStream stream = found.remove(life.description.incarnation());
			if (life.created && life.description.incarnation() > highestIncarnation) {
				throw new AssertionError("Forgot the incarnation of " + life.description);
			}
			if (stream == null) {
				if (life.created && !life.deleteSent) {
					throw new AssertionError("An acknowledged stream is gone: " + life.description);
				}
				life.vanished();
			}
			else {
				life.check(stream, this.random);
				if (!life.deleteSent) {
					this.open.add(life);
				}
			}
		}
		if (!found.isEmpty()) {
			throw new AssertionError("Nobody created " + found.values());
		}
	}

	/** Compares all that can be read now with what was acknowledged. */
	void checkReads() throws IOException {
		for (Life life : this.open) {
			if (life.created) {
				life.checkBytes(life.data, life.acknowledged(), this.random);
			}
		}
	}

	static byte[] read(AppendRange range, List<Integer> sizes) throws IOException {
		ByteArrayOutputStream all = new ByteArrayOutputStream();
		byte[] buffer = new byte[97];
		if (range.size() > 0) {
			do {
				int before = all.size();
				int count = range.read(buffer, 0, buffer.length);
				while (count >= 0) {
					all.write(buffer, 0, count);
					count = range.read(buffer, 0, buffer.length);
				}
				sizes.add(all.size() - before);
			}
			while (range.next());
		}
		range.close();
		return all.toByteArray();
	}

	/** One life of a stream. */
	static final class Life {

		private final StreamDescription description;

		private final Map<String, Long> producers = new HashMap<>();

		private final List<Sent> sent = new ArrayList<>();

		private StreamState state;

		private StreamData data;

		private boolean firstInCreate;

		private boolean created;

		private boolean deleteSent;

		private boolean deleted;

		private boolean softDeleteSent;

		private boolean softDeleted;

		Life(StreamDescription description) {
			this.description = description;
			this.state = empty();
		}

		private StreamState empty() {
			return new StreamState(this.description.firstPosition(), this.description.createdAt());
		}

		StreamData data() {
			return this.data;
		}

		StreamDescription description() {
			return this.description;
		}

		long tail() {
			return this.state.tail();
		}

		private Sent send(LogRecord record) {
			Sent one = new Sent(record);
			add(one);
			return one;
		}

		private void add(Sent one) {
			this.state.apply(one.record);
			this.sent.add(one);
		}

		List<LogRecord> acknowledged() {
			return this.sent.stream().filter((one) -> one.acknowledged).map((one) -> one.record).toList();
		}

		private void vanished() {
			this.deleteSent = true;
			this.created = false;
			this.sent.clear();
		}

		private void check(RecoveredStream stream, Random random) throws IOException {
			if (this.deleted) {
				throw new AssertionError("A deleted stream came back: " + this.description);
			}
			if (!stream.description().equals(this.description)) {
				throw new AssertionError(stream.description() + " was created as " + this.description);
			}
			if ((this.softDeleted && !stream.softDeleted()) || (!this.softDeleteSent && stream.softDeleted())) {
				throw new AssertionError("Softly deleted: " + stream.softDeleted() + " for " + this.description);
			}
			int least = acknowledged().size();
			if (this.firstInCreate) {
				least = Math.max(1, least);
			}
			StreamState prefix = empty();
			int count = 0;
			while (count < least) {
				prefix.apply(this.sent.get(count++).record);
			}
			while (!same(prefix, stream.state()) && count < this.sent.size()) {
				prefix.apply(this.sent.get(count++).record);
			}
			if (!same(prefix, stream.state())) {
				throw new AssertionError("No beginning of what was sent to " + this.description + ", of which " + least
						+ " were acknowledged, ends at " + stream.state().tail());
			}
			List<LogRecord> kept = this.sent.subList(0, count).stream().map((one) -> one.record).toList();
			checkBytes(stream.data(), kept, random);
			this.data = stream.data();
			this.state = prefix;
			this.created = true;
			this.softDeleted = stream.softDeleted();
			this.softDeleteSent = stream.softDeleted();
			this.deleteSent = false;
			this.sent.subList(count, this.sent.size()).clear();
			this.sent.forEach((one) -> one.acknowledged = true);
			this.producers.clear();
			prefix.producers().forEach((one) -> this.producers.put(one.producerId(), one.sequence() + 1));
		}

		private static boolean same(StreamState one, StreamState other) {
			return one.tail() == other.tail() && one.closed() == other.closed()
					&& Objects.equals(one.closedBy(), other.closedBy())
					&& Objects.equals(one.lastSequence(), other.lastSequence())
					&& one.producers().equals(other.producers());
		}

		private void checkBytes(StreamData from, List<LogRecord> records, Random random) throws IOException {
			long tail = this.description.firstPosition();
			ByteArrayOutputStream expected = new ByteArrayOutputStream();
			List<Integer> expectedSizes = new ArrayList<>();
			for (LogRecord record : records) {
				if (record.bytes() != null) {
					expected.write(record.bytes());
					expectedSizes.add(record.bytes().length);
					tail = record.end();
				}
			}
			ByteArrayOutputStream actual = new ByteArrayOutputStream();
			List<Integer> sizes = new ArrayList<>();
			int maxBytes = 1 + random.nextInt(5000);
			for (long position = this.description.firstPosition(); position < tail;) {
				if (!from.isBoundary(position, tail)) {
					throw new AssertionError("No boundary at " + position + " of " + this.description);
				}
				int before = sizes.size();
				AppendRange range = from.read(position, tail, maxBytes);
				if (range == null || range.size() == 0) {
					throw new AssertionError("Nothing at " + position + " of " + this.description);
				}
				byte[] bytes = read(range, sizes);
				if (bytes.length != range.byteCount() || range.end() != position + bytes.length
						|| sizes.size() - before != range.size()
						|| (range.size() > 1 && range.byteCount() > maxBytes)) {
					throw new AssertionError(
							"A range at " + position + " of " + this.description + " is not what it says");
				}
				actual.write(bytes);
				position = range.end();
			}
			if (!Arrays.equals(actual.toByteArray(), expected.toByteArray()) || !sizes.equals(expectedSizes)) {
				throw new AssertionError("Other bytes in " + this.description);
			}
		}

	}

	private static final class Sent {

		private final LogRecord record;

		private boolean acknowledged;

		Sent(LogRecord record) {
			this.record = record;
		}

	}

}
