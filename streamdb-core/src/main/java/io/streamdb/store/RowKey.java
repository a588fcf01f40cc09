package io.streamdb.store;

import java.security.SecureRandom;

import org.jspecify.annotations.Nullable;

/**
 * The key of a row as the maps see it: a string whose hash depends on a seed of this
 * process. Keys come from foreign writers, and a trie is linear in keys of one hash code;
 * {@link String#hashCode()} is public knowledge, so anybody could write thousands of
 * colliding keys.
 * <p>
 * The hash folds four characters at a time into a 64-bit state with a multiplication to
 * 128 bits whose halves are combined, as the wyhash family does.
 */
class RowKey {

	private static final long SEED;

	private static final long MULTIPLIER;

	static {
		SecureRandom random = new SecureRandom();
		SEED = random.nextLong();
		MULTIPLIER = random.nextLong() | 1;
	}

	private final String key;

	RowKey(String key) {
		this.key = key;
	}

	public final String key() {
		return this.key;
	}

	@Override
	public final int hashCode() {
		String string = this.key;
		int length = string.length();
		long state = SEED ^ length;
		int index = 0;
		for (; index <= length - 4; index += 4) {
			long block = string.charAt(index) | (long) string.charAt(index + 1) << 16
					| (long) string.charAt(index + 2) << 32 | (long) string.charAt(index + 3) << 48;
			state = fold(state ^ block, MULTIPLIER);
		}
		long rest = 0;
		for (; index < length; index++) {
			rest = rest << 16 | string.charAt(index);
		}
		state = fold(fold(state ^ rest, MULTIPLIER), SEED | 1);
		return (int) (state ^ state >>> 32);
	}

	private static long fold(long left, long right) {
		return Math.multiplyHigh(left, right) ^ (left * right);
	}

	@Override
	public final boolean equals(@Nullable Object other) {
		return this == other || (other instanceof RowKey that && this.key.equals(that.key));
	}

	@Override
	public String toString() {
		return this.key;
	}

}
