package io.streamdb.server.subscription;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

/**
 * Which subscriptions follow which streams. Each stream that somebody follows has one
 * callback, as a live reader has; what is appended meanwhile is seen together. Guarded by
 * the lock of the subscriptions.
 */
final class StreamLinks {

	private static final Logger logger = LoggerFactory.getLogger(StreamLinks.class);

	private static final String RESERVED = "__ds/";

	/** How long streams wait to be followed after others have gone, at least. */
	private static final Duration COMPLETION_DELAY = Duration.ofSeconds(1);

	private final ReentrantLock lock;

	private final StreamStore store;

	private final SubscriptionTimer timer;

	private final Collection<Subscription> subscriptions;

	private final int maxLinks;

	private final SubscriptionCounters counters;

	private final Consumer<Subscription> news;

	private final Map<String, Followed> followed = new HashMap<>();

	private int count;

	private boolean completing;

	private boolean closed;

	/**
	 * Creates an index without links.
	 * @param subscriptions all subscriptions
	 * @param news told of a subscription for which a stream may have brought something
	 */
	StreamLinks(ReentrantLock lock, StreamStore store, SubscriptionTimer timer, Collection<Subscription> subscriptions,
			int maxLinks, SubscriptionCounters counters, Consumer<Subscription> news) {
		this.lock = lock;
		this.store = store;
		this.timer = timer;
		this.subscriptions = subscriptions;
		this.maxLinks = maxLinks;
		this.counters = counters;
		this.news = news;
	}

	int count() {
		return this.count;
	}

	/**
	 * Returns how many links there may be besides those that there are.
	 */
	int room() {
		return this.maxLinks - this.count;
	}

	/**
	 * Returns the stream of a path as long as clients see it.
	 */
	@Nullable StreamLog serving(String path) {
		StreamLog log = this.store.find(path);
		return (log != null && !log.head().gone()) ? log : null;
	}

	/**
	 * Returns the paths of all streams that a pattern can match.
	 */
	List<String> paths() {
		return this.store.paths().stream().filter((path) -> !path.startsWith(RESERVED)).toList();
	}

	/**
	 * Adds a link to a subscription.
	 */
	void add(Subscription subscription, Link link) {
		if (subscription.links.put(link.path, link) == null) {
			this.count++;
		}
		index(subscription, link);
	}

	/**
	 * Counts the links that a subscription has had before this process.
	 */
	void addRecovered(Subscription subscription) {
		this.count += subscription.links.size();
		for (Link link : List.copyOf(subscription.links.values())) {
			index(subscription, link);
			if (link.acked == null && !link.explicit) {
				remove(subscription, link.path);
			}
		}
		complete(subscription);
	}

	private void index(Subscription subscription, Link link) {
		Followed stream = this.followed.computeIfAbsent(link.path, Followed::new);
		stream.subscriptions.add(subscription);
		watch(stream);
		refresh(subscription, link);
	}

	void remove(Subscription subscription, String path) {
		if (subscription.links.remove(path) == null) {
			return;
		}
		subscription.pending.remove(path);
		this.count--;
		Followed stream = this.followed.get(path);
		if (stream != null) {
			stream.subscriptions.remove(subscription);
			if (stream.subscriptions.isEmpty()) {
				this.followed.remove(path);
				stream.leave();
			}
		}
		completeLater();
	}

	void removeAll(Subscription subscription) {
		List.copyOf(subscription.links.keySet()).forEach((path) -> remove(subscription, path));
	}

	/**
	 * Brings a link up to the stream as it is now. Of a stream that is there for the
	 * first time, or again, all is to be worked off.
	 */
	void refresh(Subscription subscription, Link link) {
		StreamLog log = serving(link.path);
		if (log == null) {
			link.acked = null;
			subscription.pending.remove(link.path);
			return;
		}
		if (link.acked == null || link.acked.incarnation() != log.incarnation()) {
			link.acked = log.offset(0);
		}
		if (log.head().tail() > link.acked.position()) {
			subscription.pending.add(link.path);
		}
		else {
			subscription.pending.remove(link.path);
		}
	}

	void refreshAll(Subscription subscription) {
		subscription.links.values().forEach((link) -> refresh(subscription, link));
	}

	/**
	 * Takes note that a stream is there.
	 */
	void created(String path) {
		if (path.startsWith(RESERVED) || serving(path) == null) {
			return;
		}
		this.subscriptions.forEach((subscription) -> discover(subscription, path));
		Followed stream = this.followed.get(path);
		if (stream != null) {
			synchronise(stream);
		}
	}

	private void discover(Subscription subscription, String path) {
		if (!subscription.matches(path)) {
			return;
		}
		Link existing = subscription.links.get(path);
		if (existing != null) {
			existing.glob = true;
			return;
		}
		if (room() <= 0) {
			this.counters.refusedLinks.increment();
			if (!subscription.incomplete) {
				logger.warn("The subscriptions follow their limit of {} streams: the subscription {} follows {} and"
						+ " others later, when some have gone", this.maxLinks, subscription.id, path);
			}
			subscription.incomplete = true;
			return;
		}
		Link link = new Link(path);
		link.glob = true;
		add(subscription, link);
	}

	/**
	 * Adds the streams that a pattern matches and that are not followed yet.
	 */
	private void complete(Subscription subscription) {
		subscription.incomplete = false;
		if (subscription.pattern == null) {
			return;
		}
		for (String path : paths()) {
			if (serving(path) != null) {
				discover(subscription, path);
			}
		}
	}

	private void completeLater() {
		if (!this.completing && this.subscriptions.stream().anyMatch((subscription) -> subscription.incomplete)) {
			this.completing = true;
			this.timer.schedule(this::completeAll, COMPLETION_DELAY);
		}
	}

	private void completeAll() {
		this.lock.lock();
		try {
			this.completing = false;
			if (this.closed) {
				return;
			}
			List<Subscription> incomplete = this.subscriptions.stream()
				.filter((subscription) -> subscription.incomplete)
				.toList();
			incomplete.forEach(this::complete);
			incomplete.forEach(this.news);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void watch(Followed stream) {
		StreamLog log = serving(stream.path);
		if (log != stream.log) {
			stream.leave();
			stream.log = log;
		}
		if (log != null && stream.registration == null) {
			LogHead seen = log.head();
			stream.registration = log.onChange(seen, () -> changed(stream, log));
		}
	}

	private void changed(Followed stream, StreamLog log) {
		this.lock.lock();
		try {
			if (this.followed.get(stream.path) == stream && stream.log == log) {
				stream.registration = null;
				synchronise(stream);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Brings all links to a stream up to it. A stream that was deleted is followed on
	 * where it was named.
	 */
	private void synchronise(Followed stream) {
		watch(stream);
		for (Subscription subscription : List.copyOf(stream.subscriptions)) {
			Link link = subscription.links.get(stream.path);
			if (link == null) {
				continue;
			}
			refresh(subscription, link);
			if (stream.log == null && !link.explicit) {
				remove(subscription, stream.path);
			}
			this.news.accept(subscription);
		}
	}

	void close() {
		this.closed = true;
		this.followed.values().forEach(Followed::leave);
		this.followed.clear();
	}

	/**
	 * A stream that somebody follows, whether or not it is there.
	 */
	private static final class Followed {

		private final String path;

		private final Set<Subscription> subscriptions = new LinkedHashSet<>();

		private @Nullable StreamLog log;

		private StreamLog.@Nullable ChangeRegistration registration;

		Followed(String path) {
			this.path = path;
		}

		void leave() {
			if (this.registration != null) {
				this.registration.cancel();
				this.registration = null;
			}
			this.log = null;
		}

	}

}
