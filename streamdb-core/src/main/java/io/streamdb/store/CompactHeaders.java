package io.streamdb.store;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;

/**
 * Txids and timestamps as numbers, for those texts only that come out again exactly as
 * they went in.
 */
final class CompactHeaders {

	/** What no timestamp is. */
	static final long NO_MILLIS = Long.MIN_VALUE;

	private static final int UUID_LENGTH = 36;

	/** {@code 2026-11-23T10:00:00Z}. */
	private static final int SECONDS_LENGTH = 20;

	/** {@code 2026-11-23T10:00:00.123Z}. */
	private static final int MILLIS_LENGTH = 24;

	private static final int SECONDS_OF_DAY = 86_400;

	private CompactHeaders() {
	}

	static boolean isCanonicalUuid(String text) {
		if (text.length() != UUID_LENGTH) {
			return false;
		}
		for (int i = 0; i < UUID_LENGTH; i++) {
			char character = text.charAt(i);
			boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
			boolean hex = (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
			if (dash ? character != '-' : !hex) {
				return false;
			}
		}
		return true;
	}

	static long upperHalf(String uuid) {
		return Long.parseUnsignedLong(uuid, 0, 8, 16) << 32 | Long.parseUnsignedLong(uuid, 9, 13, 16) << 16
				| Long.parseUnsignedLong(uuid, 14, 18, 16);
	}

	static long lowerHalf(String uuid) {
		return Long.parseUnsignedLong(uuid, 19, 23, 16) << 48 | Long.parseUnsignedLong(uuid, 24, 36, 16);
	}

	static String uuid(long upper, long lower) {
		return new UUID(upper, lower).toString();
	}

	/**
	 * Converts a timestamp.
	 * @param text the text
	 * @return the milliseconds since 1970, or {@link #NO_MILLIS} when {@link #timestamp}
	 * would not give the same text
	 */
	static long canonicalMillis(String text) {
		int length = text.length();
		if ((length != SECONDS_LENGTH && length != MILLIS_LENGTH) || text.charAt(4) != '-' || text.charAt(7) != '-'
				|| text.charAt(10) != 'T' || text.charAt(13) != ':' || text.charAt(16) != ':'
				|| text.charAt(length - 1) != 'Z') {
			return NO_MILLIS;
		}
		int year = number(text, 0, 4);
		int month = number(text, 5, 7);
		int day = number(text, 8, 10);
		int hour = number(text, 11, 13);
		int minute = number(text, 14, 16);
		int second = number(text, 17, 19);
		int millis = 0;
		if (length == MILLIS_LENGTH) {
			millis = (text.charAt(19) == '.') ? number(text, 20, 23) : -1;
			if (millis == 0) {
				return NO_MILLIS;
			}
		}
		if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59
				|| second < 0 || second > 59 || millis < 0 || day > LocalDate.of(year, month, 1).lengthOfMonth()) {
			return NO_MILLIS;
		}
		long seconds = LocalDate.of(year, month, day).toEpochDay() * SECONDS_OF_DAY + hour * 3600 + minute * 60
				+ second;
		return seconds * 1000 + millis;
	}

	static String timestamp(long millis) {
		return Instant.ofEpochMilli(millis).toString();
	}

	private static int number(String text, int from, int to) {
		int number = 0;
		for (int i = from; i < to; i++) {
			int digit = text.charAt(i) - '0';
			if (digit < 0 || digit > 9) {
				return -1;
			}
			number = number * 10 + digit;
		}
		return number;
	}

}
