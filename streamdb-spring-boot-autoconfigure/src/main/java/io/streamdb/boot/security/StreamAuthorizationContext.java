package io.streamdb.boot.security;

import io.streamdb.server.AccessRequest;
import io.streamdb.server.StreamOperation;

/**
 * What somebody wants to do with a stream of the embedded server: the object of an
 * {@link org.springframework.security.authorization.AuthorizationManager}.
 *
 * @param operation what is to be done
 * @param stream the normalised path of the stream, without a slash at its begin
 * @param request who asks
 */
public record StreamAuthorizationContext(StreamOperation operation, String stream, AccessRequest request) {
}
