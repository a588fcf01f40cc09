package io.streamdb.server.store.file;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;

import io.streamdb.server.store.StreamDescription;
import io.streamdb.server.store.StreamState;
import org.jspecify.annotations.Nullable;

/**
 * What is known without the log: all streams, where their appends are, and the segment of
 * the log from which on records are not in it. It is written while the streams change, so
 * that some of them may be ahead of that segment's begin: each names the last record that
 * it knows.
 * <p>
 * Two files hold the same, so that a flipped bit harms neither the streams nor the start.
 */
final class Checkpoint {

	private static final String[] NAMES = { "checkpoint.1", "checkpoint.2" };

	private static final String TEMPORARY = "checkpoint.new";

	private static final long MAGIC = 0x5344424350303031L;

	private static final int BUFFER = 1 << 16;

	private final Disk disk;

	private long generation;

	private volatile long size;

	Checkpoint(Disk disk) {
		this.disk = disk;
	}

	static boolean isTemporary(String file) {
		return file.equals(TEMPORARY);
	}

	/**
	 * Returns how many bytes its files take.
	 */
	long storedBytes() {
		return NAMES.length * this.size;
	}

	/**
	 * Writes both files.
	 * @param logStart where the log begins that has no index
	 * @return the segments that they refer to
	 */
	Set<Segment> write(FileStreams streams, LogStart logStart) throws IOException {
		Set<Segment> segments = new HashSet<>();
		this.generation++;
		for (String name : NAMES) {
			this.disk.delete(TEMPORARY);
			try (DiskFile file = this.disk.create(TEMPORARY)) {
				FileAppender target = new FileAppender(file, 0, BUFFER);
				write(streams, logStart, target, segments);
				target.flush();
				this.size = target.position();
				ForceFailedException.force(file);
			}
			this.disk.rename(TEMPORARY, name);
			ForceFailedException.force(this.disk);
		}
		return segments;
	}

	private void write(FileStreams streams, LogStart logStart, FileAppender target, Set<Segment> segments)
			throws IOException {
		CRC32C checksum = new CRC32C();
		Set<Segment> used = new HashSet<>();
		try (DataOutputStream out = new DataOutputStream(new Output(target, checksum))) {
			out.writeLong(MAGIC);
			out.writeLong(this.generation);
			out.writeLong(logStart.segmentId());
			out.writeLong(logStart.firstNumber());
			out.writeLong(streams.lastSegmentId());
			out.writeLong(streams.highestIncarnation());
			for (FileStreamData stream : streams.all()) {
				stream.write(out, used);
			}
			out.writeBoolean(false);
			out.writeInt(used.size());
			for (Segment segment : used) {
				out.writeLong(segment.id());
				out.writeBoolean(segment.log());
				out.writeLong(segment.salt());
				out.writeLong(segment.size());
				out.writeInt(segment.indexPages());
			}
		}
		target.write(ByteBuffer.allocate(Integer.BYTES).putInt((int) checksum.getValue()).array(), Integer.BYTES);
		segments.addAll(used);
	}

	/**
	 * Finds the newest of the files that is whole.
	 * @return which there are
	 * @throws StorageDamagedException when no file is whole, though there are some
	 */
	Found find() throws IOException {
		String newest = null;
		String damaged = null;
		boolean alike = true;
		for (String name : NAMES) {
			try (DiskFile file = this.disk.open(name)) {
				long number = verify(file);
				if (number < 0) {
					damaged = name;
				}
				else if (newest == null || number > this.generation) {
					alike = newest == null;
					newest = name;
					this.generation = number;
					this.size = file.size();
				}
				else {
					alike = number == this.generation;
				}
			}
			catch (NoSuchFileException ex) {
				// The first checkpoint of all may be one file only.
				alike = newest == null;
			}
		}
		if (newest == null && damaged != null) {
			throw new StorageDamagedException("The files " + NAMES[0] + " and " + NAMES[1] + " in " + this.disk.name()
					+ " are damaged: restore them from a backup");
		}
		return new Found(newest, damaged, alike && damaged == null);
	}

	private static long verify(DiskFile file) throws IOException {
		long size = file.size();
		if (size < 2 * Long.BYTES + Integer.BYTES) {
			return -1;
		}
		CRC32C checksum = new CRC32C();
		ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
		long end = size - Integer.BYTES;
		long generation = -1;
		for (long at = 0; at < end; at += buffer.limit()) {
			buffer.clear().limit((int) Math.min(BUFFER, end - at));
			if (!file.readFully(buffer, at)) {
				return -1;
			}
			buffer.flip();
			if (at == 0) {
				if (buffer.getLong(0) != MAGIC) {
					return -1;
				}
				generation = buffer.getLong(Long.BYTES);
			}
			checksum.update(buffer);
		}
		ByteBuffer expected = ByteBuffer.allocate(Integer.BYTES);
		file.readFully(expected, end);
		return (expected.getInt(0) == (int) checksum.getValue()) ? generation : -1;
	}

	/**
	 * Restores the streams of a file that is whole.
	 * @return where the log begins that it does not know
	 */
	LogStart restore(String name, FileStreams streams, CommitLog log, OpenFiles files) throws IOException {
		try (DiskFile file = this.disk.open(name)) {
			// The runs refer to segments that stand behind them.
			Restored restored;
			try (DataInputStream in = input(file)) {
				restored = skipToSegments(in);
				int count = in.readInt();
				for (int i = 0; i < count; i++) {
					long id = in.readLong();
					Segment segment = new Segment(id, in.readBoolean(), in.readLong(), 0, in.readLong());
					segment.indexPages(in.readInt());
					streams.seal(segment);
				}
			}
			streams.segmentIdUsed(restored.lastSegmentId());
			streams.incarnation(restored.highestIncarnation());
			try (DataInputStream in = input(file)) {
				readHead(in);
				while (in.readBoolean()) {
					readStream(in, streams, log, files);
				}
			}
			return restored.logStart();
		}
	}

	private static DataInputStream input(DiskFile file) {
		return new DataInputStream(new BufferedInputStream(new Input(file), BUFFER));
	}

	private static Restored readHead(DataInputStream in) throws IOException {
		in.readLong();
		in.readLong();
		return new Restored(new LogStart(in.readLong(), in.readLong()), in.readLong(), in.readLong());
	}

	private static Restored skipToSegments(DataInputStream in) throws IOException {
		Restored restored = readHead(in);
		while (in.readBoolean()) {
			Fields.readDescription(in);
			in.readLong();
			in.readBoolean();
			Fields.readState(in);
			in.skipNBytes((long) in.readInt() * (4 * Long.BYTES + 2 * Integer.BYTES));
		}
		return restored;
	}

	private static void readStream(DataInputStream in, FileStreams streams, CommitLog log, OpenFiles files)
			throws IOException {
		StreamDescription description = Fields.readDescription(in);
		long lastNumber = in.readLong();
		boolean softDeleted = in.readBoolean();
		StreamState state = Fields.readState(in);
		FileStreamData stream = new FileStreamData(log, files, description, state, lastNumber, softDeleted);
		int runs = in.readInt();
		for (int i = 0; i < runs; i++) {
			long id = in.readLong();
			Segment segment = streams.sealed(id);
			if (segment == null) {
				throw new StorageDamagedException("The checkpoint does not name the segment " + id);
			}
			stream.restore(new SealedRun(files, segment, in.readLong(), in.readLong(), in.readInt(), in.readInt(),
					in.readLong()));
		}
		streams.add(stream);
	}

	/**
	 * Which files there are.
	 *
	 * @param name the newest whole one, or {@code null} when there is none
	 * @param damaged one that is damaged, or {@code null} when there is none
	 * @param twins whether none is damaged or older than the other
	 */
	record Found(@Nullable String name, @Nullable String damaged, boolean twins) {
	}

	private record Restored(LogStart logStart, long lastSegmentId, long highestIncarnation) {
	}

	private static final class Output extends OutputStream {

		private final FileAppender target;

		private final CRC32C checksum;

		private final byte[] single = new byte[1];

		Output(FileAppender target, CRC32C checksum) {
			this.target = target;
			this.checksum = checksum;
		}

		@Override
		public void write(int octet) throws IOException {
			this.single[0] = (byte) octet;
			this.checksum.update(octet);
			this.target.write(this.single, 1);
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			this.checksum.update(bytes, offset, length);
			this.target.write((length == bytes.length) ? bytes : Arrays.copyOfRange(bytes, offset, offset + length),
					length);
		}

	}

	private static final class Input extends InputStream {

		private final DiskFile file;

		private long position;

		Input(DiskFile file) {
			this.file = file;
		}

		@Override
		public int read() throws IOException {
			byte[] single = new byte[1];
			return (read(single, 0, 1) < 0) ? -1 : single[0] & 0xFF;
		}

		@Override
		public int read(byte[] target, int offset, int length) throws IOException {
			int count = this.file.read(ByteBuffer.wrap(target, offset, length), this.position);
			this.position += Math.max(0, count);
			return count;
		}

	}

}
