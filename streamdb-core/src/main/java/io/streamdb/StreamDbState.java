package io.streamdb;

/**
 * The states of a {@link StreamDb}.
 */
public enum StreamDbState {

	/** Made, and not asked to {@linkplain StreamDb#preload() preload} yet. */
	IDLE,

	/** The first request is under way. */
	CONNECTING,

	/** Reading what the stream holds, at the start or after a {@code reset}. */
	CATCHING_UP,

	/** Up to date and following the stream. */
	LIVE,

	/** The connection is lost and is being tried again; the last state is served. */
	RETRYING,

	/** The stream is closed and wholly read: reads go on, writes are refused. */
	COMPLETE,

	/** Stopped by an error that repeating does not mend; see {@link StreamDbStatus}. */
	FAILED,

	/** {@link StreamDb#close()} was called. */
	CLOSED

}
