package io.streamdb;

import java.security.SecureRandom;

/**
 * 128 bits that stand for a txid (SPEC M7). They depend on a seed of this process, so
 * that nobody can write two txids of the same hash on purpose.
 *
 * @param high the upper half
 * @param low the lower half
 */
record TxIdHash(long high, long low) {

	private static final long SEED_HIGH;

	private static final long SEED_LOW;

	private static final long MULTIPLIER_HIGH;

	private static final long MULTIPLIER_LOW;

	static {
		SecureRandom random = new SecureRandom();
		SEED_HIGH = random.nextLong();
		SEED_LOW = random.nextLong();
		MULTIPLIER_HIGH = random.nextLong() | 1;
		MULTIPLIER_LOW = random.nextLong() | 1;
	}

	static TxIdHash of(String txid) {
		long high = SEED_HIGH ^ txid.length();
		long low = SEED_LOW ^ txid.length();
		for (int i = 0; i < txid.length(); i += 4) {
			long block = 0;
			for (int j = i; j < Math.min(i + 4, txid.length()); j++) {
				block = block << 16 | txid.charAt(j);
			}
			high = fold(high ^ block, MULTIPLIER_HIGH);
			low = fold(low ^ block, MULTIPLIER_LOW);
		}
		return new TxIdHash(fold(high, MULTIPLIER_LOW), fold(low, MULTIPLIER_HIGH));
	}

	private static long fold(long left, long right) {
		return Math.multiplyHigh(left, right) ^ (left * right);
	}

}
