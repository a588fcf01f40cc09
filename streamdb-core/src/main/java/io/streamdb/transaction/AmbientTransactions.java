package io.streamdb.transaction;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * The ambient transaction of each thread (SPEC T9), and with it what the part of the work
 * that runs now has entered, so that its failure leaves no trace.
 */
final class AmbientTransactions {

	private final ThreadLocal<@Nullable Scope> scopes = new ThreadLocal<>();

	@Nullable DefaultTransaction current() {
		Scope scope = this.scopes.get();
		return (scope != null) ? scope.transaction() : null;
	}

	/**
	 * Returns where the calling thread notes what it enters into a transaction.
	 * @param transaction the transaction
	 * @return the savepoint, or {@code null} when nothing needs to be noted
	 */
	@Nullable Savepoint savepoint(DefaultTransaction transaction) {
		Scope scope = this.scopes.get();
		return (scope != null && scope.transaction() == transaction) ? scope.savepoint() : null;
	}

	/**
	 * Runs work with an ambient transaction.
	 * @param transaction the transaction
	 * @param work the work
	 * @param atomic whether a failure of the work takes back what it entered
	 * @return what the work returns
	 */
	<R extends @Nullable Object> R call(DefaultTransaction transaction, Supplier<R> work, boolean atomic) {
		Scope outer = this.scopes.get();
		Savepoint outerSavepoint = savepoint(transaction);
		Savepoint savepoint = atomic ? new Savepoint() : outerSavepoint;
		boolean done = false;
		this.scopes.set(new Scope(transaction, savepoint));
		try {
			R result = work.get();
			done = true;
			return result;
		}
		finally {
			restore(outer);
			if (atomic && savepoint != null) {
				if (!done) {
					transaction.undo(savepoint);
				}
				else if (outerSavepoint != null) {
					outerSavepoint.addAll(savepoint);
				}
			}
		}
	}

	/**
	 * Runs work without an ambient transaction.
	 * @param work the work
	 * @return what the work returns
	 */
	<R> R callWithout(Supplier<R> work) {
		Scope outer = this.scopes.get();
		if (outer == null) {
			return work.get();
		}
		this.scopes.remove();
		try {
			return work.get();
		}
		finally {
			restore(outer);
		}
	}

	private void restore(@Nullable Scope outer) {
		if (outer != null) {
			this.scopes.set(outer);
		}
		else {
			this.scopes.remove();
		}
	}

	private record Scope(DefaultTransaction transaction, @Nullable Savepoint savepoint) {
	}

}
