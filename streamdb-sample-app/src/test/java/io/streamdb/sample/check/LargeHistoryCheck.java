package io.streamdb.sample.check;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import io.streamdb.StreamDb;
import io.streamdb.client.DurableStream;
import io.streamdb.sample.Board;
import io.streamdb.sample.Oracle;
import io.streamdb.sample.Oracle.Checkpoint;
import io.streamdb.sample.history.Author;
import io.streamdb.sample.history.Commit;
import io.streamdb.sample.history.SourceFile;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.store.StateSnapshot;
import io.streamdb.testsupport.NodeTools;
import io.streamdb.testsupport.ReferenceServer;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Follows the large history while it is appended to the reference server, and finds at
 * each checkpoint of the oracle what git holds there, and in every snapshot on the way
 * whole transactions only. Paths are absolute:
 *
 * <pre>
 * ./mvnw -pl streamdb-sample-app -am test -Dtest=LargeHistoryCheck -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dcheck.history=/path/to/large-history.ndjson.gz -Dcheck.oracle=/path/to/large-history.oracle.json
 * </pre>
 */
class LargeHistoryCheck {

	private static final Logger logger = LoggerFactory.getLogger(LargeHistoryCheck.class);

	private final Path history = CheckSettings.file("check.history");

	private final Oracle oracle = Oracle.read(CheckSettings.file("check.oracle").toFile());

	@Test
	void holdsAtEachCheckpointWhatGitHoldsAndInBetweenWholeTransactionsOnly() {
		try (ReferenceServer server = ReferenceServer.start();
				Board board = Board.start("streamdb.url=" + server.url("large"), "streamdb.create-if-missing=true")) {
			DurableStream stream = board.db().stream();
			SnapshotChecker checker = new SnapshotChecker(board.db());
			CompletableFuture<Void> checked = CompletableFuture.runAsync(checker);
			int from = 1;
			for (Checkpoint checkpoint : this.oracle.checkpoints()) {
				long start = System.nanoTime();
				append(stream, from, checkpoint.afterTransactions());
				board.db().awaitOffset(stream.head().join().offset(), Duration.ofMinutes(1)).join();
				long millis = (System.nanoTime() - start) / 1_000_000;
				assertThat(board.db().collection(SourceFile.class).count()).isEqualTo(checkpoint.files());
				assertThat(board.sha256()).isEqualTo(checkpoint.sha256());
				logger.info("Transactions {} to {} in {} ms: {} files, sha256 {} as in git; {}", from,
						checkpoint.afterTransactions(), millis, checkpoint.files(), checkpoint.sha256(), checker);
				from = checkpoint.afterTransactions() + 1;
			}
			checker.stop();
			checked.join();
			assertThat(board.db().collection(Commit.class).count()).isEqualTo(this.oracle.commits());
			assertThat(board.db().collection(Author.class).count()).isEqualTo(this.oracle.authors());
			assertThat(board.db().metrics().events()).isEqualTo(this.oracle.events());
			logger.info("{} events; {}; {}", this.oracle.events(), checker, board.db().metrics());
		}
	}

	private void append(DurableStream stream, int from, int to) {
		NodeTools.run(Duration.ofMinutes(10), "load.mjs", this.history.toString(), stream.url().toString(), "--from",
				String.valueOf(from), "--to", String.valueOf(to));
	}

	/**
	 * Takes snapshots, one after the other, and checks what must hold in each.
	 */
	private static final class SnapshotChecker implements Runnable {

		private final StreamDb db;

		private final Set<Long> versions = new HashSet<>();

		private volatile boolean stopped;

		private volatile String figures = "nothing checked yet";

		SnapshotChecker(StreamDb db) {
			this.db = db;
		}

		void stop() {
			this.stopped = true;
		}

		@Override
		public void run() {
			long checked = 0;
			while (!this.stopped) {
				StateSnapshot snapshot = this.db.snapshot();
				check(snapshot);
				checked++;
				this.versions.add(snapshot.version());
				this.figures = checked + " snapshots checked, of " + this.versions.size() + " different states";
			}
		}

		private static void check(StateSnapshot snapshot) {
			CollectionSnapshot<Commit> commits = snapshot.collection(Commit.class);
			int sum = snapshot.collection(Author.class).stream().mapToInt(Author::commits).sum();
			assertThat(sum).as("sum of the authors' commits at %s", snapshot.offset()).isEqualTo(commits.count());
			assertThat(snapshot.collection(SourceFile.class).stream())
				.as("files whose commit is missing at %s", snapshot.offset())
				.filteredOn((file) -> commits.find(file.commit()).isEmpty())
				.isEmpty();
		}

		@Override
		public String toString() {
			return this.figures;
		}

	}

}
