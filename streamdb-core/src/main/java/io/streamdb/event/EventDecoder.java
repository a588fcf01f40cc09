package io.streamdb.event;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

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
		decode(body, handler, null);
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
		decode(body, handler, handler);
	}

	private void decode(InputStream body, EventHandler handler, @Nullable MergingEventHandler merging)
			throws IOException {
		try (JsonParser parser = WireFormat.MAPPER.createParser(body)) {
			new BodyReader(parser, this.binders, handler, merging, this.strings).read();
		}
		catch (FramingException ex) {
			throw translate(ex.failure());
		}
	}

	private static MalformedBodyException translate(JacksonException failure) throws IOException {
		if (failure instanceof JacksonIOException && failure.getCause() instanceof IOException broken) {
			throw broken;
		}
		return new MalformedBodyException("The body is not a JSON array of events: "
				+ Excerpt.of(failure.getOriginalMessage()) + Place.of(failure.getLocation()), failure);
	}

}
