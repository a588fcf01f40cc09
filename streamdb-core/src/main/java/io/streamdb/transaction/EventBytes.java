package io.streamdb.transaction;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.InvalidEvent;
import io.streamdb.event.MergingEventHandler;
import io.streamdb.event.Operation;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.SyncedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the events of one transaction as one message of a producer. What could not be
 * read again is not sent: it would be left out by every reader, this one included (SPEC
 * M9), while the writer took it for done.
 */
final class EventBytes {

	private EventBytes() {
	}

	/**
	 * Encodes events, and reads them again as they will be read from the stream. Where
	 * values are merged, an update is merged into the value that is synced: what it does
	 * not write is there.
	 * @param events one event or more
	 * @param schema their schema
	 * @param synced what the stream says; nothing is applied to it
	 * @return JSON objects separated by commas
	 * @throws TransactionException when one of them would be invalid
	 */
	static byte[] readable(List<ChangeEvent<?>> events, StateSchema schema, SyncedBatch synced) {
		byte[] body = array(events.stream().map(schema::encode).toList());
		ReadBack readBack = new ReadBack(events, synced);
		try {
			if (readBack.isMerging()) {
				schema.decodeMerging(new ByteArrayInputStream(body), readBack);
			}
			else {
				schema.decode(new ByteArrayInputStream(body), readBack);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return Arrays.copyOfRange(body, 1, body.length - 1);
	}

	private static byte[] array(List<byte[]> items) {
		byte[] array = new byte[items.stream().mapToInt((item) -> item.length + 1).sum() + 1];
		int position = 0;
		char separator = '[';
		for (byte[] item : items) {
			array[position++] = (byte) separator;
			System.arraycopy(item, 0, array, position, item.length);
			position += item.length;
			separator = ',';
		}
		array[position] = ']';
		return array;
	}

	/**
	 * Finds the first event that cannot be read.
	 */
	private static final class ReadBack implements MergingEventHandler {

		private final List<ChangeEvent<?>> written;

		private final SyncedBatch synced;

		private int index;

		ReadBack(List<ChangeEvent<?>> written, SyncedBatch synced) {
			this.written = written;
			this.synced = synced;
		}

		/** Rows have their JSON only where values are merged into it. */
		boolean isMerging() {
			return this.written.stream().anyMatch((event) -> json(event) != null);
		}

		@Override
		public @Nullable String json(String type, String key) {
			return json(this.written.get(this.index));
		}

		private @Nullable String json(ChangeEvent<?> event) {
			return (event.headers().operation() == Operation.UPDATE) ? this.synced.json(event.type(), event.key())
					: null;
		}

		@Override
		public void change(ChangeEvent<?> event, String json) {
			this.index++;
		}

		@Override
		public void change(ChangeEvent<?> event) {
			this.index++;
		}

		@Override
		public void control(ControlEvent event) {
			throw unreadable("it is read as a control event", null);
		}

		@Override
		public void invalid(InvalidEvent event) {
			throw unreadable(event.reason() + " (" + event.kind() + ")", event.cause());
		}

		@Override
		public void unknownType(String type, @Nullable String txid) {
			throw unreadable("it is read as of the type '" + type + "'", null);
		}

		@Override
		public void ignored() {
			throw unreadable("it is not read as an event", null);
		}

		private TransactionException unreadable(String reason, @Nullable Throwable cause) {
			ChangeEvent<?> event = this.written.get(this.index);
			Object value = event.value();
			String mapping = (value != null) ? " of " + value.getClass().getName() : "";
			return new TransactionException("The " + event.headers().operation().wireName() + " of " + event.type()
					+ " '" + event.key() + "' was not sent, since nobody could read it again: " + reason
					+ ". What is written must be what is read: look at the Jackson annotations" + mapping
					+ " (such as ignored properties and access = WRITE_ONLY), and at the mapper", cause);
		}

	}

}
