package io.streamdb.server.subscription;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How a server does subscriptions (SPEC S4), once it is told to have them at all.
 *
 * @param localWebhooks whether webhooks may be {@code http} on this machine, which is
 * meant for development; all others must be {@code https} and not of a local network
 * @param url where the streams are, as receivers of webhooks see it, without a slash at
 * its end; or {@code null} to take it from the request that creates a subscription
 * @param maxSubscriptions the number of subscriptions; past it 503
 * @param maxLinks the number of streams that all subscriptions follow together; past it
 * 503, and streams that a pattern finds later wait until others go
 * @param keyRotation how long a key signs webhooks until a new one takes its place
 * @param httpClient sends the webhooks, or {@code null} for a client of the server's own,
 * which uses no proxy
 */
public record SubscriptionSettings(boolean localWebhooks, @Nullable URI url, int maxSubscriptions, int maxLinks,
		Duration keyRotation, @Nullable HttpClient httpClient) {

	private static final Duration MIN_ROTATION = Duration.ofHours(1);

	public SubscriptionSettings {
		if (maxSubscriptions <= 0 || maxLinks <= 0) {
			throw new IllegalArgumentException(
					"maxSubscriptions and maxLinks must be positive: " + maxSubscriptions + " and " + maxLinks);
		}
		if (keyRotation.compareTo(MIN_ROTATION) < 0) {
			throw new IllegalArgumentException("keyRotation must be an hour at least: " + keyRotation);
		}
		if (url != null && !isBase(url)) {
			throw new IllegalArgumentException(
					"url must be the http or https URL of the streams, without a query or a slash at its end: " + url);
		}
		if (httpClient != null && httpClient.followRedirects() != HttpClient.Redirect.NEVER) {
			throw new IllegalArgumentException("The HttpClient follows redirects (" + httpClient.followRedirects()
					+ "), which may lead a webhook into the local network: build it with Redirect.NEVER");
		}
	}

	/**
	 * Returns the defaults: no webhooks on this machine, the URL of each request, 1 000
	 * subscriptions, 100 000 streams, keys of 30 days.
	 * @return the settings
	 */
	public static SubscriptionSettings defaults() {
		return new SubscriptionSettings(false, null, 1_000, 100_000, Duration.ofDays(30), null);
	}

	private static boolean isBase(URI url) {
		return ("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null
				&& url.getRawUserInfo() == null && url.getRawQuery() == null && url.getRawFragment() == null
				&& !url.getRawPath().endsWith("/");
	}

	/**
	 * Changes whether webhooks may be on this machine.
	 * @param allowed whether they may
	 * @return settings with that value
	 */
	public SubscriptionSettings withLocalWebhooks(boolean allowed) {
		return new SubscriptionSettings(allowed, this.url, this.maxSubscriptions, this.maxLinks, this.keyRotation,
				this.httpClient);
	}

	/**
	 * Changes where the streams are.
	 * @param base the URL, or {@code null}
	 * @return settings with that value
	 */
	public SubscriptionSettings withUrl(@Nullable URI base) {
		return new SubscriptionSettings(this.localWebhooks, base, this.maxSubscriptions, this.maxLinks,
				this.keyRotation, this.httpClient);
	}

	/**
	 * Changes how many subscriptions there may be.
	 * @param subscriptions the number
	 * @return settings with that value
	 */
	public SubscriptionSettings withMaxSubscriptions(int subscriptions) {
		return new SubscriptionSettings(this.localWebhooks, this.url, subscriptions, this.maxLinks, this.keyRotation,
				this.httpClient);
	}

	/**
	 * Changes how many streams all subscriptions may follow.
	 * @param links the number
	 * @return settings with that value
	 */
	public SubscriptionSettings withMaxLinks(int links) {
		return new SubscriptionSettings(this.localWebhooks, this.url, this.maxSubscriptions, links, this.keyRotation,
				this.httpClient);
	}

	/**
	 * Changes how long a key signs.
	 * @param rotation the duration
	 * @return settings with that value
	 */
	public SubscriptionSettings withKeyRotation(Duration rotation) {
		return new SubscriptionSettings(this.localWebhooks, this.url, this.maxSubscriptions, this.maxLinks, rotation,
				this.httpClient);
	}

	/**
	 * Changes what sends the webhooks.
	 * @param client the client, which must not follow redirects
	 * @return settings with that value
	 */
	public SubscriptionSettings withHttpClient(HttpClient client) {
		return new SubscriptionSettings(this.localWebhooks, this.url, this.maxSubscriptions, this.maxLinks,
				this.keyRotation, client);
	}

}
