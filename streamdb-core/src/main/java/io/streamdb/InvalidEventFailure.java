package io.streamdb;

import io.streamdb.event.InvalidEvent;

/**
 * Ends the read at an invalid event, under the policy {@link InvalidEventPolicy#FAIL}.
 */
final class InvalidEventFailure extends RuntimeException {

	InvalidEventFailure(InvalidEvent event, String offset) {
		super("The batch that ends at offset " + offset + " holds " + event.type() + " '" + event.key() + "': "
				+ event.reason() + " (" + event.kind() + "). Nothing of the batch was applied", event.cause());
	}

}
