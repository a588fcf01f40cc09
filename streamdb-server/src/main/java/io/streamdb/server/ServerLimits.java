package io.streamdb.server;

/**
 * What a server takes on at most (SPEC S6). Past a limit a request is refused with a text
 * that names it, and nothing else suffers.
 *
 * @param maxBodyBytes the size of a request's body; past it 413
 * @param maxStreams the number of streams; past it 503
 * @param maxStoredBytes the size of all streams together, with what memory they
 * themselves, their appends and their producers need besides; past it 507
 * @param maxReaders the number of live reads over HTTP at one time; past it 503
 * @param maxChunkBytes how many bytes one response of a plain read or long-poll holds; a
 * single append may be larger, since a read never ends inside of one
 */
public record ServerLimits(int maxBodyBytes, int maxStreams, long maxStoredBytes, int maxReaders, int maxChunkBytes) {

	public ServerLimits {
		positive("maxBodyBytes", maxBodyBytes);
		positive("maxStreams", maxStreams);
		positive("maxStoredBytes", maxStoredBytes);
		positive("maxReaders", maxReaders);
		positive("maxChunkBytes", maxChunkBytes);
	}

	/**
	 * Returns the defaults: bodies of 32 MiB, 100 000 streams, half of the heap, 10 000
	 * live reads, chunks of 16 MiB.
	 * @return the limits
	 */
	public static ServerLimits defaults() {
		return new ServerLimits(32 << 20, 100_000, Runtime.getRuntime().maxMemory() / 2, 10_000, 16 << 20);
	}

	/**
	 * Changes one limit.
	 * @param bytes the size of a request's body
	 * @return limits with that value
	 */
	public ServerLimits withMaxBodyBytes(int bytes) {
		return new ServerLimits(bytes, this.maxStreams, this.maxStoredBytes, this.maxReaders, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param streams the number of streams
	 * @return limits with that value
	 */
	public ServerLimits withMaxStreams(int streams) {
		return new ServerLimits(this.maxBodyBytes, streams, this.maxStoredBytes, this.maxReaders, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param bytes the size of all streams together
	 * @return limits with that value
	 */
	public ServerLimits withMaxStoredBytes(long bytes) {
		return new ServerLimits(this.maxBodyBytes, this.maxStreams, bytes, this.maxReaders, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param readers the number of live reads over HTTP
	 * @return limits with that value
	 */
	public ServerLimits withMaxReaders(int readers) {
		return new ServerLimits(this.maxBodyBytes, this.maxStreams, this.maxStoredBytes, readers, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param bytes how many bytes one response holds
	 * @return limits with that value
	 */
	public ServerLimits withMaxChunkBytes(int bytes) {
		return new ServerLimits(this.maxBodyBytes, this.maxStreams, this.maxStoredBytes, this.maxReaders, bytes);
	}

	private static void positive(String name, long value) {
		if (value <= 0) {
			throw new IllegalArgumentException(name + " must be positive: " + value);
		}
	}

}
