package io.streamdb.event;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.streamdb.event.BodyPart.Start;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.JacksonIOException;

/**
 * Decodes bodies of a JSON stream to change events and control events while they arrive
 * (SPEC E1, M1, M2, M9). The envelope is read with a mapper of its own, whatever the
 * application's mapper looks like; each value is bound straight from that parser, and is
 * buffered only where it comes before the type and the key. Safe for use by many threads.
 */
public final class EventDecoder {

	private final Map<String, EntityBinder> binders;

	private final SharedStrings.Types strings = new SharedStrings.Types();

	/**
	 * Creates a decoder.
	 * @param binders one for each declared type
	 */
	public EventDecoder(Collection<? extends EntityBinder> binders) {
		this.binders = binders.stream().collect(Collectors.toUnmodifiableMap(EntityBinder::type, Function.identity()));
	}

	/**
	 * Decodes one body: a JSON array of items, or nothing at all. Items reach the handler
	 * as soon as they are complete; what the handler throws is passed on.
	 * @param body the bytes, read to their end and not closed
	 * @param handler receives the items
	 * @throws IOException as the body threw it
	 * @throws MalformedBodyException when it is not a JSON array, and also when it ends
	 * in the middle of one
	 */
	public void decode(InputStream body, EventHandler handler) throws IOException {
		decode(body, Start.BODY, handler, null);
	}

	/**
	 * Decodes one body as {@link #decode(InputStream, EventHandler)} does, a long one
	 * with the help of other threads. The handler is called on the calling thread, with
	 * the same items in the same order; entities are bound and validated on any thread.
	 * @param body the bytes, read to their end and not closed
	 * @param handler receives the items
	 * @param threads the threads
	 * @throws IOException as the body threw it, or when the calling thread is interrupted
	 * while it waits for another
	 * @throws MalformedBodyException when it is not a JSON array, and also when it ends
	 * in the middle of one
	 */
	public void decode(InputStream body, EventHandler handler, DecodingThreads threads) throws IOException {
		if (threads.parallelism() > 1) {
			new ParallelDecoding(body, new Parts(), handler, threads).run();
		}
		else {
			decode(body, handler);
		}
	}

	/**
	 * Decodes one body as {@link #decode} does, and merges each value into the one that
	 * is there (SPEC M3).
	 * @param body the bytes, read to their end and not closed
	 * @param handler knows what is there, and receives the items
	 * @throws IOException as the body threw it
	 * @throws MalformedBodyException when it is not a JSON array, and also when it ends
	 * in the middle of one
	 */
	public void decodeMerging(InputStream body, MergingEventHandler handler) throws IOException {
		decode(body, Start.BODY, handler, handler);
	}

	private void decode(InputStream body, Start start, EventHandler handler, @Nullable MergingEventHandler merging)
			throws IOException {
		try (JsonParser parser = WireFormat.MAPPER.createParser(body)) {
			reader(parser, start, handler, merging).read();
		}
		catch (FramingException ex) {
			if (ex.failure() instanceof JacksonIOException && ex.failure().getCause() instanceof IOException broken) {
				throw broken;
			}
			throw malformed(ex.failure(), start);
		}
	}

	private BodyReader reader(JsonParser parser, Start start, EventHandler handler,
			@Nullable MergingEventHandler merging) {
		return new BodyReader(parser, start, new ItemReader(parser, this.binders, handler, merging, this.strings),
				handler);
	}

	private static MalformedBodyException malformed(JacksonException failure, Start start) {
		return new MalformedBodyException("The body is not a JSON array of events: "
				+ Excerpt.of(failure.getOriginalMessage()) + Place.of(start.locate(failure.getLocation())), failure);
	}

	/**
	 * Decodes the parts of a body.
	 */
	private final class Parts implements ParallelDecoding.PartDecoder {

		@Override
		public void decode(BodyPart part, EventHandler handler) {
			try (JsonParser parser = WireFormat.MAPPER.createParser(part.bytes(), 0, part.length())) {
				reader(parser, part.start(), handler, null).readPart(part.items());
			}
			catch (FramingException ex) {
				throw malformed(ex.failure(), part.start());
			}
		}

		@Override
		public void decodeRest(InputStream rest, Start start, EventHandler handler) throws IOException {
			EventDecoder.this.decode(rest, start, handler, null);
		}

	}

}
