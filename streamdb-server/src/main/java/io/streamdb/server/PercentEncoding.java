package io.streamdb.server;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Strict percent-encoding: what is not well-formed, or not UTF-8 in the end, is refused
 * rather than repaired.
 */
final class PercentEncoding {

	private static final String PLAIN_SIGNS = "-._~!$'()*:@";

	private PercentEncoding() {
	}

	static String decode(String raw) {
		byte[] bytes = new byte[raw.length()];
		int length = 0;
		for (int i = 0; i < raw.length(); i++) {
			char character = raw.charAt(i);
			if (character > 0x7F) {
				throw new BadRequestException("The URL has a character that must be percent-encoded");
			}
			if (character == '%') {
				bytes[length++] = octet(raw, i);
				i += 2;
			}
			else {
				bytes[length++] = (byte) character;
			}
		}
		try {
			return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
		}
		catch (CharacterCodingException ex) {
			throw new BadRequestException("The URL is not UTF-8");
		}
	}

	private static byte octet(String raw, int percent) {
		int high = (percent + 2 < raw.length()) ? Character.digit(raw.charAt(percent + 1), 16) : -1;
		int low = (percent + 2 < raw.length()) ? Character.digit(raw.charAt(percent + 2), 16) : -1;
		if (high < 0 || low < 0) {
			throw new BadRequestException("The URL has a % that no two hexadecimal digits follow");
		}
		return (byte) (high << 4 | low);
	}

	/**
	 * Encodes a path, keeping its slashes.
	 */
	static String encodePath(String path) {
		StringBuilder encoded = new StringBuilder(path.length());
		for (byte octet : path.getBytes(StandardCharsets.UTF_8)) {
			char character = (char) (octet & 0xFF);
			if (character == '/' || isPlain(character)) {
				encoded.append(character);
			}
			else {
				encoded.append('%')
					.append(Character.toUpperCase(Character.forDigit(character >> 4, 16)))
					.append(Character.toUpperCase(Character.forDigit(character & 0xF, 16)));
			}
		}
		return encoded.toString();
	}

	private static boolean isPlain(char character) {
		return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z')
				|| (character >= '0' && character <= '9') || PLAIN_SIGNS.indexOf(character) >= 0;
	}

}
