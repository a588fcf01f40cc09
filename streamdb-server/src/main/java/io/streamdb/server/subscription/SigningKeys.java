package io.streamdb.server.subscription;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The keys of webhook signatures (PROTOCOL 6.5). A new key is published before it signs,
 * so that receivers that cache the set have it by then; an old one stays published until
 * nobody can accept its signatures any more. Guarded by the lock of the subscriptions.
 */
final class SigningKeys {

	/** For how long receivers may keep the set. */
	static final Duration MAX_AGE = Duration.ofMinutes(5);

	/** How long a key is published before it signs: longer than it may be missing. */
	static final Duration ANNOUNCEMENT = MAX_AGE.multipliedBy(2);

	/**
	 * How long a key stays published that signs no more: longer than anybody accepts a
	 * signature.
	 */
	static final Duration RETENTION = Duration.ofDays(1);

	private final Duration rotation;

	private final SecureRandom random;

	/** By when they begin to sign. */
	private final List<SigningKey> keys;

	SigningKeys(Duration rotation, SecureRandom random, List<SigningKey> keys) {
		this.rotation = rotation;
		this.random = random;
		this.keys = new ArrayList<>(keys);
		this.keys.sort(Comparator.comparing(SigningKey::activeFrom));
	}

	/**
	 * Returns whether {@link #rotated} would change anything.
	 */
	boolean isDue(Instant now) {
		return this.keys.isEmpty() || !now.isBefore(newest().activeFrom().plus(this.rotation)) || isOver(0, now);
	}

	/**
	 * Returns what the keys are to be from now on.
	 */
	List<SigningKey> rotated(Instant now) {
		List<SigningKey> next = new ArrayList<>(this.keys);
		if (this.keys.isEmpty()) {
			next.add(SigningKey.generate(this.random, now));
		}
		else if (!now.isBefore(newest().activeFrom().plus(this.rotation))) {
			next.add(SigningKey.generate(this.random, now.plus(ANNOUNCEMENT)));
		}
		int over = 0;
		while (isOver(over, now)) {
			over++;
		}
		return next.subList(over, next.size());
	}

	private boolean isOver(int index, Instant now) {
		return index + 1 < this.keys.size() && now.isAfter(this.keys.get(index + 1).activeFrom().plus(RETENTION));
	}

	void replace(List<SigningKey> next) {
		List<SigningKey> copy = List.copyOf(next);
		this.keys.clear();
		this.keys.addAll(copy);
	}

	private SigningKey newest() {
		return this.keys.get(this.keys.size() - 1);
	}

	/**
	 * Returns the key that signs now.
	 */
	SigningKey active(Instant now) {
		SigningKey active = this.keys.get(0);
		for (SigningKey key : this.keys) {
			if (!key.activeFrom().isAfter(now)) {
				active = key;
			}
		}
		return active;
	}

	List<SigningKey> all() {
		return List.copyOf(this.keys);
	}

	Map<String, @Nullable Object> toJwks() {
		Map<String, @Nullable Object> set = new LinkedHashMap<>();
		set.put("keys", this.keys.stream().map(SigningKey::toJwk).toList());
		return set;
	}

}
