package io.streamdb.boot.autoconfigure;

/**
 * When the state is loaded (SPEC B6).
 */
public enum StartupMode {

	/** Before the application is ready; a failure stops it. */
	WAIT,

	/**
	 * While the application starts and after it, tried again until it works. Boot's
	 * readiness does not ask the database by itself: the application is not ready until
	 * the state is loaded only where
	 * {@code management.endpoint.health.group.readiness.include} is
	 * {@code readinessState,streamdb}.
	 */
	BACKGROUND,

	/** At the first access. */
	LAZY

}
