package io.streamdb.client;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Where a stream is, and what the application adds to each request to it: turns a
 * {@link StreamRequest} into a {@link TransportRequest}.
 */
final class StreamEndpoint {

	private static final Set<String> OWN_PARAMETERS = Set.of(ProtocolNames.OFFSET, ProtocolNames.LIVE,
			ProtocolNames.CURSOR);

	private static final Set<String> OWN_HEADERS = Set.of("content-type", "content-length", "transfer-encoding", "host",
			"connection", "expect", "upgrade", "stream-seq", "stream-ttl", "stream-expires-at", "stream-closed",
			"producer-id", "producer-epoch", "producer-seq");

	private final URI url;

	private final String base;

	private final List<Parameter> fixedParameters;

	private final Map<String, Supplier<String>> headers;

	private final Map<String, Supplier<String>> parameters;

	private final @Nullable String basicCredentials;

	StreamEndpoint(URI url, @Nullable URI shownUrl, Map<String, Supplier<String>> headers,
			Map<String, Supplier<String>> parameters) {
		this.base = base(url);
		this.url = (shownUrl != null) ? shownUrl : URI.create(this.base);
		this.fixedParameters = fixedParameters(this.url, url.getRawQuery(), parameters);
		this.headers = Map.copyOf(headers);
		this.parameters = Map.copyOf(parameters);
		this.basicCredentials = (hasHeader(headers, ProtocolNames.AUTHORIZATION)) ? null : basicCredentials(url);
	}

	/**
	 * Returns the URL that may be shown: what was set for it, else the one that is asked,
	 * with no user information and no query.
	 * @return the URL
	 */
	URI url() {
		return this.url;
	}

	/**
	 * Returns whether asking again may give other headers or parameters.
	 * @return whether there are suppliers
	 */
	boolean hasSuppliers() {
		return !this.headers.isEmpty() || !this.parameters.isEmpty();
	}

	/**
	 * Evaluates the suppliers and makes the request.
	 * @param request what to ask
	 * @return the request for the transport
	 * @throws SupplierFailedException when a supplier threw or gave nothing usable
	 */
	TransportRequest toTransportRequest(StreamRequest request) {
		Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		if (this.basicCredentials != null) {
			headers.put(ProtocolNames.AUTHORIZATION, this.basicCredentials);
		}
		this.headers.forEach((name, value) -> headers.put(name, headerValue(name, value)));
		headers.putAll(request.headers());
		List<Parameter> parameters = new ArrayList<>(this.fixedParameters);
		this.parameters.forEach((name, value) -> parameters.add(Parameter.of(name, ask("parameter", name, value))));
		request.parameters().forEach((name, value) -> parameters.add(Parameter.of(name, value)));
		parameters.sort(Comparator.comparing(Parameter::name));
		StringBuilder uri = new StringBuilder(this.base);
		char separator = '?';
		for (Parameter parameter : parameters) {
			uri.append(separator).append(parameter.encoded());
			separator = '&';
		}
		return new TransportRequest(request.method(), URI.create(uri.toString()), headers, request.body(),
				request.live() ? null : request.timeout());
	}

	private static String headerValue(String name, Supplier<String> supplier) {
		String value = ask("header", name, supplier);
		if (value.chars().anyMatch((c) -> (c < ' ' && c != '\t') || c == 127 || c > 255)) {
			// Without the value, which may be a secret.
			throw new SupplierFailedException("The supplier of header '" + name
					+ "' returned a value with a control character or one beyond Latin-1; a header cannot carry it",
					null);
		}
		return value;
	}

	private static String ask(String kind, String name, Supplier<String> supplier) {
		@Nullable String value;
		try {
			value = supplier.get();
		}
		catch (RuntimeException ex) {
			throw new SupplierFailedException("The supplier of " + kind + " '" + name + "' failed: " + ex, ex);
		}
		if (value == null) {
			throw new SupplierFailedException(
					"The supplier of " + kind + " '" + name + "' returned null; it must return a value", null);
		}
		return value;
	}

	static void checkHeaderName(String name) {
		if (name.isEmpty() || !name.chars().allMatch(StreamEndpoint::isTokenCharacter)) {
			throw new IllegalArgumentException("'" + name + "' is not a header name");
		}
		if (OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
			throw new IllegalArgumentException(
					"The header '" + name + "' is set by the client itself and cannot be added");
		}
	}

	static void checkParameterName(String name) {
		if (name.isEmpty()) {
			throw new IllegalArgumentException("A query parameter needs a name");
		}
		if (OWN_PARAMETERS.contains(name)) {
			throw new IllegalArgumentException(
					"The query parameter '" + name + "' is set by the client itself and cannot be added");
		}
	}

	private static boolean isTokenCharacter(int c) {
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
				|| "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
	}

	private static String base(URI url) {
		String scheme = (url.getScheme() != null) ? url.getScheme().toLowerCase(Locale.ROOT) : "";
		if (!scheme.equals("http") && !scheme.equals("https")) {
			throw invalid(url, url.getScheme() == null ? "it is not absolute" : "its scheme is '" + scheme + "'");
		}
		if (url.isOpaque() || url.getHost() == null) {
			throw invalid(url, "it has no valid host");
		}
		if (url.getRawFragment() != null) {
			throw invalid(url, "it has a fragment ('#'), which is never sent");
		}
		String port = (url.getPort() < 0) ? "" : ":" + url.getPort();
		String path = (url.getRawPath() == null || url.getRawPath().isEmpty()) ? "/" : url.getRawPath();
		return URI.create(scheme + "://" + url.getHost() + port + path).toASCIIString();
	}

	private static IllegalArgumentException invalid(URI url, String what) {
		return new IllegalArgumentException("The stream URL '" + withoutSecrets(url) + "' cannot be used: " + what
				+ ". A stream URL looks like https://streams.example.com/v1/stream/board");
	}

	private static String withoutSecrets(URI url) {
		String text = url.toString();
		int query = text.indexOf('?');
		text = (query < 0) ? text : text.substring(0, query);
		return text.replaceFirst("//[^/@]*@", "//");
	}

	private static List<Parameter> fixedParameters(URI url, @Nullable String query,
			Map<String, Supplier<String>> supplied) {
		List<Parameter> parameters = new ArrayList<>();
		for (String part : ((query != null) ? query : "").split("&")) {
			if (part.isEmpty()) {
				continue;
			}
			int equals = part.indexOf('=');
			String name = (equals < 0) ? part : part.substring(0, equals);
			if (OWN_PARAMETERS.contains(name)) {
				throw new IllegalArgumentException("The query of the stream URL '" + url + "' has the parameter '"
						+ name + "', which the client sets itself: remove it");
			}
			if (supplied.containsKey(name)) {
				throw new IllegalArgumentException("The query parameter '" + name + "' is both in the stream URL '"
						+ url + "' and added with a supplier: remove one of them");
			}
			parameters.add(new Parameter(name, part));
		}
		return List.copyOf(parameters);
	}

	private static boolean hasHeader(Map<String, ?> headers, String name) {
		return headers.keySet().stream().anyMatch(name::equalsIgnoreCase);
	}

	private static @Nullable String basicCredentials(URI url) {
		String userInfo = url.getUserInfo();
		if (userInfo == null) {
			return null;
		}
		return "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
	}

	private record Parameter(String name, String encoded) {

		static Parameter of(String name, String value) {
			return new Parameter(name, encode(name) + "=" + encode(value));
		}

		private static String encode(String text) {
			return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
		}

	}

}
