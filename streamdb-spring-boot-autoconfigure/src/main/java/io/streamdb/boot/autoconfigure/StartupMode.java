package io.streamdb.boot.autoconfigure;

/**
 * When the state is loaded (SPEC B6).
 */
public enum StartupMode {

	/** Before the application is ready; a failure stops it. */
	WAIT,

	/**
	 * While the application starts and after it; not ready until it is done, and tried
	 * again until it works.
	 */
	BACKGROUND,

	/** At the first access. */
	LAZY

}
