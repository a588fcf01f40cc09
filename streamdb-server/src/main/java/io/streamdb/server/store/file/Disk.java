package io.streamdb.server.store.file;

import java.io.IOException;
import java.util.List;

/**
 * The files of one directory, and all that the store asks of them. Promises what a file
 * system promises and no more: what was written is there after a power cut only when the
 * file was forced, and a file is there under its name only when the directory was.
 */
interface Disk extends AutoCloseable {

	/**
	 * Takes the directory for this process alone, creating it when it is missing.
	 * @throws DirectoryInUseException when somebody else has it
	 */
	void lock() throws IOException;

	/**
	 * Returns the names of the files.
	 */
	List<String> list() throws IOException;

	/**
	 * Creates a file that is not there yet.
	 */
	DiskFile create(String name) throws IOException;

	/**
	 * Opens a file to read and write.
	 * @throws java.nio.file.NoSuchFileException when there is none
	 */
	DiskFile open(String name) throws IOException;

	/**
	 * Gives a file another name, in place of the file that has it.
	 */
	void rename(String from, String to) throws IOException;

	/**
	 * Deletes a file if it is there.
	 */
	void delete(String name) throws IOException;

	/**
	 * Forces the names of files: what was created, renamed and deleted.
	 */
	void force() throws IOException;

	/**
	 * Returns how many bytes can still be written.
	 */
	long room() throws IOException;

	/**
	 * Returns the directory's name, for messages.
	 */
	String name();

	/**
	 * Leaves the directory to others.
	 */
	@Override
	void close();

}
