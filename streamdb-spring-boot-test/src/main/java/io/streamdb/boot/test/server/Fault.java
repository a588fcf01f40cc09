package io.streamdb.boot.test.server;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with which requests, for {@link FaultInjector#inject(Fault)}:
 *
 * <pre class="code">
 * faults.inject(Fault.onStream("main").method("POST").status(503).retryAfter(Duration.ofSeconds(1)).times(2));
 * </pre>
 *
 * Unless something else is said it goes wrong once. What is said together happens
 * together: a request can be late, and then its response broken. A dropped connection
 * leaves nothing for the others, and a status nothing for what concerns the stream's own
 * response. The effects are those of the reference's test server; those that it does not
 * have say so. Immutable: every method returns another fault.
 */
public final class Fault {

	private @Nullable String path;

	private @Nullable String method;

	private int times = 1;

	private double probability = 1;

	private Duration delay = Duration.ZERO;

	private Duration jitter = Duration.ZERO;

	private boolean connectionDropped;

	private boolean responseDropped;

	private int status;

	private @Nullable Duration retryAfter;

	private long bodyLimit = -1;

	private boolean bodyCut;

	private boolean bodyCorrupted;

	private @Nullable String sseEvent;

	private Fault() {
	}

	private Fault(Fault other) {
		this.path = other.path;
		this.method = other.method;
		this.times = other.times;
		this.probability = other.probability;
		this.delay = other.delay;
		this.jitter = other.jitter;
		this.connectionDropped = other.connectionDropped;
		this.responseDropped = other.responseDropped;
		this.status = other.status;
		this.retryAfter = other.retryAfter;
		this.bodyLimit = other.bodyLimit;
		this.bodyCut = other.bodyCut;
		this.bodyCorrupted = other.bodyCorrupted;
		this.sseEvent = other.sseEvent;
	}

	/**
	 * Begins a fault of the requests to one stream.
	 * @param stream the stream's path, not encoded and without a slash at its begin
	 * @return a fault that does nothing yet
	 * @throws IllegalArgumentException when it is empty or begins with a slash
	 */
	public static Fault onStream(String stream) {
		require(!stream.isEmpty() && !stream.startsWith("/"),
				"The path of a stream is not empty and does not begin with a slash: '" + stream + "'");
		return onAnyStream().with((fault) -> fault.path = "/" + stream);
	}

	/**
	 * Begins a fault of the requests to all streams together.
	 * @return a fault that does nothing yet
	 */
	public static Fault onAnyStream() {
		return new Fault();
	}

	/**
	 * Leaves out the requests with other methods.
	 * @param name the method, such as {@code GET}
	 * @return another fault
	 */
	public Fault method(String name) {
		return with((fault) -> fault.method = name.toUpperCase(Locale.ROOT));
	}

	/**
	 * Sets how many requests meet the fault.
	 * @param count how many, at least 1
	 * @return another fault
	 * @throws IllegalArgumentException when there would be none
	 */
	public Fault times(int count) {
		require(count > 0, "A fault happens at least once, not " + count + " times");
		return with((fault) -> fault.times = count);
	}

	/**
	 * Lets the fault last until it is removed.
	 * @return another fault
	 */
	public Fault always() {
		return times(Integer.MAX_VALUE);
	}

	/**
	 * Sets by what chance a request meets the fault. Those that do not, do not count.
	 * @param chance above 0 and at most 1
	 * @return another fault
	 * @throws IllegalArgumentException when it is not
	 */
	public Fault probability(double chance) {
		require(chance > 0 && chance <= 1, "A probability is above 0 and at most 1, not " + chance);
		return with((fault) -> fault.probability = chance);
	}

	/**
	 * Holds the request up before anything else happens to it.
	 * @param duration for how long
	 * @return another fault
	 * @throws IllegalArgumentException when it is negative
	 */
	public Fault delay(Duration duration) {
		return delay(duration, Duration.ZERO);
	}

	/**
	 * Holds the request up before anything else happens to it.
	 * @param duration for how long at least
	 * @param randomly up to how much longer
	 * @return another fault
	 * @throws IllegalArgumentException when one of them is negative
	 */
	public Fault delay(Duration duration, Duration randomly) {
		require(!duration.isNegative() && !randomly.isNegative(), "A delay is not negative");
		return with((fault) -> {
			fault.delay = duration;
			fault.jitter = randomly;
		});
	}

	/**
	 * Ends the connection without an answer, before the server sees the request.
	 * @return another fault
	 */
	public Fault dropConnection() {
		return with((fault) -> fault.connectionDropped = true);
	}

	/**
	 * Ends the connection without an answer, after the server has done what was asked
	 * for: the client cannot know. The reference does not have this one.
	 * @return another fault
	 */
	public Fault dropResponse() {
		return with((fault) -> fault.responseDropped = true);
	}

	/**
	 * Answers in place of the server, which does not see the request.
	 * @param code the status, from 200 to 599
	 * @return another fault
	 * @throws IllegalArgumentException when it is no status
	 */
	public Fault status(int code) {
		require(code >= 200 && code <= 599, "A status is from 200 to 599, not " + code);
		return with((fault) -> fault.status = code);
	}

	/**
	 * Adds to a {@link #status(int) status} when the client may try again.
	 * @param duration after how long; sent as whole seconds, rounded up
	 * @return another fault
	 * @throws IllegalArgumentException when it is negative
	 */
	public Fault retryAfter(Duration duration) {
		require(!duration.isNegative(), "A Retry-After is not negative");
		return with((fault) -> fault.retryAfter = duration);
	}

	/**
	 * Ends the body of the response early, as if that were all of it: HTTP itself shows
	 * nothing.
	 * @param bytes after how many bytes; a body that is shorter stays whole
	 * @return another fault
	 * @throws IllegalArgumentException when it is negative
	 */
	public Fault truncateBody(long bytes) {
		return endBody(bytes, false);
	}

	/**
	 * Ends the connection in the body of the response: the client sees that something is
	 * missing. In place of {@link #truncateBody(long)}. The reference does not have this
	 * one.
	 * @param bytes after how many bytes; a body that is shorter stays whole
	 * @return another fault
	 * @throws IllegalArgumentException when it is negative
	 */
	public Fault cutBody(long bytes) {
		return endBody(bytes, true);
	}

	private Fault endBody(long bytes, boolean cut) {
		require(bytes >= 0, "A body does not end after " + bytes + " bytes");
		return with((fault) -> {
			fault.bodyLimit = bytes;
			fault.bodyCut = cut;
		});
	}

	/**
	 * Overwrites the first two and about every tenth other byte of the response's body
	 * with letters, so that JSON is none any more.
	 * @return another fault
	 */
	public Fault corruptBody() {
		return with((fault) -> fault.bodyCorrupted = true);
	}

	/**
	 * Puts an event before those of the stream, into responses with server-sent events.
	 * @param type the type of the event
	 * @param data its data, sent as they are
	 * @return another fault
	 */
	public Fault sseEvent(String type, String data) {
		return with((fault) -> fault.sseEvent = "event: " + type + "\ndata: " + data + "\n\n");
	}

	private Fault with(Consumer<Fault> change) {
		Fault changed = new Fault(this);
		change.accept(changed);
		return changed;
	}

	private static void require(boolean condition, String message) {
		if (!condition) {
			throw new IllegalArgumentException(message);
		}
	}

	boolean doesNothing() {
		return !isLate() && !this.connectionDropped && this.status == 0 && !changesResponse();
	}

	boolean concerns(String requestPath, String requestMethod) {
		return (this.path == null || this.path.equals(requestPath))
				&& (this.method == null || this.method.equals(requestMethod));
	}

	@Nullable String path() {
		return this.path;
	}

	int times() {
		return this.times;
	}

	double probability() {
		return this.probability;
	}

	boolean isLate() {
		return !this.delay.isZero() || !this.jitter.isZero();
	}

	Duration delay() {
		return this.delay;
	}

	Duration jitter() {
		return this.jitter;
	}

	boolean dropsConnection() {
		return this.connectionDropped;
	}

	boolean dropsResponse() {
		return this.responseDropped;
	}

	/** 0 when the server answers. */
	int status() {
		return this.status;
	}

	@Nullable Duration retryAfter() {
		return this.retryAfter;
	}

	boolean changesResponse() {
		return this.responseDropped || this.bodyLimit >= 0 || this.bodyCorrupted || this.sseEvent != null;
	}

	boolean endsBody() {
		return this.bodyLimit >= 0;
	}

	long bodyLimit() {
		return this.bodyLimit;
	}

	boolean cutsBody() {
		return this.bodyCut;
	}

	boolean corruptsBody() {
		return this.bodyCorrupted;
	}

	/** The event as it is sent. */
	@Nullable String sseEvent() {
		return this.sseEvent;
	}

	@Override
	public String toString() {
		StringBuilder text = new StringBuilder((this.path != null) ? this.path : "any stream");
		append(text, this.method != null, this.method);
		append(text, isLate(), "delay " + this.delay + " to " + this.delay.plus(this.jitter));
		append(text, this.connectionDropped, "connection dropped");
		append(text, this.responseDropped, "response dropped");
		append(text, this.status != 0, "status " + this.status);
		append(text, endsBody(), "body " + (this.bodyCut ? "cut" : "truncated") + " after " + this.bodyLimit);
		append(text, this.bodyCorrupted, "body corrupted");
		append(text, this.sseEvent != null, "event put in");
		append(text, this.probability < 1, "probability " + this.probability);
		append(text, this.times < Integer.MAX_VALUE, "times " + this.times);
		return text.toString();
	}

	private static void append(StringBuilder text, boolean condition, @Nullable String part) {
		if (condition) {
			text.append(", ").append(part);
		}
	}

}
