package io.streamdb.server.subscription;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.jspecify.annotations.Nullable;

/**
 * The tokens by which workers report on a wake (PROTOCOL 12.9): JSON web tokens signed
 * with HMAC-SHA256, each good for one wake of one subscription. They outlive the process
 * as far as the secret does. Safe for use by many threads.
 */
final class WakeTokens {

	/**
	 * For how long a wake may be worked on. The lease ends it much earlier when the
	 * worker is silent.
	 */
	static final Duration LIFETIME = Duration.ofDays(1);

	private static final int MAX_LENGTH = 4096;

	private static final String ALGORITHM = "HmacSHA256";

	private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

	private static final String HEADER = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));

	private final SecretKeySpec secret;

	private final Clock clock;

	WakeTokens(byte[] secret, Clock clock) {
		this.secret = new SecretKeySpec(secret, ALGORITHM);
		this.clock = clock;
	}

	String issue(String subscription, Wake wake) {
		Map<String, @Nullable Object> claims = new LinkedHashMap<>();
		claims.put("sub", subscription);
		claims.put("wake_id", wake.id());
		claims.put("generation", wake.generation());
		claims.put("exp", this.clock.instant().plus(LIFETIME).getEpochSecond());
		String signed = HEADER + "." + encode(Json.write(claims));
		return signed + "." + signature(signed);
	}

	/**
	 * Reads a token that a client has sent.
	 * @param token the token
	 * @param subscription the subscription that it must be for
	 * @return the wake that it is for
	 */
	Wake verify(String token, String subscription) {
		int end = token.lastIndexOf('.');
		if (token.length() > MAX_LENGTH || end < 0 || !token.startsWith(HEADER + ".")) {
			throw SubscriptionException.tokenInvalid("The token is none of this server");
		}
		byte[] expected = signature(token.substring(0, end)).getBytes(StandardCharsets.UTF_8);
		if (!MessageDigest.isEqual(expected, token.substring(end + 1).getBytes(StandardCharsets.UTF_8))) {
			throw SubscriptionException.tokenInvalid("The token is none of this server");
		}
		// What this server has signed it has also written.
		JsonObject claims = JsonObject.parse(Base64.getUrlDecoder().decode(token.substring(HEADER.length() + 1, end)));
		if (!subscription.equals(claims.string("sub"))) {
			throw SubscriptionException.tokenInvalid("The token is for another subscription");
		}
		if (this.clock.instant().getEpochSecond() >= claims.requiredInteger("exp")) {
			throw SubscriptionException.tokenExpired();
		}
		return new Wake(claims.requiredString("wake_id", "wake_id is missing"), claims.requiredInteger("generation"));
	}

	private String signature(String text) {
		try {
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(this.secret);
			return encode(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
		}
		catch (NoSuchAlgorithmException | InvalidKeyException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String encode(byte[] bytes) {
		return ENCODER.encodeToString(bytes);
	}

}
