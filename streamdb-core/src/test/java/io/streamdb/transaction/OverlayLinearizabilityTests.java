package io.streamdb.transaction;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import io.streamdb.client.StreamBadRequestException;
import io.streamdb.transaction.TransactionFixture.Item;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Many threads read and commit while the stream confirms, refuses and changes what they
 * read: whatever each of them sees can be explained by all of it having happened one
 * after the other (SPEC M6, T1, T4). Lincheck makes up the histories and looks for the
 * order.
 */
class OverlayLinearizabilityTests {

	private static final int ITERATIONS = Integer.getInteger("stress.iterations", 3);

	@Test
	@Spec({ "M6.3", "T1.2", "T4.11" })
	void whatReadersSeeHasAnOrder() {
		new StressOptions().iterations(ITERATIONS)
			.invocationsPerIteration(1000)
			.threads(3)
			.actorsPerThread(4)
			.actorsBefore(2)
			.actorsAfter(2)
			.check(Database.class);
	}

	/**
	 * Two rows that every transaction writes, and the stream below them.
	 */
	@Param(name = "value", gen = IntGen.class, conf = "1:3")
	public static class Database {

		private final TransactionFixture fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofHours(1),
				Runnable::run, new NoTimers());

		public Database() {
			this.fixture.bring(TransactionFixture.insert("a", "0"), TransactionFixture.insert("b", "0"));
		}

		@Operation
		public String read() {
			return this.fixture.visible().toString();
		}

		@Operation
		public void write(@Param(name = "value") int value) {
			this.fixture.transactions.transact((transaction) -> {
				for (String id : new String[] { "a", "b" }) {
					transaction.collection(Item.class).update(id, (item) -> new Item(id, item.text() + value));
				}
				return null;
			});
		}

		@Operation(nonParallelGroup = "stream")
		public void changeElsewhere(@Param(name = "value") int value) {
			this.fixture.bring(TransactionFixture.update("a", "f" + value),
					TransactionFixture.update("b", "f" + value));
		}

		@Operation(nonParallelGroup = "stream")
		public boolean confirm() {
			if (this.fixture.sender.size() == 0) {
				return false;
			}
			this.fixture.sendNext();
			return true;
		}

		@Operation(nonParallelGroup = "stream")
		public boolean refuse() {
			if (this.fixture.sender.size() == 0) {
				return false;
			}
			this.fixture.encodeNext()
				.message()
				.answer()
				.completeExceptionally(new StreamBadRequestException("refused", URI.create("http://unused.test/stream"),
						400, null, null));
			return true;
		}

	}

	/**
	 * Makes no thread for each of the many databases.
	 */
	private static final class NoTimers extends ScheduledThreadPoolExecutor {

		NoTimers() {
			super(0);
		}

		@Override
		public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
			return null;
		}

	}

}
