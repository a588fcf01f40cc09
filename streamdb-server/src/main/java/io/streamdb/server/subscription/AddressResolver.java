package io.streamdb.server.subscription;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Finds the addresses of a host. May wait for a name server.
 */
@FunctionalInterface
interface AddressResolver {

	/**
	 * Finds the addresses.
	 * @param host the name or textual address
	 * @return the addresses, one at least
	 * @throws UnknownHostException when there is none
	 */
	InetAddress[] resolve(String host) throws UnknownHostException;

}
