package io.streamdb.event;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Items that were decoded ahead, to be told later and in their order.
 */
final class DecodedItems implements EventHandler {

	private static final Object IGNORED = new Object();

	private final List<Object> items;

	DecodedItems(int expected) {
		this.items = new ArrayList<>(expected);
	}

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
		this.items.add(IGNORED);
	}

	/**
	 * Tells all items.
	 * @param handler receives them
	 */
	void tell(EventHandler handler) {
		for (Object item : this.items) {
			if (item instanceof ChangeEvent<?> event) {
				handler.change(event);
			}
			else if (item instanceof InvalidEvent event) {
				handler.invalid(event);
			}
			else if (item instanceof UnknownType event) {
				handler.unknownType(event.type(), event.txid());
			}
			else if (item instanceof ControlEvent event) {
				handler.control(event);
			}
			else {
				handler.ignored();
			}
		}
	}

	private record UnknownType(String type, @Nullable String txid) {
	}

}
