package io.streamdb.server.store.file;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import io.streamdb.server.store.ForkPoint;
import io.streamdb.server.store.ProducerStamp;
import io.streamdb.server.store.ProducerState;
import io.streamdb.server.store.StreamDescription;
import io.streamdb.server.store.StreamState;
import org.jspecify.annotations.Nullable;

/**
 * How what is known of streams is written, in records and in checkpoints.
 */
final class Fields {

	private Fields() {
	}

	static void write(ProducerStamp producer, DataOutput out) throws IOException {
		out.writeUTF(producer.producerId());
		out.writeLong(producer.epoch());
		out.writeLong(producer.sequence());
	}

	static ProducerStamp readProducer(DataInput in) throws IOException {
		return new ProducerStamp(in.readUTF(), in.readLong(), in.readLong());
	}

	static void write(StreamDescription description, DataOutput out) throws IOException {
		Duration timeToLive = description.timeToLive();
		Instant expiresAt = description.expiresAt();
		ForkPoint fork = description.fork();
		out.writeUTF(description.path());
		out.writeUTF(description.contentType());
		out.writeLong(description.incarnation());
		write(description.createdAt(), out);
		out.writeBoolean(timeToLive != null);
		if (timeToLive != null) {
			out.writeLong(timeToLive.getSeconds());
		}
		out.writeBoolean(expiresAt != null);
		if (expiresAt != null) {
			write(expiresAt, out);
		}
		out.writeBoolean(fork != null);
		if (fork != null) {
			out.writeLong(fork.source());
			out.writeUTF(fork.sourcePath());
			out.writeLong(fork.position());
			out.writeLong(fork.subOffset());
		}
	}

	static StreamDescription readDescription(DataInput in) throws IOException {
		String path = in.readUTF();
		String contentType = in.readUTF();
		long incarnation = in.readLong();
		Instant createdAt = readInstant(in);
		Duration timeToLive = in.readBoolean() ? Duration.ofSeconds(in.readLong()) : null;
		Instant expiresAt = in.readBoolean() ? readInstant(in) : null;
		ForkPoint fork = in.readBoolean() ? new ForkPoint(in.readLong(), in.readUTF(), in.readLong(), in.readLong())
				: null;
		return new StreamDescription(path, contentType, incarnation, createdAt, timeToLive, expiresAt, fork);
	}

	static void write(StreamState state, DataOutput out) throws IOException {
		ProducerStamp closedBy = state.closedBy();
		String lastSequence = state.lastSequence();
		List<ProducerState> producers = state.producers();
		out.writeLong(state.tail());
		out.writeBoolean(state.closed());
		out.writeBoolean(closedBy != null);
		if (closedBy != null) {
			write(closedBy, out);
		}
		out.writeBoolean(lastSequence != null);
		if (lastSequence != null) {
			out.writeUTF(lastSequence);
		}
		write(state.lastAccess(), out);
		out.writeInt(producers.size());
		for (ProducerState producer : producers) {
			out.writeUTF(producer.producerId());
			out.writeLong(producer.epoch());
			out.writeLong(producer.sequence());
			out.writeLong(producer.tail());
			write(producer.lastAppend(), out);
		}
	}

	static StreamState readState(DataInput in) throws IOException {
		long tail = in.readLong();
		boolean closed = in.readBoolean();
		ProducerStamp closedBy = in.readBoolean() ? readProducer(in) : null;
		String lastSequence = readNullable(in);
		Instant lastAccess = readInstant(in);
		int count = in.readInt();
		List<ProducerState> producers = new ArrayList<>(count);
		for (int i = 0; i < count; i++) {
			producers
				.add(new ProducerState(in.readUTF(), in.readLong(), in.readLong(), in.readLong(), readInstant(in)));
		}
		return new StreamState(tail, closed, closedBy, lastSequence, lastAccess, producers);
	}

	private static @Nullable String readNullable(DataInput in) throws IOException {
		return in.readBoolean() ? in.readUTF() : null;
	}

	private static void write(Instant instant, DataOutput out) throws IOException {
		out.writeLong(instant.getEpochSecond());
		out.writeInt(instant.getNano());
	}

	private static Instant readInstant(DataInput in) throws IOException {
		return Instant.ofEpochSecond(in.readLong(), in.readInt());
	}

}
