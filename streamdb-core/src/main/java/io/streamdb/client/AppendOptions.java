package io.streamdb.client;

import org.jspecify.annotations.Nullable;

/**
 * One append (SPEC P1).
 *
 * @param body the bytes
 * @param contentType the content type, or {@code null} for the handle's
 * @param sequence the {@code Stream-Seq}, or {@code null}
 * @param close whether to close the stream with it
 */
public record AppendOptions(byte[] body, @Nullable String contentType, @Nullable String sequence, boolean close) {

	/**
	 * Returns the options of a plain append.
	 * @param body the bytes
	 * @return the options
	 */
	public static AppendOptions of(byte[] body) {
		return new AppendOptions(body, null, null, false);
	}

}
