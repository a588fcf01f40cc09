package io.streamdb.transaction;

import java.util.function.Consumer;

import io.streamdb.client.StreamMetadata;

/**
 * Told what the answers to appends say of the stream: they may be the first to show that
 * it is gone, or another one (SPEC M10). Called without a lock. Part of the engine.
 */
public interface StreamWitness {

	/**
	 * An append was answered that there is no stream.
	 */
	void missing();

	/**
	 * An append was acknowledged at an offset that was read already and was not among
	 * what was read, or by another stream than the one that is read, or nobody knows
	 * where, and has not come.
	 * @param same told what the server has answered since, when this is the stream that
	 * is read
	 */
	void doubted(Consumer<StreamMetadata> same);

}
