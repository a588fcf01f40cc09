package io.streamdb.server.subscription;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Decides where webhooks may go (SPEC S4, PROTOCOL 6.2 and 12.8): to {@code https} at
 * public addresses. A name is judged by the addresses that it has, each time before
 * something is sent; and as {@code https} needs a certificate for the name, a name that
 * points elsewhere a moment later brings an intruder no further than the begin of a TLS
 * handshake.
 *
 * @param localAllowed whether {@code http} on this machine is a target, too
 */
record WebhookTargets(boolean localAllowed) {

	private static final int MAX_LENGTH = 2048;

	private static final Pattern LOCAL = Pattern.compile("localhost|127(\\.\\d{1,3}){3}");

	/**
	 * Reads the URL of a webhook, as far as it can be judged without asking anybody.
	 */
	URI parse(String text) {
		URI url;
		try {
			url = new URI(text);
		}
		catch (URISyntaxException ex) {
			throw SubscriptionException.targetRefused("webhook.url is not a URL: " + ex.getReason());
		}
		String host = url.getHost();
		if (text.length() > MAX_LENGTH || host == null || url.getRawUserInfo() != null
				|| url.getRawFragment() != null) {
			throw SubscriptionException.targetRefused("webhook.url must be an absolute URL of no more than "
					+ MAX_LENGTH + " characters, with a host, and without a user or a fragment");
		}
		String scheme = url.getScheme().toLowerCase(Locale.ROOT);
		if (scheme.equals("https")) {
			return url;
		}
		if (!scheme.equals("http") || !LOCAL.matcher(host.toLowerCase(Locale.ROOT)).matches()) {
			throw SubscriptionException.targetRefused("webhook.url must use https");
		}
		if (!this.localAllowed) {
			throw SubscriptionException.targetRefused("webhook.url must use https. Webhooks on this machine are for"
					+ " development, and this server does not allow them");
		}
		return url;
	}

	/**
	 * Says why a webhook must not be sent to the addresses of its host.
	 * @param url what {@link #parse} has returned
	 * @param addresses the addresses of its host
	 * @return the objection, or {@code null}
	 */
	@Nullable String objection(URI url, InetAddress[] addresses) {
		boolean local = url.getScheme().equalsIgnoreCase("http");
		for (InetAddress address : addresses) {
			if (local ? !address.isLoopbackAddress() : !isPublic(address)) {
				return "webhook.url must not lead to private, local or reserved addresses, and " + url.getHost()
						+ " does";
			}
		}
		return null;
	}

	/**
	 * Returns whether an address is one of the public internet. An IPv4 address within an
	 * IPv6 address is one of IPv4 to Java, where it is only mapped; those that are
	 * translated on the way are not public here.
	 */
	static boolean isPublic(InetAddress address) {
		byte[] bytes = address.getAddress();
		return (address instanceof Inet4Address) ? isPublic4(bytes[0] & 0xFF, bytes[1] & 0xFF, bytes[2] & 0xFF)
				: isPublic6(group(bytes, 0), group(bytes, 1));
	}

	private static int group(byte[] bytes, int index) {
		return (bytes[2 * index] & 0xFF) << 8 | (bytes[2 * index + 1] & 0xFF);
	}

	/**
	 * Follows the IANA registry of special-purpose IPv4 addresses.
	 */
	private static boolean isPublic4(int first, int second, int third) {
		return switch (first) {
			case 0, 10, 127 -> false;
			case 100 -> second < 64 || second > 127;
			case 169 -> second != 254;
			case 172 -> second < 16 || second > 31;
			case 192 -> second != 168 && !(second == 0 && (third == 0 || third == 2)) && !(second == 88 && third == 99);
			case 198 -> second != 18 && second != 19 && !(second == 51 && third == 100);
			case 203 -> !(second == 0 && third == 113);
			default -> first < 224;
		};
	}

	/**
	 * Follows the IANA registry of special-purpose IPv6 addresses: of the global unicast
	 * addresses (2000::/3) all but protocol assignments (2001::/23), documentation
	 * (2001:db8::/32, 3fff::/20) and 6to4 (2002::/16).
	 */
	private static boolean isPublic6(int first, int second) {
		if (first < 0x2000 || first > 0x3FFF) {
			return false;
		}
		if (first == 0x2001) {
			return second >= 0x200 && second != 0xDB8;
		}
		return first != 0x2002 && !(first == 0x3FFF && second < 0x1000);
	}

}
