package io.streamdb.server;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.Append;
import io.streamdb.server.store.AppendOutcome;
import io.streamdb.server.store.Offset;
import io.streamdb.server.store.ProducerStamp;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

/**
 * Appends to streams and closes them (PROTOCOL 5.2, 5.2.1, 5.3). {@code Stream-Seq} is
 * scoped per stream.
 */
final class AppendHandler {

	private static final int MAX_SEQUENCE_LENGTH = 256;

	private final StreamStore store;

	private final RequestBodies bodies;

	private final ServerCounters counters;

	AppendHandler(StreamStore store, RequestBodies bodies, ServerCounters counters) {
		this.store = store;
		this.bodies = bodies;
		this.counters = counters;
	}

	CompletableFuture<ProtocolResponse> append(String path, ProtocolRequest request)
			throws IOException, BodyTooLargeException, ServerBusyException {
		ProducerStamp producer = ProducerHeaders.read(request);
		boolean close = request.isTrue(ProtocolHeaders.CLOSED);
		StreamLog log = this.store.find(path);
		if (log == null) {
			return done(ProtocolHandler.noStream());
		}
		if (log.head().gone()) {
			return done(ProtocolHandler.noStream(log.head()));
		}
		Offset expectedTail = expectedTail(request);
		byte[] body = this.bodies.read(request);
		if (body.length == 0 && !close) {
			return done(ProtocolResponse.problem(400, "The body is empty: only a request that closes may have none"));
		}
		Append append;
		if (body.length == 0) {
			append = new Append(null, true, null, producer, expectedTail);
		}
		else if (log.head().closed()) {
			// The log knows the answer, which comes before all other objections.
			append = new Append(body, close, null, producer, expectedTail);
		}
		else {
			MediaType type = MediaType.parse(log.contentType());
			ProtocolResponse refusal = refusal(request, type);
			if (refusal != null) {
				return done(refusal);
			}
			byte[] content = this.bodies.content(body, type);
			if (content.length == 0) {
				return done(ProtocolResponse.problem(400, "An empty array holds no message to append"));
			}
			append = new Append(content, close, sequence(request), producer, expectedTail);
		}
		Append wanted = append;
		return log.append(append).thenApply((outcome) -> answer(log, wanted, outcome));
	}

	private static CompletableFuture<ProtocolResponse> done(ProtocolResponse response) {
		return CompletableFuture.completedFuture(response);
	}

	/**
	 * Reads the condition of an append (SPEC S7): the offset at which the stream must
	 * end, as it is or as an entity tag.
	 */
	private static @Nullable Offset expectedTail(ProtocolRequest request) {
		String condition = request.header("If-Match");
		if (condition == null) {
			return null;
		}
		String text = condition.strip();
		if (text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")) {
			text = text.substring(1, text.length() - 1);
		}
		Offset offset = Offset.parse(text);
		if (offset == null) {
			throw new BadRequestException("If-Match of an append must be the offset at which the stream is to end");
		}
		return offset;
	}

	private static @Nullable String sequence(ProtocolRequest request) {
		String sequence = request.header(ProtocolHeaders.SEQUENCE);
		if (sequence != null && sequence.length() > MAX_SEQUENCE_LENGTH) {
			throw new BadRequestException("Stream-Seq must have no more than " + MAX_SEQUENCE_LENGTH + " characters");
		}
		return sequence;
	}

	private @Nullable ProtocolResponse refusal(ProtocolRequest request, MediaType type) {
		String contentType = request.header("Content-Type");
		if (contentType == null || contentType.isBlank()) {
			return ProtocolResponse.problem(400, "The Content-Type is missing");
		}
		MediaType sent = MediaType.parse(contentType);
		if (!sent.matches(type)) {
			return ProtocolResponse.problem(409, "The stream's content type is " + type.text());
		}
		return this.bodies.refusal(request, sent);
	}

	private ProtocolResponse answer(StreamLog log, Append append, AppendOutcome outcome) {
		ProducerStamp producer = append.producer();
		if (outcome instanceof AppendOutcome.Accepted accepted) {
			byte[] bytes = append.bytes();
			boolean withData = bytes != null;
			if (bytes != null) {
				this.counters.appends.increment();
				this.counters.appendedBytes.add(bytes.length);
			}
			ProtocolResponse response = position(ProtocolResponse.of((producer != null && withData) ? 200 : 204), log,
					accepted.tail(), accepted.closed());
			return (producer != null) ? producer(response, producer.epoch(), producer.sequence()) : response;
		}
		if (outcome instanceof AppendOutcome.Duplicate duplicate && producer != null) {
			ProtocolResponse response = position(ProtocolResponse.of(204), log, duplicate.tail(), duplicate.closed());
			return producer(response, producer.epoch(), duplicate.sequence());
		}
		if (outcome instanceof AppendOutcome.StreamClosed closed) {
			return position(ProtocolResponse.problem(409, "The stream is closed"), log, closed.tail(), true);
		}
		if (outcome instanceof AppendOutcome.SequenceRegression regression) {
			// By the word "sequence" the reference's client tells it from other
			// conflicts.
			return ProtocolResponse.problem(409,
					"The sequence must grow: Stream-Seq is not greater than the last one, which was "
							+ regression.last());
		}
		if (outcome instanceof AppendOutcome.StaleEpoch stale) {
			return ProtocolResponse.problem(403, "A newer epoch of this producer has taken over")
				.header(ProtocolHeaders.PRODUCER_EPOCH, stale.epoch());
		}
		if (outcome instanceof AppendOutcome.EpochWithoutStart) {
			return ProtocolResponse.problem(400, "A new epoch of a producer must start with Producer-Seq 0");
		}
		if (outcome instanceof AppendOutcome.SequenceGap gap && producer != null) {
			return ProtocolResponse.problem(409, "Earlier appends of this producer have not arrived")
				.header(ProtocolHeaders.PRODUCER_EXPECTED_SEQUENCE, gap.expected())
				.header(ProtocolHeaders.PRODUCER_RECEIVED_SEQUENCE, producer.sequence());
		}
		if (outcome instanceof AppendOutcome.StoreFull full) {
			this.counters.refusedWrites.increment();
			return ProtocolResponse.problem(507, full.reason());
		}
		if (outcome instanceof AppendOutcome.TailMoved moved) {
			return position(ProtocolResponse.problem(412, "The stream does not end at the offset of If-Match"), log,
					moved.tail(), moved.closed());
		}
		if (outcome instanceof AppendOutcome.StorageFailed failed) {
			return ProtocolHandler.failed(failed.failure(), this.counters);
		}
		return ProtocolHandler.noStream(log.head());
	}

	private static ProtocolResponse position(ProtocolResponse response, StreamLog log, long tail, boolean closed) {
		response.header(ProtocolHeaders.NEXT_OFFSET, log.offset(tail))
			.header(ProtocolHeaders.INCARNATION, log.incarnation());
		return closed ? response.header(ProtocolHeaders.CLOSED, true) : response;
	}

	private static ProtocolResponse producer(ProtocolResponse response, long epoch, long sequence) {
		return response.header(ProtocolHeaders.PRODUCER_EPOCH, epoch)
			.header(ProtocolHeaders.PRODUCER_SEQUENCE, sequence);
	}

}
