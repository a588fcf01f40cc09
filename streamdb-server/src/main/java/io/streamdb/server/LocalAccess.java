package io.streamdb.server;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Serves this machine only. A loopback peer alone would prove little: a proxy on this
 * machine has one too, and so has the browser of somebody who works at it, whatever page
 * it shows. Hence the other conditions.
 */
final class LocalAccess implements StreamAccess {

	private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F.:]+(%[\\w.-]+)?");

	private static final Pattern LOCAL_HOST = Pattern.compile(
			"(localhost|127\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){2}|\\[::1])(:\\d{1,5})?",
			Pattern.CASE_INSENSITIVE);

	/** What proxies and content delivery networks add, in lower case. */
	private static final Set<String> FORWARDING = Set.of("forwarded", "via", "cdn-loop", "x-forwarded", "x-real-ip",
			"x-client-ip", "x-cluster-client-ip", "cf-connecting-ip", "true-client-ip");

	private static final String REMEDY = "Without a StreamAccess this stream server serves only its own machine. "
			+ "To serve others, give it one that decides who may do what.";

	@Override
	public AccessDecision decide(StreamOperation operation, String stream, AccessRequest request) {
		String objection = objection(request);
		return (objection == null) ? AccessDecision.allow() : AccessDecision.deny(objection + ". " + REMEDY);
	}

	private static @Nullable String objection(AccessRequest request) {
		if (!isLoopback(request.remoteAddress())) {
			return "The peer " + request.remoteAddress() + " is not on this machine";
		}
		List<String> hosts = request.headers("Host");
		if (hosts.size() != 1 || !LOCAL_HOST.matcher(hosts.get(0)).matches()) {
			return "The Host header is not a local name";
		}
		for (String origin : request.headers("Origin")) {
			if (!isLocalOrigin(origin)) {
				return "The Origin is not local";
			}
		}
		for (String name : request.headerNames()) {
			if (isForwarding(name.toLowerCase(Locale.ROOT))) {
				return "The header " + name + " says that a proxy forwarded the request";
			}
		}
		return null;
	}

	private static boolean isLoopback(String address) {
		// Only texts that are addresses: nothing here may ask a name server.
		if (!ADDRESS.matcher(address).matches()) {
			return false;
		}
		try {
			return InetAddress.getByName(address).isLoopbackAddress();
		}
		catch (UnknownHostException ex) {
			return false;
		}
	}

	static boolean isLocalOrigin(String origin) {
		try {
			URI uri = new URI(origin);
			return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getRawAuthority() != null
					&& LOCAL_HOST.matcher(uri.getRawAuthority()).matches() && uri.getRawPath().isEmpty();
		}
		catch (URISyntaxException ex) {
			return false;
		}
	}

	private static boolean isForwarding(String name) {
		return FORWARDING.contains(name) || name.startsWith("x-forwarded-") || name.startsWith("x-original-");
	}

}
