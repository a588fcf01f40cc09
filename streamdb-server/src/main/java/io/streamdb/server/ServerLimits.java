package io.streamdb.server;

/**
 * What a server takes on at most (SPEC S6). Past a limit a request is refused with a text
 * that names it, and nothing else suffers. How often that happens is in
 * {@link ServerMetrics}.
 *
 * @param maxBodyBytes the size of a request's body; past it 413
 * @param maxStreams the number of streams; past it 503
 * @param maxStoredBytes the memory that all streams take together: they themselves, their
 * producers, and their appends unless a durable storage keeps those; past it 507
 * @param maxReaders the number of live reads over HTTP at one time; past it 503
 * @param maxRequests the number of other requests over HTTP that are not wholly answered
 * at one time; past it 503
 * @param maxPendingBytes the size of all bodies over HTTP together that are being read or
 * appended at one time; past it 503
 * @param maxChunkBytes how many bytes one response of a plain read or long-poll holds; a
 * single append may be larger, since a read never ends inside of one
 */
public record ServerLimits(int maxBodyBytes, int maxStreams, long maxStoredBytes, int maxReaders, int maxRequests,
		long maxPendingBytes, int maxChunkBytes) {

	private static final int MEBIBYTE = 1 << 20;

	public ServerLimits {
		positive("maxBodyBytes", maxBodyBytes);
		positive("maxStreams", maxStreams);
		positive("maxStoredBytes", maxStoredBytes);
		positive("maxReaders", maxReaders);
		positive("maxRequests", maxRequests);
		positive("maxChunkBytes", maxChunkBytes);
		if (maxPendingBytes < maxBodyBytes) {
			throw new IllegalArgumentException("maxPendingBytes must not be less than maxBodyBytes, which is "
					+ maxBodyBytes + ": " + maxPendingBytes);
		}
	}

	/**
	 * What a web server keeps in memory for a request that waits: Tomcat, as it is set up
	 * by default, about 100 KiB (measured).
	 */
	private static final int WAITING_REQUEST = 100 * 1024;

	/**
	 * Returns the defaults: bodies of 32 MiB, 100 000 streams, half of the heap for them,
	 * so many live reads as fit another half with what a web server keeps for each (100
	 * KiB) but 10 000 at most, 2 000 other requests, an eighth of the heap for pending
	 * bodies (but one body at least), chunks of 16 MiB.
	 * @return the limits
	 */
	public static ServerLimits defaults() {
		long heap = Runtime.getRuntime().maxMemory();
		int body = 32 * MEBIBYTE;
		int readers = (int) Math.min(10_000, Math.max(1, heap / 2 / WAITING_REQUEST));
		return new ServerLimits(body, 100_000, heap / 2, readers, 2_000, Math.max(body, heap / 8), 16 * MEBIBYTE);
	}

	/**
	 * Changes one limit.
	 * @param bytes the size of a request's body
	 * @return limits with that value; those of pending bodies grow with it if they must
	 */
	public ServerLimits withMaxBodyBytes(int bytes) {
		return new ServerLimits(bytes, this.maxStreams, this.maxStoredBytes, this.maxReaders, this.maxRequests,
				Math.max(bytes, this.maxPendingBytes), this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param streams the number of streams
	 * @return limits with that value
	 */
	public ServerLimits withMaxStreams(int streams) {
		return new ServerLimits(this.maxBodyBytes, streams, this.maxStoredBytes, this.maxReaders, this.maxRequests,
				this.maxPendingBytes, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param bytes the memory that all streams take together
	 * @return limits with that value
	 */
	public ServerLimits withMaxStoredBytes(long bytes) {
		return new ServerLimits(this.maxBodyBytes, this.maxStreams, bytes, this.maxReaders, this.maxRequests,
				this.maxPendingBytes, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param readers the number of live reads over HTTP
	 * @return limits with that value
	 */
	public ServerLimits withMaxReaders(int readers) {
		return new ServerLimits(this.maxBodyBytes, this.maxStreams, this.maxStoredBytes, readers, this.maxRequests,
				this.maxPendingBytes, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param requests the number of requests over HTTP that are not live reads
	 * @return limits with that value
	 */
	public ServerLimits withMaxRequests(int requests) {
		return new ServerLimits(this.maxBodyBytes, this.maxStreams, this.maxStoredBytes, this.maxReaders, requests,
				this.maxPendingBytes, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param bytes the size of all bodies that are being read or appended
	 * @return limits with that value
	 */
	public ServerLimits withMaxPendingBytes(long bytes) {
		return new ServerLimits(this.maxBodyBytes, this.maxStreams, this.maxStoredBytes, this.maxReaders,
				this.maxRequests, bytes, this.maxChunkBytes);
	}

	/**
	 * Changes one limit.
	 * @param bytes how many bytes one response holds
	 * @return limits with that value
	 */
	public ServerLimits withMaxChunkBytes(int bytes) {
		return new ServerLimits(this.maxBodyBytes, this.maxStreams, this.maxStoredBytes, this.maxReaders,
				this.maxRequests, this.maxPendingBytes, bytes);
	}

	private static void positive(String name, long value) {
		if (value <= 0) {
			throw new IllegalArgumentException(name + " must be positive: " + value);
		}
	}

}
