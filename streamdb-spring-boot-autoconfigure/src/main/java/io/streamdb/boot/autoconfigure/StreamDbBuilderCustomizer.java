package io.streamdb.boot.autoconfigure;

import io.streamdb.StreamDbBuilder;

/**
 * Customises the auto-configured {@link io.streamdb.StreamDb}, for example with a
 * listener.
 */
@FunctionalInterface
public interface StreamDbBuilderCustomizer {

	/**
	 * Customises the builder.
	 * @param builder the builder, as configured by the properties
	 */
	void customize(StreamDbBuilder builder);

}
