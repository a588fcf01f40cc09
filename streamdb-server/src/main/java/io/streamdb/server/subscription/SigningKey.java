package io.streamdb.server.subscription;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A key that signs webhooks (PROTOCOL 7.1). Immutable.
 */
final class SigningKey {

	private static final String ALGORITHM = "Ed25519";

	/** The key itself, at the end of its X.509 encoding (RFC 8410). */
	private static final int PUBLIC_LENGTH = 32;

	private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

	private final String id;

	private final String publicKey;

	private final PrivateKey privateKey;

	private final Instant activeFrom;

	private SigningKey(String publicKey, PrivateKey privateKey, Instant activeFrom) {
		this.id = "ds_" + thumbprint(publicKey);
		this.publicKey = publicKey;
		this.privateKey = privateKey;
		this.activeFrom = activeFrom;
	}

	static SigningKey generate(SecureRandom random, Instant activeFrom) {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
			generator.initialize(NamedParameterSpec.ED25519, random);
			KeyPair pair = generator.generateKeyPair();
			byte[] encoded = pair.getPublic().getEncoded();
			byte[] raw = Arrays.copyOfRange(encoded, encoded.length - PUBLIC_LENGTH, encoded.length);
			return new SigningKey(ENCODER.encodeToString(raw), pair.getPrivate(), activeFrom);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static SigningKey fromJson(JsonObject json) {
		try {
			byte[] encoded = Base64.getDecoder().decode(json.requiredString("private", "private is missing"));
			PrivateKey privateKey = KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
			return new SigningKey(json.requiredString("x", "x is missing"), privateKey,
					Instant.ofEpochMilli(json.requiredInteger("active_from")));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("A key that signs webhooks cannot be read", ex);
		}
	}

	/**
	 * Returns the whole key, for the server's own storage.
	 */
	Map<String, @Nullable Object> toJson() {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("x", this.publicKey);
		json.put("private", Base64.getEncoder().encodeToString(this.privateKey.getEncoded()));
		json.put("active_from", this.activeFrom.toEpochMilli());
		return json;
	}

	/**
	 * Returns the public key as a JSON web key (PROTOCOL 6.5).
	 */
	Map<String, @Nullable Object> toJwk() {
		Map<String, @Nullable Object> jwk = new LinkedHashMap<>();
		jwk.put("kty", "OKP");
		jwk.put("crv", ALGORITHM);
		jwk.put("kid", this.id);
		jwk.put("use", "sig");
		jwk.put("alg", "EdDSA");
		jwk.put("x", this.publicKey);
		return jwk;
	}

	String id() {
		return this.id;
	}

	Instant activeFrom() {
		return this.activeFrom;
	}

	/**
	 * Returns the header {@code Webhook-Signature} of a body.
	 */
	String sign(Instant now, byte[] body) {
		long timestamp = now.getEpochSecond();
		try {
			Signature signature = Signature.getInstance(ALGORITHM);
			signature.initSign(this.privateKey);
			signature.update((timestamp + ".").getBytes(StandardCharsets.US_ASCII));
			signature.update(body);
			return "t=" + timestamp + ",kid=" + this.id + ",ed25519=" + ENCODER.encodeToString(signature.sign());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Returns the thumbprint of a JSON web key (RFC 7638).
	 */
	private static String thumbprint(String publicKey) {
		String canonical = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + publicKey + "\"}";
		try {
			return ENCODER.encodeToString(
					MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.US_ASCII)));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
