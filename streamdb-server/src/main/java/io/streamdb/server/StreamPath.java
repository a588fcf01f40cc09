package io.streamdb.server;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Turns the path of a request into the path of a stream, once and before anybody decides
 * anything by it (SPEC S5). What two readers could understand differently is refused: dot
 * segments, empty segments, encoded separators, path parameters, control characters.
 */
final class StreamPath {

	private static final String RESERVED = "__ds";

	private static final int MAX_LENGTH = 1024;

	private static final Pattern ENCODED_SLASH = Pattern.compile("%2f", Pattern.CASE_INSENSITIVE);

	private StreamPath() {
	}

	/**
	 * Normalises a path.
	 * @param rawPath the path as it was sent, percent-encoded, from the web server's root
	 * @param rawMount the path that the streams are served under, percent-encoded; empty
	 * for the root
	 * @return the stream's path, without a slash at its begin; empty for the mount itself
	 * @throws BadRequestException when the path is not acceptable
	 */
	static String normalise(String rawPath, String rawMount) {
		List<String> segments = segments(rawPath);
		List<String> mount = segments(rawMount);
		if (segments.size() == mount.size() + 1 && segments.get(mount.size()).isEmpty()) {
			segments.remove(mount.size());
		}
		if (segments.contains("")) {
			throw new BadRequestException("The path has an empty segment");
		}
		if (segments.size() < mount.size() || !segments.subList(0, mount.size()).equals(mount)) {
			throw new BadRequestException("The path must be written in its plain form");
		}
		return joined(segments.subList(mount.size(), segments.size()));
	}

	private static String joined(List<String> segments) {
		String path = String.join("/", segments);
		if (path.length() > MAX_LENGTH) {
			throw new BadRequestException("The stream's path is longer than " + MAX_LENGTH + " characters");
		}
		return path;
	}

	/**
	 * Normalises a path of the protocol's own APIs: as any other, but an encoded slash in
	 * it is a slash, since the last part may be the path of a stream (PROTOCOL 6.4).
	 * @return the path, or {@code null} when it does not belong to those APIs
	 */
	static @Nullable String normaliseReserved(String rawPath, String rawMount) {
		String mount = rawMount + "/" + RESERVED + "/";
		return rawPath.startsWith(mount) ? normalise(rawMount + "/" + RESERVED + "/"
				+ ENCODED_SLASH.matcher(rawPath.substring(mount.length())).replaceAll("/"), rawMount) : null;
	}

	/**
	 * Returns whether a text is the path of a stream as {@link #normalise} returns it.
	 */
	static boolean isStream(String path) {
		try {
			return !path.isEmpty() && normalise("/" + PercentEncoding.encodePath(path), "").equals(path)
					&& !isReserved(path);
		}
		catch (BadRequestException ex) {
			return false;
		}
	}

	/**
	 * Returns whether a path belongs to the protocol's own APIs (PROTOCOL 6).
	 */
	static boolean isReserved(String path) {
		return path.equals(RESERVED) || path.startsWith(RESERVED + "/");
	}

	private static List<String> segments(String rawPath) {
		List<String> segments = new ArrayList<>();
		if (rawPath.isEmpty()) {
			return segments;
		}
		if (rawPath.charAt(0) != '/') {
			throw new BadRequestException("The path must begin with a slash");
		}
		for (String segment : rawPath.substring(1).split("/", -1)) {
			segments.add(segment(segment));
		}
		return segments;
	}

	private static String segment(String raw) {
		if (raw.indexOf(';') >= 0) {
			throw new BadRequestException("The path must not have parameters (;)");
		}
		String segment = PercentEncoding.decode(raw);
		if (segment.equals(".") || segment.equals("..")) {
			throw new BadRequestException("The path must not have dot segments");
		}
		for (int i = 0; i < segment.length(); i++) {
			char character = segment.charAt(i);
			if (character == '/' || character == '\\' || Character.isISOControl(character)) {
				throw new BadRequestException("A segment of the path must not have slashes or control characters");
			}
		}
		return segment;
	}

}
