package io.streamdb.server.store.file;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C, mixed with a secret number of the file: nobody can send bytes that, found
 * somewhere in it, look like a record or a page of the store.
 */
final class Checksum {

	private Checksum() {
	}

	static int of(byte[] bytes, int offset, int length) {
		CRC32C crc = new CRC32C();
		crc.update(bytes, offset, length);
		return (int) crc.getValue();
	}

	static int salted(long salt, byte[] bytes, int offset, int length) {
		CRC32C crc = new CRC32C();
		crc.update(ByteBuffer.allocate(Long.BYTES).putLong(salt).flip());
		crc.update(bytes, offset, length);
		return (int) crc.getValue();
	}

}
