package io.streamdb.boot.autoconfigure;

import io.streamdb.client.DurableStreamBuilder;

/**
 * Customises the auto-configured {@link io.streamdb.client.DurableStream}, for example
 * with a header whose value expires.
 */
@FunctionalInterface
public interface DurableStreamBuilderCustomizer {

	/**
	 * Customises the builder.
	 * @param builder the builder, as configured by the properties
	 */
	void customize(DurableStreamBuilder builder);

}
