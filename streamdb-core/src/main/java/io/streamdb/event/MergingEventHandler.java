package io.streamdb.event;

import org.jspecify.annotations.Nullable;

/**
 * Receives the items of a body whose values may be partial (SPEC M3): knows the values
 * that are there already, and keeps the JSON of each for the next event of its key.
 */
public interface MergingEventHandler extends EventHandler {

	/**
	 * Returns the JSON of the value that is there, up to the item that is read now.
	 * @param type the event type
	 * @param key the key
	 * @return the JSON object as {@link #change(ChangeEvent, String)} told it last, or
	 * {@code null} when the key is not there
	 */
	@Nullable String json(String type, String key);

	/**
	 * A valid change event that stores a value; of deletes {@link #change(ChangeEvent)}
	 * tells.
	 * @param event the event, with the whole value
	 * @param json the JSON object that the value was bound from
	 */
	void change(ChangeEvent<?> event, String json);

}
