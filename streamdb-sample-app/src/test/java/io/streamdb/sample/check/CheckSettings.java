package io.streamdb.sample.check;

import java.nio.file.Path;

/**
 * The settings of the checks, which are system properties. The checks are not part of the
 * build: they need Node.js, large files, and minutes.
 */
final class CheckSettings {

	private CheckSettings() {
	}

	/**
	 * Returns a file.
	 * @param name the property that names it
	 * @return the file
	 */
	static Path file(String name) {
		String value = System.getProperty(name);
		if (value == null) {
			throw new IllegalStateException("Set the system property '" + name + "', see the comment of the check");
		}
		return Path.of(value).toAbsolutePath();
	}

}
