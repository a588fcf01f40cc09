package io.streamdb.server.subscription;

/**
 * The storage could not keep what became of a subscription. Whether it was kept shows
 * when the storage is opened again.
 */
public final class SubscriptionStorageException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	SubscriptionStorageException(String message, Throwable cause) {
		super(message, cause);
	}

}
