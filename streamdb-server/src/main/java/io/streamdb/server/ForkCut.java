package io.streamdb.server;

import java.util.Arrays;

import io.streamdb.server.store.NewStream;

/**
 * A place in a source that a fork can branch off from.
 *
 * @param origin the place
 * @param prefix what the fork has of the append that begins there
 */
record ForkCut(NewStream.Origin origin, byte[] prefix) {

	/**
	 * Puts the prefix before the fork's first content.
	 */
	byte[] before(byte[] content, MediaType type) {
		if (this.prefix.length == 0 || content.length == 0) {
			return (content.length == 0) ? this.prefix : content;
		}
		int comma = type.isJson() ? 1 : 0;
		byte[] both = Arrays.copyOf(this.prefix, this.prefix.length + comma + content.length);
		if (comma > 0) {
			both[this.prefix.length] = ',';
		}
		System.arraycopy(content, 0, both, this.prefix.length + comma, content.length);
		return both;
	}

}
