package io.streamdb.server.subscription;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import tools.jackson.databind.JsonNode;

/**
 * What a receiver of webhooks does to know who has sent them: with a public key set and
 * nothing of the server's code.
 */
public final class Signatures {

	private static final Pattern HEADER = Pattern.compile("t=(\\d+),kid=([^,]+),ed25519=([A-Za-z0-9_-]+)");

	private Signatures() {
	}

	/**
	 * Returns whether a key of the set has signed the body.
	 */
	public static boolean verify(JsonNode jwks, String header, byte[] body) {
		Matcher matcher = HEADER.matcher(header);
		if (!matcher.matches()) {
			return false;
		}
		for (JsonNode jwk : jwks.path("keys")) {
			if (jwk.path("kid").asString().equals(matcher.group(2))) {
				return verify(jwk, matcher.group(1), body, Base64.getUrlDecoder().decode(matcher.group(3)));
			}
		}
		return false;
	}

	/**
	 * Returns the id of the key that a signature names.
	 */
	public static String keyId(String header) {
		Matcher matcher = HEADER.matcher(header);
		return matcher.matches() ? matcher.group(2) : "";
	}

	private static boolean verify(JsonNode jwk, String timestamp, byte[] body, byte[] bytes) {
		try {
			Signature signature = Signature.getInstance("Ed25519");
			signature.initVerify(publicKey(Base64.getUrlDecoder().decode(jwk.path("x").asString())));
			ByteArrayOutputStream signed = new ByteArrayOutputStream();
			signed.writeBytes((timestamp + ".").getBytes(StandardCharsets.US_ASCII));
			signed.writeBytes(body);
			signature.update(signed.toByteArray());
			return signature.verify(bytes);
		}
		catch (GeneralSecurityException ex) {
			return false;
		}
	}

	/**
	 * Reads a key as RFC 8032 encodes it: little-endian, the highest bit is that of x.
	 */
	private static PublicKey publicKey(byte[] encoded) throws GeneralSecurityException {
		byte[] y = new byte[encoded.length];
		for (int i = 0; i < y.length; i++) {
			y[i] = encoded[encoded.length - 1 - i];
		}
		boolean odd = (y[0] & 0x80) != 0;
		y[0] &= 0x7F;
		return KeyFactory.getInstance("Ed25519")
			.generatePublic(
					new EdECPublicKeySpec(NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, y))));
	}

}
