package io.streamdb.server.subscription;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

import org.junit.jupiter.api.Test;

import io.streamdb.Spec;
import io.streamdb.server.store.MutableClock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class WakeTokensTests {

	private static final Wake WAKE = new Wake("w_1", 7);

	private final MutableClock clock = new MutableClock();

	private final WakeTokens tokens = new WakeTokens(new byte[32], this.clock);

	@Test
	void tokenSaysWhichWakeItIsFor() {
		String token = this.tokens.issue("sub", WAKE);
		assertThat(this.tokens.verify(token, "sub")).isEqualTo(WAKE);
		assertThat(new WakeTokens(new byte[32], this.clock).verify(token, "sub")).as("after a restart").isEqualTo(WAKE);
	}

	@Test
	void tokenIsForOneSubscription() {
		String token = this.tokens.issue("sub", WAKE);
		refused("TOKEN_INVALID", token, "other");
	}

	@Test
	void tokenExpires() {
		String token = this.tokens.issue("sub", WAKE);
		this.clock.advance(WakeTokens.LIFETIME.minus(Duration.ofSeconds(1)));
		assertThat(this.tokens.verify(token, "sub")).isEqualTo(WAKE);
		this.clock.advance(Duration.ofSeconds(1));
		refused("TOKEN_EXPIRED", token, "sub");
	}

	@Test
	@Spec("S4.7")
	void noOtherTokenIsTaken() {
		String token = this.tokens.issue("sub", WAKE);
		byte[] secret = new byte[32];
		secret[31] = 1;
		refused("TOKEN_INVALID", new WakeTokens(secret, this.clock).issue("sub", WAKE), "sub");
		String[] parts = token.split("\\.");
		String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
		String forged = encode(claims.replace("7", "8"));
		refused("TOKEN_INVALID", parts[0] + "." + forged + "." + parts[2], "sub");
		String none = encode("{\"alg\":\"none\",\"typ\":\"JWT\"}");
		for (String other : new String[] { "", ".", "..", "a.b.c", token + "x", token.substring(1),
				token.substring(0, token.length() - 1), parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1],
				none + "." + parts[1] + ".", none + "." + parts[1] + "." + parts[2], parts[0] + ".." + parts[2],
				"x".repeat(100_000) }) {
			refused("TOKEN_INVALID", other, "sub");
		}
		for (int i = 0; i < token.length(); i++) {
			char changed = (token.charAt(i) == 'A') ? 'B' : 'A';
			refused("TOKEN_INVALID", token.substring(0, i) + changed + token.substring(i + 1), "sub");
		}
	}

	private static String encode(String text) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
	}

	private void refused(String code, String token, String subscription) {
		assertThatExceptionOfType(SubscriptionException.class).isThrownBy(() -> this.tokens.verify(token, subscription))
			.satisfies((refusal) -> {
				assertThat(refusal.code()).isEqualTo(code);
				assertThat(refusal.status()).isEqualTo(401);
			});
	}

}
