package io.streamdb.boot.autoconfigure;

import io.streamdb.server.DurableStreamServerBuilder;

/**
 * Customises the auto-configured {@link io.streamdb.server.DurableStreamServer}, for
 * example with other limits.
 */
@FunctionalInterface
public interface DurableStreamServerBuilderCustomizer {

	/**
	 * Customises the builder.
	 * @param builder the builder, with the application's
	 * {@link io.streamdb.server.StreamAccess} where there is one
	 */
	void customize(DurableStreamServerBuilder builder);

}
