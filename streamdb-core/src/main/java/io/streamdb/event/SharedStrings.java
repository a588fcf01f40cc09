package io.streamdb.event;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/**
 * Strings that come again and again as the same property of the values of one type (a
 * role, a city), so that the rows share them. Each property has a small table in which
 * the newest strings displace older ones; a property whose strings hardly ever come again
 * is left alone for a while. Safe for use by many threads: the tables are read and
 * written without a lock, and at worst two threads keep a string each.
 */
final class SharedStrings {

	/** How many properties of a type have a table. */
	static final int PROPERTIES = 32;

	private final Map<String, Property> properties = new ConcurrentHashMap<>();

	/**
	 * Finds the table of a property.
	 * @param name the JSON name
	 * @return the table, or {@code null} when there are too many
	 */
	@Nullable Property property(@Nullable String name) {
		if (name == null) {
			return null;
		}
		Property known = this.properties.get(name);
		if (known == null && this.properties.size() < PROPERTIES) {
			known = this.properties.computeIfAbsent(name, (added) -> new Property());
		}
		return known;
	}

	/**
	 * The shared strings of every type.
	 */
	static final class Types {

		private final Map<String, SharedStrings> byType = new ConcurrentHashMap<>();

		/**
		 * Finds those of one type.
		 * @param binder the binder of the type, one of a few
		 * @return its shared strings
		 */
		SharedStrings of(EntityBinder binder) {
			return this.byType.computeIfAbsent(binder.type(), (type) -> new SharedStrings());
		}

	}

	/**
	 * The strings of one property.
	 */
	static final class Property {

		static final int SLOTS = 512;

		static final int MAX_LENGTH = 48;

		/** How many strings are looked up before the table has to have proven itself. */
		static final int TRIAL = 1024;

		/** How many strings are not looked up after it has not. */
		static final int REST = 1 << 17;

		/** One in so many has to be found. */
		private static final int WORTH = 3;

		private final @Nullable String[] slots = new String[SLOTS];

		/** Counts down; lookups by other threads may get lost, which does no harm. */
		private int left = TRIAL;

		private int found;

		private int resting;

		boolean isWorthwhile() {
			int rest = this.resting;
			if (rest <= 0) {
				return true;
			}
			this.resting = rest - 1;
			return false;
		}

		/**
		 * Returns the string that a parser stands on.
		 * @param parser the parser, which has read the string to its end
		 * @return the string, possibly one that was returned before
		 */
		String string(JsonParser parser) {
			int length = parser.getStringLength();
			if (length > MAX_LENGTH || !parser.hasStringCharacters()) {
				return parser.getString();
			}
			char[] characters = parser.getStringCharacters();
			int offset = parser.getStringOffset();
			int hash = hash(characters, offset, length);
			int slot = (hash ^ hash >>> 15) & (SLOTS - 1);
			String known = this.slots[slot];
			if (known == null || !is(known, characters, offset, length)) {
				slot ^= 1;
				known = this.slots[slot];
				if (known == null || !is(known, characters, offset, length)) {
					known = parser.getString();
					// The first of a pair of slots takes what is new, the other what it
					// displaces.
					int first = slot & ~1;
					this.slots[first | 1] = this.slots[first];
					this.slots[first] = known;
					count(0);
					return known;
				}
			}
			count(1);
			return known;
		}

		private void count(int hits) {
			this.found += hits;
			if (--this.left <= 0) {
				if (this.found * WORTH < TRIAL) {
					this.resting = REST;
				}
				this.left = TRIAL;
				this.found = 0;
			}
		}

		private static boolean is(String known, char[] characters, int offset, int length) {
			return known.length() == length && RepeatedText.isAt(known, characters, offset, length);
		}

		private static int hash(char[] characters, int offset, int length) {
			int hash = length;
			for (int i = offset; i < offset + length; i++) {
				hash = hash * 31 + characters[i];
			}
			return hash * 0x9e3779b9;
		}

	}

}
