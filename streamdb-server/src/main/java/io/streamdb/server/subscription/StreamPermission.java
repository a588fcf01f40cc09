package io.streamdb.server.subscription;

/**
 * Asked for each stream that a subscription names, before anything happens. Refuses by an
 * exception of its own, which goes to whoever handed over the request.
 */
public interface StreamPermission {

	/**
	 * Asks whether the streams may be followed.
	 * @param path the path of a stream, or a pattern
	 */
	void follow(String path);

	/**
	 * Asks whether a stream may be told of wakes.
	 * @param path the path of the stream
	 */
	void wake(String path);

}
