package io.streamdb.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

import org.jspecify.annotations.Nullable;

/**
 * Reads a stream's metadata from the head of a response.
 */
final class StreamHead {

	private StreamHead() {
	}

	static StreamMetadata of(RequestSender sender, StreamRequest request, Exchange exchange) throws RequestFailure {
		String offset = exchange.header(ProtocolNames.NEXT_OFFSET);
		if (offset == null) {
			throw sender.errors().foreign(request, exchange.status());
		}
		return new StreamMetadata(exchange.header(ProtocolNames.CONTENT_TYPE), offset,
				exchange.flag(ProtocolNames.CLOSED), exchange.status() == 201,
				ttl(sender, request, exchange, exchange.header(ProtocolNames.TTL)),
				expiresAt(sender, request, exchange, exchange.header(ProtocolNames.EXPIRES_AT)),
				exchange.header(ProtocolNames.INCARNATION));
	}

	private static @Nullable Duration ttl(RequestSender sender, StreamRequest request, Exchange exchange,
			@Nullable String value) throws RequestFailure {
		try {
			return (value != null) ? Duration.ofSeconds(Long.parseLong(value.trim())) : null;
		}
		catch (NumberFormatException ex) {
			throw sender.errors()
				.unreadable(request, exchange.status(), "with " + ProtocolNames.TTL + " '" + value + "'", ex);
		}
	}

	private static @Nullable Instant expiresAt(RequestSender sender, StreamRequest request, Exchange exchange,
			@Nullable String value) throws RequestFailure {
		try {
			return (value != null) ? OffsetDateTime.parse(value.trim()).toInstant() : null;
		}
		catch (DateTimeException ex) {
			throw sender.errors()
				.unreadable(request, exchange.status(), "with " + ProtocolNames.EXPIRES_AT + " '" + value + "'", ex);
		}
	}

}
