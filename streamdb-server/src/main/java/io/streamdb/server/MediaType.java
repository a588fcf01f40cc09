package io.streamdb.server;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The content type of a stream. Types match by their essence ({@code type/subtype} in any
 * case); parameters are kept for readers but do not tell streams apart.
 *
 * @param text as the client wrote it
 * @param essence the type and subtype in lower case
 */
record MediaType(String text, String essence) {

	private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

	private static final Pattern SYNTAX = Pattern.compile("\\s*(" + TOKEN + "/" + TOKEN + ")\\s*(;[\\x20-\\x7E\\t]*)?");

	private static final Pattern CHARSET = Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]*)",
			Pattern.CASE_INSENSITIVE);

	private static final int MAX_LENGTH = 255;

	static final MediaType OCTETS = new MediaType("application/octet-stream", "application/octet-stream");

	private static final MediaType JSON = new MediaType("application/json", "application/json");

	static MediaType parse(String text) {
		if (text.equals(JSON.text)) {
			return JSON;
		}
		Matcher matcher = SYNTAX.matcher(text);
		if (text.length() > MAX_LENGTH || !matcher.matches()) {
			throw new BadRequestException("The Content-Type is not a media type");
		}
		return new MediaType(text.strip(), matcher.group(1).toLowerCase(Locale.ROOT));
	}

	/**
	 * Returns whether both are of one type, whatever their parameters.
	 */
	boolean matches(MediaType other) {
		return this.essence.equals(other.essence);
	}

	boolean isJson() {
		return this.essence.equals("application/json");
	}

	/**
	 * Returns whether server-sent events carry it as it is (PROTOCOL 5.8).
	 */
	boolean isText() {
		return isJson() || this.essence.startsWith("text/");
	}

	@Nullable String charset() {
		Matcher matcher = CHARSET.matcher(this.text);
		return matcher.find() ? matcher.group(1) : null;
	}

}
