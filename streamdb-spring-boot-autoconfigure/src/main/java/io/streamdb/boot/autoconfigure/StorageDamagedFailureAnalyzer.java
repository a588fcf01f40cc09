package io.streamdb.boot.autoconfigure;

import io.streamdb.server.store.file.StorageDamagedException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Analyses that the files of the embedded server are not what was written.
 */
class StorageDamagedFailureAnalyzer extends AbstractFailureAnalyzer<StorageDamagedException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, StorageDamagedException cause) {
		return new FailureAnalysis(cause.getMessage() + ".",
				"Restore 'streamdb.server.directory' as a whole from a backup, or set it to an empty directory to"
						+ " begin anew. The files are as they were found.",
				cause);
	}

}
