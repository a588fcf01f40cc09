package io.streamdb.server;

/**
 * Decides who may do what with which stream over HTTP (SPEC S5). Asked once per request
 * and operation, after the path was normalised and before anything else was looked at;
 * not asked for requests through {@link DurableStreamServer#transport()}, nor for
 * {@code OPTIONS}, which tell nothing.
 * <p>
 * Called by many threads at once. An exception is answered with 500 and nothing is done.
 */
@FunctionalInterface
public interface StreamAccess {

	/**
	 * Decides.
	 * @param operation what is to be done
	 * @param stream the normalised path of the stream, without a slash at its begin
	 * @param request who asks
	 * @return the decision
	 */
	AccessDecision decide(StreamOperation operation, String stream, AccessRequest request);

	/**
	 * Serves everybody. For servers that something else protects.
	 * @return the access
	 */
	static StreamAccess everybody() {
		return (operation, stream, request) -> AccessDecision.allow();
	}

	/**
	 * Serves only requests that certainly come from this machine and from no foreign web
	 * page: a loopback peer, a local {@code Host}, an {@code Origin} that is absent or
	 * local, and no header that a proxy adds. This is the default.
	 * <p>
	 * A proxy on this machine that sends its own address and host and adds no header of
	 * its own looks like a local client, and whoever it lets through is served. Behind
	 * such a proxy the server needs an access that knows its users.
	 * @return the access
	 */
	static StreamAccess localOnly() {
		return new LocalAccess();
	}

}
