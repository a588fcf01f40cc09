package io.streamdb.server;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.ProducerStamp;

/**
 * Reads the headers of idempotent producers (PROTOCOL 5.2.1): all three or none.
 */
final class ProducerHeaders {

	/** The greatest integer that JavaScript holds exactly. */
	private static final long MAX_INTEGER = (1L << 53) - 1;

	private static final int MAX_ID_LENGTH = 256;

	private ProducerHeaders() {
	}

	static @Nullable ProducerStamp read(ProtocolRequest request) {
		String id = request.header(ProtocolHeaders.PRODUCER_ID);
		String epoch = request.header(ProtocolHeaders.PRODUCER_EPOCH);
		String sequence = request.header(ProtocolHeaders.PRODUCER_SEQUENCE);
		if (id == null && epoch == null && sequence == null) {
			return null;
		}
		if (id == null || epoch == null || sequence == null) {
			throw new BadRequestException("Producer-Id, Producer-Epoch and Producer-Seq belong together");
		}
		if (id.isBlank() || id.length() > MAX_ID_LENGTH) {
			throw new BadRequestException("Producer-Id must have 1 to " + MAX_ID_LENGTH + " characters");
		}
		return new ProducerStamp(id, integer(ProtocolHeaders.PRODUCER_EPOCH, epoch),
				integer(ProtocolHeaders.PRODUCER_SEQUENCE, sequence));
	}

	private static long integer(String name, String text) {
		if (!text.isEmpty() && text.length() <= 16 && text.chars().allMatch((digit) -> digit >= '0' && digit <= '9')) {
			long value = Long.parseLong(text);
			if (value <= MAX_INTEGER) {
				return value;
			}
		}
		throw new BadRequestException(name + " must be an integer from 0 to " + MAX_INTEGER);
	}

}
