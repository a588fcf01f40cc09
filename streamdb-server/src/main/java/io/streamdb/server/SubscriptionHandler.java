package io.streamdb.server;

import java.io.IOException;
import java.net.URI;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.subscription.StreamPermission;
import io.streamdb.server.subscription.SubscriptionRequest;
import io.streamdb.server.subscription.SubscriptionResponse;
import io.streamdb.server.subscription.SubscriptionStorageException;
import io.streamdb.server.subscription.Subscriptions;

/**
 * Hands requests of the protocol's own APIs to the {@link Subscriptions}, when their
 * client may do that.
 */
final class SubscriptionHandler {

	private static final int MAX_BODY = 1 << 20;

	private final Subscriptions subscriptions;

	private final RequestBodies bodies;

	private final ServerCounters counters;

	SubscriptionHandler(Subscriptions subscriptions, int maxBodyBytes, ServerCounters counters) {
		this.subscriptions = subscriptions;
		this.bodies = new RequestBodies(Math.min(MAX_BODY, maxBodyBytes));
		this.counters = counters;
	}

	/**
	 * Answers a request.
	 * @param path the path, from the root of the streams
	 * @param request the request
	 * @param access says who may do what
	 */
	CompletableFuture<ProtocolResponse> handle(String path, ProtocolRequest request, Access access)
			throws IOException, BodyTooLargeException, ServerBusyException {
		try {
			require(access, path, switch (Subscriptions.operation(path)) {
				case READ_KEYS -> StreamOperation.READ;
				case MANAGE -> StreamOperation.SUBSCRIBE;
				case REPORT -> StreamOperation.ACKNOWLEDGE;
			});
			byte[] body = this.bodies.read(request);
			if (body.length > 0) {
				requireJson(request);
			}
			SubscriptionRequest wanted = new SubscriptionRequest(request.method(), path,
					request.header("Authorization"), body, url(request), new Permission(access));
			return this.subscriptions.handle(wanted)
				.thenApply(SubscriptionHandler::translate)
				.exceptionally(this::failed);
		}
		catch (RefusedException ex) {
			return CompletableFuture.completedFuture(ex.refusal);
		}
	}

	private static void require(Access access, String path, StreamOperation operation) {
		ProtocolResponse refusal = access.refusal(path, EnumSet.of(operation));
		if (refusal != null) {
			throw new RefusedException(refusal);
		}
	}

	private void requireJson(ProtocolRequest request) {
		String contentType = request.header("Content-Type");
		MediaType type = (contentType == null || contentType.isBlank()) ? null : MediaType.parse(contentType);
		if (type == null || !type.isJson()) {
			// A page of another origin may send other types without being asked.
			throw new RefusedException(ProtocolResponse.problem(415, "The Content-Type must be application/json"));
		}
		ProtocolResponse refusal = this.bodies.refusal(request, type);
		if (refusal != null) {
			throw new RefusedException(refusal);
		}
	}

	/**
	 * Returns where the client sees the streams.
	 */
	private static @Nullable String url(ProtocolRequest request) {
		if (request.caller() == null) {
			return null;
		}
		try {
			URI url = URI.create(request.url().get());
			return url.getScheme() + "://" + url.getRawAuthority() + request.rawMount();
		}
		catch (IllegalArgumentException ex) {
			throw new BadRequestException("The Host header is malformed");
		}
	}

	private static ProtocolResponse translate(SubscriptionResponse response) {
		ProtocolResponse translated = ProtocolResponse.of(response.status()).body(new BytesBody(response.body()));
		response.headers().forEach(translated::header);
		return translated;
	}

	private ProtocolResponse failed(Throwable failure) {
		Throwable cause = (failure instanceof CompletionException && failure.getCause() != null) ? failure.getCause()
				: failure;
		if (cause instanceof SubscriptionStorageException && cause.getCause() != null) {
			return ProtocolHandler.failed(cause.getCause(), this.counters);
		}
		throw new CompletionException(cause);
	}

	/**
	 * Says who may do what.
	 */
	@FunctionalInterface
	interface Access {

		/**
		 * Decides.
		 * @return the refusal, or {@code null}
		 */
		@Nullable ProtocolResponse refusal(String path, Set<StreamOperation> operations);

	}

	private record Permission(Access access) implements StreamPermission {

		@Override
		public void follow(String path) {
			require(this.access, path, StreamOperation.SUBSCRIBE);
		}

		@Override
		public void wake(String path) {
			require(this.access, path, StreamOperation.APPEND);
		}

	}

	private static final class RefusedException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final transient ProtocolResponse refusal;

		RefusedException(ProtocolResponse refusal) {
			super(null, null, false, false);
			this.refusal = refusal;
		}

	}

}
