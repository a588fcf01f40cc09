package io.streamdb.boot.test.server;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The faults over HTTP, as the reference's test server has them: {@code POST} injects one
 * in place of all others of its path, {@code DELETE} ends all.
 */
final class FaultEndpoint {

	static final String PATH = "/_test/inject-error";

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private final FaultInjector faults;

	FaultEndpoint(FaultInjector faults) {
		this.faults = faults;
	}

	void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
		switch (request.getMethod()) {
			case "POST" -> inject(request, response);
			case "DELETE" -> {
				this.faults.clear();
				done(response);
			}
			default -> refuse(response, 405, "Only POST and DELETE");
		}
	}

	private void inject(HttpServletRequest request, HttpServletResponse response) throws IOException {
		try {
			Description description = MAPPER.readValue(request.getInputStream(), Description.class);
			if (description == null) {
				throw new IllegalArgumentException("The description of the fault is null");
			}
			this.faults.replace(description.fault());
		}
		catch (JacksonException | IllegalArgumentException ex) {
			refuse(response, 400, "Not a fault. " + ex.getMessage());
			return;
		}
		done(response);
	}

	private static void done(HttpServletResponse response) throws IOException {
		write(response, 200, "application/json", "{\"ok\":true}");
	}

	private static void refuse(HttpServletResponse response, int status, String text) throws IOException {
		write(response, status, "text/plain", text + "\n");
	}

	private static void write(HttpServletResponse response, int status, String type, String text) throws IOException {
		response.setStatus(status);
		response.setContentType(type);
		response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * A fault as the reference describes it.
	 *
	 * @param path the path of the stream's URL
	 * @param status the status
	 * @param count how often
	 * @param retryAfter seconds
	 * @param delayMs milliseconds
	 * @param jitterMs milliseconds
	 * @param dropConnection whether the connection is dropped
	 * @param truncateBodyBytes how many bytes are left of the body
	 * @param probability from 0 to 1
	 * @param method the method of the requests
	 * @param corruptBody whether the body is corrupted
	 * @param injectSseEvent an event
	 */
	private record Description(@Nullable String path, @Nullable Integer status, @Nullable Integer count,
			@Nullable Double retryAfter, @Nullable Double delayMs, @Nullable Double jitterMs,
			@Nullable Boolean dropConnection, @Nullable Long truncateBodyBytes, @Nullable Double probability,
			@Nullable String method, @Nullable Boolean corruptBody, @Nullable Event injectSseEvent) {

		Fault fault() {
			if (this.path == null || !this.path.startsWith("/")) {
				throw new IllegalArgumentException("'path' must be the path of a stream's URL");
			}
			Fault fault = Fault.onStream(URI.create(this.path).getPath().substring(1));
			if (this.count != null) {
				fault = fault.times(this.count);
			}
			if (this.method != null) {
				fault = fault.method(this.method);
			}
			if (this.probability != null) {
				fault = fault.probability(this.probability);
			}
			return withEffects(fault);
		}

		private Fault withEffects(Fault begun) {
			Fault fault = begun;
			if (this.delayMs != null) {
				fault = fault.delay(millis(this.delayMs), millis((this.jitterMs != null) ? this.jitterMs : 0));
			}
			if (this.status != null) {
				fault = fault.status(this.status);
			}
			if (this.retryAfter != null) {
				fault = fault.retryAfter(millis(this.retryAfter * 1000));
			}
			if (Boolean.TRUE.equals(this.dropConnection)) {
				fault = fault.dropConnection();
			}
			if (this.truncateBodyBytes != null) {
				fault = fault.truncateBody(this.truncateBodyBytes);
			}
			if (Boolean.TRUE.equals(this.corruptBody)) {
				fault = fault.corruptBody();
			}
			if (this.injectSseEvent != null) {
				fault = fault.sseEvent(this.injectSseEvent.eventType(), this.injectSseEvent.data());
			}
			return fault;
		}

		private static Duration millis(double value) {
			return Duration.ofMillis(Math.round(value));
		}

	}

	private record Event(String eventType, String data) {
	}

}
