package io.streamdb;

/**
 * Ends a read of what is left of a stream, because that does not begin with a snapshot,
 * so that it is not a whole state (SPEC M10).
 */
final class MissingSnapshotException extends RuntimeException {

	MissingSnapshotException() {
		super("What is left of the stream does not begin with a snapshot");
	}

}
