package io.streamdb.server.store.file;

import java.io.IOException;

/**
 * The disk did not force what was written: it is not to be trusted any more.
 */
final class ForceFailedException extends IOException {

	private static final long serialVersionUID = 1L;

	ForceFailedException(IOException cause) {
		super("The disk could not force what was written", cause);
	}

	static void force(DiskFile file) throws IOException {
		try {
			file.force();
		}
		catch (IOException ex) {
			throw new ForceFailedException(ex);
		}
	}

	static void force(Disk disk) throws IOException {
		try {
			disk.force();
		}
		catch (IOException ex) {
			throw new ForceFailedException(ex);
		}
	}

}
