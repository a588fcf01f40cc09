package io.streamdb.client;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Builds a {@link DurableStream}.
 */
public final class DurableStreamBuilder {

	DurableStreamBuilder() {
	}

	/**
	 * Sets the transport; the default is the JDK's {@code HttpClient}.
	 * @param transport the transport
	 * @return this builder
	 */
	public DurableStreamBuilder transport(StreamTransport transport) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Adds a header whose value is asked for with every request (SPEC P6).
	 * @param name the header's name
	 * @param value gives the value
	 * @return this builder
	 */
	public DurableStreamBuilder header(String name, Supplier<String> value) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Adds a query parameter whose value is asked for with every request (SPEC P6).
	 * @param name the parameter's name
	 * @param value gives the value
	 * @return this builder
	 */
	public DurableStreamBuilder parameter(String name, Supplier<String> value) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets the content type of appends; the default is {@code application/json}.
	 * @param contentType the content type
	 * @return this builder
	 */
	public DurableStreamBuilder contentType(String contentType) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets how requests other than live reads are repeated.
	 * @param policy the policy
	 * @return this builder
	 */
	public DurableStreamBuilder retryPolicy(RetryPolicy policy) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets how failed reads are repeated: the first connect and the live read.
	 * @param policy the policy; {@code maxRetries} counts failures in a row
	 * @return this builder
	 */
	public DurableStreamBuilder readRetryPolicy(RetryPolicy policy) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets how long the head of a response may take, live reads apart.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public DurableStreamBuilder requestTimeout(Duration timeout) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets how long a live read may be silent before it is given up and made anew (SPEC
	 * P4).
	 * @param limit the limit
	 * @return this builder
	 */
	public DurableStreamBuilder heartbeatLimit(Duration limit) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets where readers and producers run; the default is a thread of their own each, a
	 * virtual one where the runtime has them.
	 * @param executor the executor; it must not run tasks on the calling thread
	 * @return this builder
	 */
	public DurableStreamBuilder executor(Executor executor) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Builds the handle.
	 * @return the handle
	 */
	public DurableStream build() {
		throw new UnsupportedOperationException();
	}

}
