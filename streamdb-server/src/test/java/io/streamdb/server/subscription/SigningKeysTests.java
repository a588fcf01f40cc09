package io.streamdb.server.subscription;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.Spec;

import static org.assertj.core.api.Assertions.assertThat;

class SigningKeysTests {

	private static final Duration ROTATION = Duration.ofDays(30);

	private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

	private final SigningKeys keys = new SigningKeys(ROTATION, new SecureRandom(), List.of());

	private Instant now = Instant.parse("2026-11-24T00:00:00Z");

	@Test
	void theFirstKeySignsAtOnce() {
		rotateIfDue();
		assertThat(verifies(sign(), BODY)).isTrue();
		assertThat(verifies(sign(), "{\"a\":2}".getBytes(StandardCharsets.UTF_8))).isFalse();
		assertThat(verifies(sign().replace("t=1", "t=2"), BODY)).isFalse();
		assertThat(jwks().path("keys")).singleElement().satisfies((jwk) -> {
			assertThat(jwk.path("kty").asString()).isEqualTo("OKP");
			assertThat(jwk.path("crv").asString()).isEqualTo("Ed25519");
			assertThat(jwk.path("alg").asString()).isEqualTo("EdDSA");
			assertThat(jwk.path("use").asString()).isEqualTo("sig");
			assertThat(jwk.path("kid").asString()).startsWith("ds_");
			assertThat(jwk.propertyNames()).doesNotContain("d", "private");
		});
	}

	@Test
	@Spec("S4.3")
	void aNewKeyIsPublishedBeforeItSignsAndTheOldOneUntilNobodyTakesItsSignatures() {
		rotateIfDue();
		String first = sign();
		pass(ROTATION.minusSeconds(1));
		assertThat(Signatures.keyId(sign())).isEqualTo(Signatures.keyId(first));
		assertThat(jwks().path("keys").size()).isEqualTo(1);
		pass(Duration.ofSeconds(1));
		assertThat(jwks().path("keys").size()).as("announced").isEqualTo(2);
		assertThat(Signatures.keyId(sign())).isEqualTo(Signatures.keyId(first));
		JsonNode cached = jwks();
		pass(SigningKeys.ANNOUNCEMENT);
		String second = sign();
		assertThat(Signatures.keyId(second)).isNotEqualTo(Signatures.keyId(first));
		assertThat(Signatures.verify(cached, second, BODY)).as("a set that was read before").isTrue();
		pass(SigningKeys.RETENTION);
		assertThat(verifies(first, BODY)).as("still published").isTrue();
		pass(Duration.ofSeconds(1));
		assertThat(verifies(first, BODY)).isFalse();
		assertThat(verifies(second, BODY)).isTrue();
	}

	@Test
	void keysAreTheSameAfterTheyWereStored() {
		rotateIfDue();
		String signature = sign();
		List<SigningKey> stored = this.keys.all()
			.stream()
			.map((key) -> SigningKey.fromJson(JsonObject.parse(Json.write(key.toJson()))))
			.toList();
		SigningKeys again = new SigningKeys(ROTATION, new SecureRandom(), stored);
		assertThat(again.isDue(this.now)).isFalse();
		assertThat(again.active(this.now).sign(this.now, BODY)).isEqualTo(signature);
		assertThat(again.toJwks()).isEqualTo(this.keys.toJwks());
	}

	private void pass(Duration duration) {
		this.now = this.now.plus(duration);
		rotateIfDue();
	}

	private void rotateIfDue() {
		if (this.keys.isDue(this.now)) {
			this.keys.replace(this.keys.rotated(this.now));
		}
	}

	private String sign() {
		return this.keys.active(this.now).sign(this.now, BODY);
	}

	private boolean verifies(String header, byte[] body) {
		return Signatures.verify(jwks(), header, body);
	}

	private JsonNode jwks() {
		return JsonMapper.shared().readTree(Json.write(this.keys.toJwks()));
	}

}
