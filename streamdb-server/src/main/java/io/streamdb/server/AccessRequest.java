package io.streamdb.server;

import java.security.Principal;
import java.util.Collection;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Who asks: the facts of an HTTP request that an access decision may rest on.
 */
public interface AccessRequest {

	/**
	 * Returns the address of the peer, as the web server tells it.
	 * @return the textual IP address
	 */
	String remoteAddress();

	/**
	 * Returns whether the request came over a secure channel.
	 * @return whether it is secure
	 */
	boolean secure();

	/**
	 * Returns the values of a header.
	 * @param name the header's name, in any case
	 * @return its values, none when it is absent
	 */
	List<String> headers(String name);

	/**
	 * Returns the names of all headers.
	 * @return the names, as they were sent
	 */
	Collection<String> headerNames();

	/**
	 * Returns the user that the web server or a filter has authenticated.
	 * @return the user, or {@code null} when there is none
	 */
	@Nullable Principal principal();

	/**
	 * Returns whether the authenticated user has a role.
	 * @param role the role
	 * @return whether there is a user who has it
	 */
	boolean isInRole(String role);

}
