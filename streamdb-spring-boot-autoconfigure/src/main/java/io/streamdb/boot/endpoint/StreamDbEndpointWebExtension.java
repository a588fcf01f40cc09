package io.streamdb.boot.endpoint;

import io.streamdb.boot.endpoint.StreamDbEndpoint.Action;
import io.streamdb.boot.endpoint.StreamDbEndpoint.InvalidEventDescriptor;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * {@link EndpointWebExtension @EndpointWebExtension} for the {@link StreamDbEndpoint}:
 * says in the status why nothing was done.
 */
@EndpointWebExtension(endpoint = StreamDbEndpoint.class)
public class StreamDbEndpointWebExtension {

	private static final int STATUS_CONFLICT = 409;

	private final StreamDbEndpoint delegate;

	/**
	 * Creates an extension.
	 * @param delegate the endpoint
	 */
	public StreamDbEndpointWebExtension(StreamDbEndpoint delegate) {
		this.delegate = delegate;
	}

	/**
	 * Does something to a database.
	 * @param database the name of the database
	 * @param action what to do
	 * @return the event that is skipped; 404 when there is no such database, 409 and why
	 * when it has not failed on an invalid event
	 */
	@WriteOperation
	public WebEndpointResponse<?> act(@Selector String database, Action action) {
		try {
			@Nullable InvalidEventDescriptor skipped = this.delegate.act(database, action);
			return (skipped != null) ? new WebEndpointResponse<>(skipped)
					: new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
		}
		catch (IllegalStateException ex) {
			return new WebEndpointResponse<>(new RefusalDescriptor(String.valueOf(ex.getMessage())), STATUS_CONFLICT);
		}
	}

	/**
	 * An action that was refused.
	 *
	 * @param error why
	 */
	public record RefusalDescriptor(String error) {
	}

}
