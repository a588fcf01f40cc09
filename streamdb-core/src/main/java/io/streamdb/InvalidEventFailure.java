package io.streamdb;

import io.streamdb.BatchInProgress.InvalidItem;
import io.streamdb.event.InvalidEvent;

/**
 * Ends the read at an invalid event, under the policy {@link InvalidEventPolicy#FAIL}.
 */
final class InvalidEventFailure extends RuntimeException {

	InvalidEventFailure(InvalidItem item, String offset) {
		super(message(item, offset), item.event().cause());
	}

	private static String message(InvalidItem item, String offset) {
		InvalidEvent event = item.event();
		return "The batch that ends at offset " + offset + " holds " + event.type() + " '" + event.key() + "' as item "
				+ (item.index() + 1) + ": " + event.reason() + " (" + event.kind()
				+ "). Nothing of the batch was applied";
	}

}
