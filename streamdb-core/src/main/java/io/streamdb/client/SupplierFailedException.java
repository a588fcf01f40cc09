package io.streamdb.client;

import org.jspecify.annotations.Nullable;

/**
 * A supplier of a header or query parameter did not give a value: nothing was sent.
 */
class SupplierFailedException extends RuntimeException {

	SupplierFailedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
