package io.streamdb.client;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What a server says of an append that it took.
 *
 * @param offset the offset after it, or {@code null}: servers leave it out for duplicates
 * @param duplicate whether the server had it already
 * @param closed whether the stream is closed now
 * @param incarnation which incarnation of the stream took it, or {@code null}
 */
record Acknowledgement(@Nullable String offset, boolean duplicate, boolean closed, @Nullable String incarnation) {

	/**
	 * Reads it from the head of a response of success.
	 * @param sender names what was asked
	 * @param request what was asked
	 * @param exchange the response
	 * @param marksDuplicates whether a 204 tells a duplicate: for a body with a
	 * producer's sequence
	 * @return the acknowledgement
	 * @throws RequestFailure when it is none: a proxy may answer anything with a page of
	 * its own, whether or not the append has arrived
	 */
	static Acknowledgement of(RequestSender sender, StreamRequest request, Exchange exchange, boolean marksDuplicates)
			throws RequestFailure {
		String offset = exchange.header(ProtocolNames.NEXT_OFFSET);
		if (offset == null && exchange.status() != 204) {
			throw sender.errors().foreign(request, exchange.status());
		}
		return new Acknowledgement(offset, marksDuplicates && exchange.status() == 204,
				exchange.flag(ProtocolNames.CLOSED), exchange.header(ProtocolNames.INCARNATION));
	}

	/**
	 * Completes the result, asking for the tail when the server did not tell the offset.
	 * @param sender asks
	 * @param stop ends the request from another thread
	 * @param limit how long asking may take, with all repeats
	 * @return the result
	 * @throws RequestFailure with an {@link AppendOffsetUnknownException} when the tail
	 * could not be had
	 * @throws InterruptedException when the thread was interrupted
	 */
	AppendResult toResult(RequestSender sender, StopSignal stop, Duration limit)
			throws RequestFailure, InterruptedException {
		String offset = this.offset;
		if (offset == null) {
			offset = tail(sender, stop, limit);
		}
		return new AppendResult(offset, this.duplicate, this.closed, this.incarnation);
	}

	private static String tail(RequestSender sender, StopSignal stop, Duration limit)
			throws RequestFailure, InterruptedException {
		StreamRequest head = StreamRequest.of("HEAD", sender.settings().requestTimeout());
		try {
			return PlainRequest.execute(sender, stop, head, limit,
					(exchange) -> StreamHead.of(sender, head, exchange).offset());
		}
		catch (RequestFailure ex) {
			throw new RequestFailure(new AppendOffsetUnknownException(
					"The append to " + sender.endpoint().url() + " was taken, but the server did not tell the offset "
							+ "after it, and asking for it failed; do not repeat it, and read the stream to find it.",
					sender.endpoint().url(), ex.status(), ex.error()));
		}
	}

}
