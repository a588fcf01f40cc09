package io.streamdb.transaction;

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
	 * what was read, or by another stream than the one that is read.
	 * @param same called when the server was asked since, and this is the stream that is
	 * read
	 */
	void doubted(Runnable same);

}
