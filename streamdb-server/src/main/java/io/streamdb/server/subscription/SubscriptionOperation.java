package io.streamdb.server.subscription;

/**
 * What a request of the subscription APIs wants; what may be done is not decided here.
 */
public enum SubscriptionOperation {

	/** Read the public keys of webhook signatures. */
	READ_KEYS,

	/** Create, read, change, delete or claim a subscription. */
	MANAGE,

	/** Report on a wake, with the token that came with it. */
	REPORT

}
