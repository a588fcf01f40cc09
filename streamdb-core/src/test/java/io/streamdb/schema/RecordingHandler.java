package io.streamdb.schema;

import java.util.ArrayList;
import java.util.List;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.EventHandler;
import io.streamdb.event.InvalidEvent;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what it is told, in order.
 */
class RecordingHandler implements EventHandler {

	/** An event of a type without a collection. */
	record UnknownType(String type, @Nullable String txid) {
	}

	/** An item that is nothing. */
	enum Ignored {

		IGNORED

	}

	final List<Object> items = new ArrayList<>();

	@Override
	public void change(ChangeEvent<?> event) {
		this.items.add(event);
	}

	@Override
	public void control(ControlEvent event) {
		this.items.add(event);
	}

	@Override
	public void invalid(InvalidEvent event) {
		this.items.add(event);
	}

	@Override
	public void unknownType(String type, @Nullable String txid) {
		this.items.add(new UnknownType(type, txid));
	}

	@Override
	public void ignored() {
		this.items.add(Ignored.IGNORED);
	}

	List<ChangeEvent<?>> changes() {
		List<ChangeEvent<?>> changes = new ArrayList<>();
		for (Object item : this.items) {
			if (item instanceof ChangeEvent<?> event) {
				changes.add(event);
			}
		}
		return changes;
	}

}
