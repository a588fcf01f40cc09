package io.streamdb.server;

/**
 * Serves nobody: what a server does whose web server trusts forwarding headers, until it
 * is told who may do what.
 */
final class NobodyAccess implements StreamAccess {

	@Override
	public AccessDecision decide(StreamOperation operation, String stream, AccessRequest request) {
		return AccessDecision.deny("The application trusts forwarded headers, so this stream server cannot tell who is"
				+ " on its own machine and serves nobody. To serve anyone, give it a StreamAccess that decides who may"
				+ " do what.");
	}

}
