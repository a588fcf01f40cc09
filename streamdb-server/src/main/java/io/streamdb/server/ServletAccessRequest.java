package io.streamdb.server;

import java.security.Principal;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a servlet request.
 */
final class ServletAccessRequest implements AccessRequest {

	private final HttpServletRequest request;

	ServletAccessRequest(HttpServletRequest request) {
		this.request = request;
	}

	@Override
	public String remoteAddress() {
		return this.request.getRemoteAddr();
	}

	@Override
	public boolean secure() {
		return this.request.isSecure();
	}

	@Override
	public List<String> headers(String name) {
		return Collections.list(this.request.getHeaders(name));
	}

	@Override
	public Collection<String> headerNames() {
		return Collections.list(this.request.getHeaderNames());
	}

	@Override
	public @Nullable Principal principal() {
		return this.request.getUserPrincipal();
	}

	@Override
	public boolean isInRole(String role) {
		return this.request.isUserInRole(role);
	}

}
