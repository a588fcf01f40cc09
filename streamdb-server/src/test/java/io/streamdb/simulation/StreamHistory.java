package io.streamdb.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

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

	private final Rules rules;

	/**
	 * Creates it for a stream that was never there.
	 * @param trace told of everything
	 * @param namesLives whether the server tells one life of the stream from another
	 * @param rules what its events mean
	 * @param appended told of each txid that was appended, and where it ends
	 */
	StreamHistory(Trace trace, boolean namesLives, Rules rules, BiConsumer<String, Place> appended) {
		this.trace = trace;
		this.rules = rules;
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
		Life life = new Life(this.lives.size(), this.rules);
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
	 * Notes that the stream was closed.
	 */
	public void closed() {
		if (!life().closed) {
			life().closed = true;
			this.trace.event("SERVER closed life " + life().number);
		}
	}

	/**
	 * Notes that the server keeps the first items no longer.
	 * @param first how many
	 */
	void cut(int first) {
		this.trace.event("SERVER keeps nothing before " + life().number + "/" + first);
		life().cut(first);
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
	 * What the events of a stream mean.
	 *
	 * @param merging whether values are merged
	 * @param replacing whether a snapshot replaces what it does not name
	 */
	record Rules(boolean merging, boolean replacing) {
	}

	/**
	 * The stream between its creation and its deletion.
	 */
	public static final class Life {

		private final int number;

		private final Rules rules;

		private final List<Item> items = new ArrayList<>();

		/** What comes of the items from some positions on: the start, and the cuts. */
		private final TreeMap<Integer, States> states = new TreeMap<>();

		private boolean deleted;

		private boolean closed;

		Life(int number, Rules rules) {
			this.number = number;
			this.rules = rules;
			this.states.put(0, new States(0, rules));
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

		boolean isClosed() {
			return this.closed;
		}

		/**
		 * Notes that items are kept no longer.
		 * @param first how many
		 */
		void cut(int first) {
			States left = new States(first, this.rules);
			this.items.subList(first, this.items.size()).forEach(left::add);
			this.states.put(first, left);
		}

		/**
		 * Returns the positions from which on it was, or is, to be read.
		 */
		List<Integer> starts() {
			return List.copyOf(this.states.keySet());
		}

		boolean isSnapshotAt(int position) {
			return position < this.items.size() && "snapshot-start".equals(this.items.get(position).control);
		}

		private void add(Item item) {
			this.items.add(item);
			this.states.values().forEach((one) -> one.add(item));
		}

		/**
		 * Returns the state after some items.
		 */
		Map<String, String> state(int position) {
			return state(0, position);
		}

		/**
		 * Returns the state after some items for those who read on from a start.
		 */
		Map<String, String> state(int start, int position) {
			return this.states.get(start).after.get(position - start);
		}

		/**
		 * Returns how many events were invalid for those who read on from a start.
		 */
		int invalid(int start, int position) {
			return this.states.get(start).invalid.get(position - start);
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
			return this.items.subList(from, to).stream().anyMatch(Item::isReset);
		}

	}

	/**
	 * What comes of items, one after the other.
	 */
	private static final class States {

		private final int start;

		private final Rules rules;

		private final List<Map<String, String>> after = new ArrayList<>(List.of(Map.of()));

		private final List<Integer> invalid = new ArrayList<>(List.of(0));

		/** What was there before the snapshot that is open. */
		private @Nullable Set<String> older;

		private final Set<String> named = new HashSet<>();

		private final Set<String> namedTypes = new HashSet<>();

		States(int start, Rules rules) {
			this.start = start;
			this.rules = rules;
		}

		void add(Item item) {
			Map<String, String> before = this.after.get(this.after.size() - 1);
			int wrong = this.invalid.get(this.invalid.size() - 1);
			Map<String, String> next = before;
			if (item.control != null) {
				next = control(item.control, before);
			}
			else if (item.key != null) {
				next = new TreeMap<>(before);
				if (this.older != null) {
					this.named.add(item.key);
					this.namedTypes.add(item.type());
				}
				String row = item.row(this.rules.merging ? before.get(item.key) : null);
				if (item.delete) {
					next.remove(item.key);
				}
				else if (row != null) {
					next.put(item.key, row);
				}
				else {
					wrong++;
				}
			}
			else if (item.invalid) {
				wrong++;
			}
			this.after.add(next);
			this.invalid.add(wrong);
		}

		private Map<String, String> control(String control, Map<String, String> before) {
			switch (control) {
				case "reset" -> {
					this.older = null;
					return Map.of();
				}
				case "snapshot-start" -> {
					this.older = this.rules.replacing ? before.keySet() : null;
					this.named.clear();
					this.namedTypes.clear();
				}
				case "snapshot-end" -> {
					Set<String> gone = this.older;
					this.older = null;
					if (gone != null) {
						Map<String, String> left = new TreeMap<>(before);
						left.keySet()
							.removeIf((key) -> gone.contains(key) && !this.named.contains(key)
									&& this.namedTypes.contains(key.substring(0, key.indexOf('/'))));
						return left;
					}
				}
				default -> {
					// Nothing is known of it.
				}
			}
			return before;
		}

		@Override
		public String toString() {
			return "from " + this.start + " on";
		}

	}

	/**
	 * One item of the stream.
	 *
	 * @param control the control event that it is
	 * @param txid the txid of a change event
	 * @param key type and key of a change event of a declared type, unless nothing can be
	 * known by it
	 * @param delete whether it deletes
	 * @param body what it writes, which may be invalid
	 * @param invalid whether it is invalid whatever it writes
	 */
	record Item(@Nullable String control, @Nullable String txid, @Nullable String key, boolean delete, JsonNode body,
			boolean invalid) {

		static Item of(JsonNode json) {
			JsonNode headers = json.path("headers");
			if (!json.has("type")) {
				return new Item(text(headers.path("control")), null, null, false, json, false);
			}
			String txid = text(headers.path("txid"));
			String type = text(json.path("type"));
			String key = text(json.path("key"));
			String operation = text(headers.path("operation"));
			boolean known = operation != null && List.of("insert", "update", "upsert", "delete").contains(operation);
			boolean declared = "account".equals(type) || "ticket".equals(type);
			if (!declared || key == null || key.isEmpty()) {
				return new Item(null, txid, null, false, json, declared);
			}
			// What cannot be stored names its key all the same.
			boolean storable = known && Entities.isKey(type, key);
			return new Item(null, txid, type + "/" + key, storable && operation.equals("delete"),
					storable ? json.path("value") : MissingNode.getInstance(), false);
		}

		private static @Nullable String text(JsonNode node) {
			return node.isString() ? node.stringValue() : null;
		}

		boolean isReset() {
			return "reset".equals(this.control);
		}

		String type() {
			return this.key.substring(0, this.key.indexOf('/'));
		}

		/**
		 * Returns the row that it leaves.
		 * @param before the row that it is merged into, or {@code null}
		 * @return the row, or {@code null} when there is none
		 */
		@Nullable String row(@Nullable String before) {
			return (this.key != null && !this.delete) ? Entities.value(type(), this.body, before) : null;
		}

		@Override
		public String toString() {
			if (this.control != null) {
				return "[" + this.control + "]";
			}
			String short_ = (this.txid != null) ? this.txid.substring(0, Math.min(4, this.txid.length())) : "-";
			String row = this.delete ? "gone" : (row(null) != null) ? row(null) : this.body.toString();
			return "[" + short_ + " " + ((this.key != null) ? this.key + "=" + row : "?") + "]";
		}

	}

}
