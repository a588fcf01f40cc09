package io.streamdb.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is in the stream, as the server knows it, and what state that is after each item:
 * worked out from the protocol's text, with none of the classes that are tested.
 */
public final class StreamHistory {

	private static final JsonMapper MAPPER = new JsonMapper();

	private final List<Life> lives = new ArrayList<>();

	private final Map<String, List<Place>> places = new HashMap<>();

	private final Trace trace;

	private final BiConsumer<String, Place> appended;

	/** Whether the server tells one life of the stream from another. */
	private final boolean namesLives;

	/**
	 * Creates it for a stream that was never there.
	 * @param trace told of everything
	 * @param namesLives whether the server tells one life of the stream from another
	 * @param appended told of each txid that was appended, and where it ends
	 */
	StreamHistory(Trace trace, boolean namesLives, BiConsumer<String, Place> appended) {
		this.trace = trace;
		this.namesLives = namesLives;
		this.appended = appended;
	}

	boolean namesLives() {
		return this.namesLives;
	}

	/**
	 * Notes that the stream was created.
	 * @param offset the offset of its start
	 */
	public void created(String offset) {
		Life life = new Life(this.lives.size());
		this.lives.add(life);
		this.trace.event("SERVER created life " + life.number);
		offset(offset, 0);
	}

	/**
	 * Notes that the stream was deleted.
	 */
	public void deleted() {
		life().deleted = true;
		this.trace.event("SERVER deleted life " + life().number);
	}

	/**
	 * Notes an append.
	 * @param body a JSON value, or an array of several
	 * @return how many items it has
	 */
	public int appended(String body) {
		JsonNode json = MAPPER.readTree(body);
		List<JsonNode> items = new ArrayList<>();
		if (json.isArray()) {
			json.forEach(items::add);
		}
		else {
			items.add(json);
		}
		Life life = life();
		StringBuilder text = new StringBuilder("SERVER appended at " + life.number + "/" + life.items.size());
		for (JsonNode item : items) {
			Item added = Item.of(item);
			text.append(' ').append(added);
			life.add(added);
		}
		this.trace.event(text.toString());
		Map<String, Place> ends = new LinkedHashMap<>();
		for (int i = life.items.size() - items.size(); i < life.items.size(); i++) {
			if (life.items.get(i).txid() != null) {
				ends.put(life.items.get(i).txid(), new Place(life.number, i + 1));
			}
		}
		ends.forEach(this.appended);
		return items.size();
	}

	/**
	 * Notes which offset a place has.
	 * @param offset the offset
	 * @param position how many items of the present life come before it
	 */
	public void offset(String offset, int position) {
		this.places.computeIfAbsent(offset, (unused) -> new ArrayList<>(1)).add(new Place(life().number, position));
	}

	/**
	 * Returns where an offset can be: servers may use one again in another life.
	 */
	List<Place> places(String offset) {
		return this.places.getOrDefault(offset, List.of());
	}

	/**
	 * Returns the last life of the stream.
	 * @return the life
	 */
	public Life life() {
		return this.lives.get(this.lives.size() - 1);
	}

	Life life(int number) {
		return this.lives.get(number);
	}

	List<Life> lives() {
		return this.lives;
	}

	/**
	 * A place in the stream.
	 *
	 * @param life in which life of the stream
	 * @param position how many items come before it
	 */
	record Place(int life, int position) {

		boolean isBefore(Place other) {
			return (this.life != other.life) ? this.life < other.life : this.position < other.position;
		}

		@Override
		public String toString() {
			return this.life + "/" + this.position;
		}

	}

	/**
	 * The stream between its creation and its deletion.
	 */
	public static final class Life {

		private final int number;

		private final List<Item> items = new ArrayList<>();

		private final List<Map<String, String>> states = new ArrayList<>(List.of(Map.of()));

		private boolean deleted;

		Life(int number) {
			this.number = number;
		}

		int number() {
			return this.number;
		}

		/**
		 * Returns how many items there are.
		 * @return the count
		 */
		public int size() {
			return this.items.size();
		}

		List<Item> items() {
			return this.items;
		}

		boolean isDeleted() {
			return this.deleted;
		}

		private void add(Item item) {
			Map<String, String> before = this.states.get(this.items.size());
			this.items.add(item);
			Map<String, String> after = before;
			if (item.reset) {
				after = Map.of();
			}
			else if (item.effective()) {
				after = new TreeMap<>(before);
				if (item.value != null) {
					after.put(item.key, item.value);
				}
				else {
					after.remove(item.key);
				}
			}
			this.states.add(after);
		}

		/**
		 * Returns the state after some items.
		 */
		Map<String, String> state(int position) {
			return this.states.get(position);
		}

		/**
		 * Whether a place is within the events of one txid.
		 */
		boolean isWithinTransaction(int position) {
			if (position == 0 || position >= this.items.size()) {
				return false;
			}
			String before = this.items.get(position - 1).txid;
			return before != null && before.equals(this.items.get(position).txid);
		}

		/**
		 * Returns where the first item of a txid is.
		 * @return how many items come before it, or -1 when there is none
		 */
		int firstOf(String txid) {
			for (int i = 0; i < this.items.size(); i++) {
				if (txid.equals(this.items.get(i).txid)) {
					return i;
				}
			}
			return -1;
		}

		/**
		 * Whether there is a reset among some items.
		 */
		boolean hasReset(int from, int to) {
			return this.items.subList(from, to).stream().anyMatch((item) -> item.reset);
		}

	}

	/**
	 * One item of the stream.
	 *
	 * @param reset whether it is the control event {@code reset}
	 * @param txid the txid of a change event
	 * @param key type and key of a valid change event of a declared type
	 * @param value what it writes, or {@code null} for a delete
	 */
	record Item(boolean reset, @Nullable String txid, @Nullable String key, @Nullable String value) {

		static Item of(JsonNode json) {
			JsonNode headers = json.path("headers");
			if (!json.has("type")) {
				return new Item("reset".equals(text(headers.path("control"))), null, null, null);
			}
			String txid = text(headers.path("txid"));
			String type = text(json.path("type"));
			String key = text(json.path("key"));
			String operation = text(headers.path("operation"));
			if (operation == null || key == null || key.isEmpty() || !Entities.isKey(type, key)) {
				return new Item(false, txid, null, null);
			}
			return switch (operation) {
				case "delete" -> new Item(false, txid, type + "/" + key, null);
				case "insert", "update", "upsert" -> {
					String value = Entities.value(type, json.path("value"));
					yield (value != null) ? new Item(false, txid, type + "/" + key, value)
							: new Item(false, txid, null, null);
				}
				default -> new Item(false, txid, null, null);
			};
		}

		private static @Nullable String text(JsonNode node) {
			return node.isString() ? node.stringValue() : null;
		}

		boolean effective() {
			return this.key != null;
		}

		@Override
		public String toString() {
			if (this.reset) {
				return "[reset]";
			}
			String short_ = (this.txid != null) ? this.txid.substring(0, Math.min(4, this.txid.length())) : "-";
			return "[" + short_ + " " + ((this.key != null) ? this.key + "=" + this.value : "?") + "]";
		}

	}

}
