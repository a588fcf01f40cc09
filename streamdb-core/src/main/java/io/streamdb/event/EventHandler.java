package io.streamdb.event;

import org.jspecify.annotations.Nullable;

/**
 * Receives the items of a body from the {@link EventDecoder}, in order. Each item is told
 * by exactly one call.
 */
public interface EventHandler {

	/**
	 * A valid change event of a declared type. Its value is an instance of the entity
	 * class with the key written into its primary key (SPEC M2), {@code null} for a
	 * delete.
	 * @param event the event
	 */
	void change(ChangeEvent<?> event);

	/**
	 * A known control event.
	 * @param event the event
	 */
	void control(ControlEvent event);

	/**
	 * An event of a declared type that cannot be applied.
	 * @param event what is known of it
	 */
	void invalid(InvalidEvent event);

	/**
	 * An event of a type without a collection: nothing more is looked at.
	 * @param type the type
	 * @param txid its txid, which still counts, or {@code null}
	 */
	void unknownType(String type, @Nullable String txid);

	/**
	 * An item that is neither: {@code null}, a number, an unknown control, an object
	 * without a type.
	 */
	void ignored();

}
