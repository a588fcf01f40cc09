package io.streamdb.store;

import java.security.SecureRandom;

/**
 * The hash of keys, which depends on a seed of this process. Keys come from foreign
 * writers, and a hash table is slow in keys of one hash code: {@link String#hashCode()}
 * is public knowledge, so anybody could write thousands of colliding keys. Part of the
 * engine.
 * <p>
 * Folds four characters at a time into a 64-bit state with a multiplication to 128 bits
 * whose halves are combined, as the wyhash family does.
 */
public final class KeyHash {

	private static final long SEED;

	private static final long MULTIPLIER;

	static {
		SecureRandom random = new SecureRandom();
		SEED = random.nextLong();
		MULTIPLIER = random.nextLong() | 1;
	}

	private KeyHash() {
	}

	/**
	 * Returns the hash of a key.
	 * @param key the key
	 * @return its hash, the same each time in one process
	 */
	public static int of(String key) {
		int length = key.length();
		long state = SEED ^ length;
		int index = 0;
		for (; index <= length - 4; index += 4) {
			long block = key.charAt(index) | (long) key.charAt(index + 1) << 16 | (long) key.charAt(index + 2) << 32
					| (long) key.charAt(index + 3) << 48;
			state = fold(state ^ block, MULTIPLIER);
		}
		long rest = 0;
		for (; index < length; index++) {
			rest = rest << 16 | key.charAt(index);
		}
		state = fold(fold(state ^ rest, MULTIPLIER), SEED | 1);
		return (int) (state ^ state >>> 32);
	}

	private static long fold(long left, long right) {
		return Math.multiplyHigh(left, right) ^ (left * right);
	}

}
