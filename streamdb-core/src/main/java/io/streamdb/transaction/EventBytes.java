package io.streamdb.transaction;

import java.io.ByteArrayOutputStream;
import java.util.List;

import io.streamdb.event.ChangeEvent;
import io.streamdb.schema.StateSchema;

/**
 * Encodes the events of one transaction as one message of a producer.
 */
final class EventBytes {

	private EventBytes() {
	}

	/**
	 * Encodes events.
	 * @param events the events
	 * @param schema their schema
	 * @return JSON objects separated by commas
	 */
	static byte[] joined(List<ChangeEvent<?>> events, StateSchema schema) {
		if (events.size() == 1) {
			return schema.encode(events.get(0));
		}
		ByteArrayOutputStream joined = new ByteArrayOutputStream(events.size() * 256);
		for (ChangeEvent<?> event : events) {
			if (joined.size() > 0) {
				joined.write(',');
			}
			joined.writeBytes(schema.encode(event));
		}
		return joined.toByteArray();
	}

}
