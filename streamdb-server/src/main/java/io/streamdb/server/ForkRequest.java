package io.streamdb.server;

import java.io.IOException;
import java.util.Arrays;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.ForkPoint;
import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.NewStream;
import io.streamdb.server.store.Offset;
import io.streamdb.server.store.StreamLog;

/**
 * Where a client wants a fork to branch off (PROTOCOL 4.2).
 *
 * @param sourcePath the path of the source
 * @param offset the offset, or {@code null} for the tail; the one of all zeros is the
 * start of whatever life the source has
 * @param subOffset how many messages, or bytes, of the append that begins there the fork
 * has too
 */
record ForkRequest(String sourcePath, @Nullable Offset offset, long subOffset) {

	private static final Offset START = new Offset(0, 0);

	private static final Pattern INTEGER = Pattern.compile("0|[1-9]\\d{0,14}");

	/**
	 * Reads what a request says.
	 * @return the wish, or {@code null} when it wants no fork
	 */
	static @Nullable ForkRequest read(@Nullable String sourcePath, ProtocolRequest request) {
		String offset = request.header(ProtocolHeaders.FORK_OFFSET);
		String subOffset = request.header(ProtocolHeaders.FORK_SUB_OFFSET);
		if (sourcePath == null) {
			if (offset != null || subOffset != null) {
				throw new BadRequestException("Stream-Fork-Offset and Stream-Fork-Sub-Offset need Stream-Forked-From");
			}
			return null;
		}
		Offset parsed = (offset != null) ? Offset.parse(offset) : null;
		if (offset != null && parsed == null) {
			throw new BadRequestException("Stream-Fork-Offset must be an offset that the server gave");
		}
		if (subOffset != null && !INTEGER.matcher(subOffset).matches()) {
			throw new BadRequestException("Stream-Fork-Sub-Offset must be a number, in plain digits");
		}
		return new ForkRequest(sourcePath, parsed, (subOffset != null) ? Long.parseLong(subOffset) : 0);
	}

	/**
	 * Returns whether a stream is such a fork. A request that does not say where finds it
	 * wherever it branched off: the source may have grown since.
	 */
	boolean matches(StreamLog log) {
		ForkPoint fork = log.description().fork();
		return fork != null && fork.sourcePath().equals(this.sourcePath) && fork.subOffset() == this.subOffset
				&& (this.offset == null || position(log.origin()) == fork.position());
	}

	private long position(StreamLog source) {
		if (this.offset == null) {
			return source.head().tail();
		}
		return this.offset.equals(START) ? 0 : source.position(this.offset);
	}

	/**
	 * Finds the place in the source, and what is to be copied from there.
	 * @throws BadRequestException when there is no such place
	 */
	ForkCut cut(StreamLog source) throws IOException {
		LogHead head = source.head();
		long position = position(source);
		if (position < 0 || position > head.tail()) {
			throw new BadRequestException("Stream-Fork-Offset is not within the source");
		}
		if (!head.isBoundary(position)) {
			throw new BadRequestException("Stream-Fork-Offset is none that the server gave");
		}
		byte[] prefix = (this.subOffset > 0) ? prefix(source, head, position) : new byte[0];
		return new ForkCut(new NewStream.Origin(source, position, this.subOffset), prefix);
	}

	private byte[] prefix(StreamLog source, LogHead head, long position) throws IOException {
		byte[] append = append(head, position);
		boolean json = MediaType.parse(source.contentType()).isJson();
		int length = json ? JsonMessages.lengthOf(append, this.subOffset)
				: (int) ((this.subOffset <= append.length) ? this.subOffset : -1);
		if (length < 0) {
			throw new BadRequestException("Stream-Fork-Sub-Offset is past the end of the append at Stream-Fork-Offset");
		}
		return Arrays.copyOf(append, length);
	}

	private static byte[] append(LogHead head, long position) throws IOException {
		try (AppendRange range = head.read(position, 1)) {
			if (range == null || range.size() == 0) {
				return new byte[0];
			}
			byte[] bytes = new byte[(int) range.byteCount()];
			int length = 0;
			while (length < bytes.length) {
				length += range.read(bytes, length, bytes.length - length);
			}
			return bytes;
		}
	}

}
