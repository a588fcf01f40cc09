package io.streamdb.boot.security;

import io.streamdb.server.AccessDecision;
import io.streamdb.server.AccessRequest;
import io.streamdb.server.StreamAccess;
import io.streamdb.server.StreamOperation;
import org.jspecify.annotations.Nullable;

import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationTrustResolver;
import org.springframework.security.authentication.AuthenticationTrustResolverImpl;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * {@link StreamAccess} that asks an {@link AuthorizationManager} of Spring Security (SPEC
 * S5). Who asks is in the security context, where the filters of Spring Security have put
 * it. What the manager abstains from is refused. A refusal is 401 for somebody unknown,
 * and 403 for a user.
 */
public class AuthorizationManagerStreamAccess implements StreamAccess {

	private static final String DEFAULT_CHALLENGE = "Bearer";

	private final AuthenticationTrustResolver trustResolver = new AuthenticationTrustResolverImpl();

	private final AuthorizationManager<StreamAuthorizationContext> authorizationManager;

	private final String challenge;

	private SecurityContextHolderStrategy contextHolder = SecurityContextHolder.getContextHolderStrategy();

	/**
	 * Creates an access that asks unknown users for a bearer token.
	 * @param authorizationManager decides
	 */
	public AuthorizationManagerStreamAccess(AuthorizationManager<StreamAuthorizationContext> authorizationManager) {
		this(authorizationManager, DEFAULT_CHALLENGE);
	}

	/**
	 * Creates an access.
	 * @param authorizationManager decides
	 * @param challenge the {@code WWW-Authenticate} header for unknown users
	 */
	public AuthorizationManagerStreamAccess(AuthorizationManager<StreamAuthorizationContext> authorizationManager,
			String challenge) {
		this.authorizationManager = authorizationManager;
		this.challenge = challenge;
	}

	/**
	 * Sets where the security context is found.
	 * @param strategy the strategy
	 */
	public void setSecurityContextHolderStrategy(SecurityContextHolderStrategy strategy) {
		this.contextHolder = strategy;
	}

	@Override
	public AccessDecision decide(StreamOperation operation, String stream, AccessRequest request) {
		try {
			AuthorizationResult result = this.authorizationManager.authorize(this::authentication,
					new StreamAuthorizationContext(operation, stream, request));
			return (result != null && result.isGranted()) ? AccessDecision.allow() : refusal();
		}
		catch (AccessDeniedException ex) {
			return refusal();
		}
		catch (AuthenticationException ex) {
			return AccessDecision.unauthorized(this.challenge, "Log in to use this stream");
		}
	}

	private @Nullable Authentication authentication() {
		return this.contextHolder.getContext().getAuthentication();
	}

	private AccessDecision refusal() {
		return this.trustResolver.isAuthenticated(authentication())
				? AccessDecision.deny("You may not do that with this stream")
				: AccessDecision.unauthorized(this.challenge, "Log in to use this stream");
	}

}
