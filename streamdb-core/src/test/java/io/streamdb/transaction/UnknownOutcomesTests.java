package io.streamdb.transaction;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.streamdb.Spec;
import io.streamdb.client.AppendOffsetUnknownException;
import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.StreamMetadata;
import io.streamdb.transaction.TransactionFixture.Item;
import io.streamdb.transaction.TransactionFixture.Sent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.streamdb.transaction.TransactionFixture.insert;
import static io.streamdb.transaction.TransactionFixture.items;
import static io.streamdb.transaction.TransactionFixture.offset;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for transactions that may have reached the server and were not answered (SPEC
 * T5): what the stream says up to the fence decides.
 */
@Timeout(60)
class UnknownOutcomesTests {

	private static final URI URL = URI.create("http://unused.test/stream");

	private TransactionFixture fixture = new TransactionFixture();

	private final CompletableFuture<String> fence = new CompletableFuture<>();

	@AfterEach
	void close() {
		this.fixture.close();
	}

	private TransactionHandle<Item> insertItem(String key, String text) {
		return this.fixture.transactions.transact((transaction) -> items(transaction).insert(new Item(key, text)));
	}

	private TransactionHandle<Item> append(String key, String more) {
		return this.fixture.transactions
			.transact((transaction) -> items(transaction).update(key, (item) -> item.plus(more)));
	}

	/** Encodes the next transaction, and gives up waiting for its answer. */
	private Sent abandonNext() {
		Sent sent = this.fixture.encodeNext();
		sent.fail(new AppendOutcomeUnknownException("no answer", URL, 0, null, null, this.fence));
		return sent;
	}

	@Test
	void untilTheFenceIsKnownTheTransactionIsVisibleAndPersisting() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		assertThat(handle.outcome()).isEmpty();
		assertThat(handle.state()).isEqualTo(TransactionState.PERSISTING);
		assertThat(handle.rollback()).as("it may be in the stream").isFalse();
		assertThat(this.fixture.visible()).containsEntry("a", "1");
		assertThat(this.fixture.pipeline.pendingCount()).isEqualTo(1);
	}

	@Test
	void aFenceSettlesOnlyThoseThatWereSentTogether() {
		TransactionHandle<Item> first = insertItem("a", "1");
		TransactionHandle<Item> second = insertItem("b", "2");
		abandonNext();
		CompletableFuture<String> otherFence = new CompletableFuture<>();
		this.fixture.encodeNext()
			.fail(new AppendOutcomeUnknownException("no answer either", URL, 0, null, null, otherFence));
		otherFence.complete(offset(this.fixture.position() + 1));
		this.fixture.bring(insert("c", "3"));
		assertThat(second.outcome()).contains(TransactionOutcome.FAILED);
		assertThat(first.outcome()).as("its own fence is not known").isEmpty();
		this.fence.complete(offset(this.fixture.position() + 1));
		this.fixture.bring(insert("d", "4"));
		assertThat(first.outcome()).contains(TransactionOutcome.FAILED);
	}

	@Test
	@Spec("T5.9")
	void aTxidThatIsAbsentBeforeTheFenceWasNeverApplied() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		this.fence.complete(offset(this.fixture.position() + 2));
		this.fixture.bring(insert("b", "2"));
		assertThat(handle.outcome()).as("the stream is not read up to the fence").isEmpty();
		assertThat(this.fixture.visible()).containsEntry("a", "1");
		this.fixture.bring(insert("c", "3"));
		assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(handle::await)
			.withMessageContaining("the stream does not contain it");
		assertThat(this.fixture.visible()).containsOnlyKeys("b", "c");
		assertThat(this.fixture.pipeline.pendingCount()).isZero();
		assertThat(this.fixture.pipeline.isPending(handle.txid())).isFalse();
	}

	@Test
	@Spec("T5.10")
	void aTxidThatIsThereBeforeTheFenceWasApplied() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		Sent sent = abandonNext();
		this.fence.complete(offset(this.fixture.position() + 2));
		this.fixture.bring(sent.events());
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		this.fixture.bring(insert("b", "2"));
		assertThat(handle.await().text()).isEqualTo("1");
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "b");
	}

	@Test
	@Spec({ "T5.9", "T5.10" })
	void whatTheFenceSaysIsKnownAtOnceWhenTheStreamIsReadSoFar() {
		TransactionHandle<Item> there = insertItem("a", "1");
		Sent sent = this.fixture.encodeNext();
		this.fixture.bring(sent.events());
		sent.fail(new AppendOutcomeUnknownException("no answer", URL, 0, null, null, this.fence));
		TransactionHandle<Item> absent = insertItem("b", "2");
		abandonNext();
		this.fixture.bring(insert("c", "3"));
		this.fence.complete(offset(this.fixture.position()));
		assertThat(there.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(absent.outcome()).contains(TransactionOutcome.FAILED);
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "c");
	}

	@Test
	void theFenceOfABatchIsWaitedForOnce() {
		AtomicInteger asked = new AtomicInteger();
		AppendOutcomeUnknownException reason = new AppendOutcomeUnknownException("no answer", URL, 0, null, null,
				this.fence) {

			@Override
			public CompletableFuture<String> fence() {
				asked.incrementAndGet();
				return super.fence();
			}

		};
		List<TransactionHandle<Item>> handles = new ArrayList<>();
		List<Sent> sent = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			handles.add(insertItem("a" + i, "1"));
			sent.add(this.fixture.encodeNext());
		}
		sent.forEach((one) -> one.fail(reason));
		assertThat(asked).hasValue(1);
		this.fixture.bring(sent.get(1).events());
		this.fence.complete(offset(this.fixture.position()));
		assertThat(handles).extracting((handle) -> handle.outcome().orElseThrow())
			.containsExactly(TransactionOutcome.FAILED, TransactionOutcome.COMPLETED, TransactionOutcome.FAILED);
	}

	@Test
	@Spec("T5.7")
	void whatDoesNotDependOnItIsSentMeanwhile() {
		insertItem("a", "1");
		TransactionHandle<Item> other = insertItem("b", "2");
		abandonNext();
		this.fixture.sendNext();
		assertThat(other.outcome()).contains(TransactionOutcome.COMPLETED);
	}

	@Test
	@Spec("T5.2")
	void whatDependsOnItIsNotSentBeforeItIsKnown() {
		this.fixture.bring(insert("a", "x"));
		TransactionHandle<Item> first = append("a", "1");
		TransactionHandle<Item> second = append("a", "2");
		TransactionHandle<Item> third = append("a", "3");
		TransactionHandle<Item> other = insertItem("b", "b");
		abandonNext();
		assertHeldBack();
		assertHeldBack();
		assertThat(this.fixture.sendNext().events()).extracting("key").containsExactly("b");
		assertThat(other.outcome()).contains(TransactionOutcome.COMPLETED);
		TransactionHandle<Item> later = append("a", "4");
		assertThat(this.fixture.sender.size()).isZero();
		assertThat(this.fixture.visible()).containsEntry("a", "x1234");
		this.fence.complete(offset(this.fixture.position()));
		assertThat(first.outcome()).contains(TransactionOutcome.FAILED);
		assertThat(this.fixture.visible()).containsEntry("a", "x234");
		for (String expected : List.of("x2", "x23", "x234")) {
			Sent sent = this.fixture.sendNext();
			assertThat(sent.events()).extracting("value.text").containsExactly(expected);
		}
		assertThat(List.of(second, third, later)).allMatch((handle) -> handle.outcome().isPresent());
		assertThat(this.fixture.visible()).containsEntry("a", "x234");
	}

	private void assertHeldBack() {
		int waiting = this.fixture.sender.size();
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(this.fixture::encodeNext)
			.withMessageContaining("It waits for");
		assertThat(this.fixture.sender.size()).isEqualTo(waiting - 1);
	}

	@Test
	@Spec("T5.2")
	void whatDependsOnOneThatHasArrivedIsSentOnTopOfIt() {
		this.fixture.bring(insert("a", "x"));
		append("a", "1");
		TransactionHandle<Item> second = append("a", "2");
		Sent sent = abandonNext();
		assertHeldBack();
		this.fixture.bring(sent.events());
		assertThat(this.fixture.sendNext().events()).extracting("value.text").containsExactly("x12");
		assertThat(second.await().text()).isEqualTo("x12");
	}

	@Test
	@Spec("T5.3")
	void whatDependsOnItFailsOnlyWhenItCannotBeAppliedWithoutIt() {
		TransactionHandle<Item> first = insertItem("a", "1");
		TransactionHandle<Item> dependant = append("a", "2");
		TransactionHandle<Item> save = this.fixture.transactions
			.transact((transaction) -> items(transaction).save(new Item("a", "3")));
		abandonNext();
		this.fence.complete(offset(this.fixture.position()));
		assertThat(first.outcome()).contains(TransactionOutcome.FAILED);
		assertThat(dependant.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(ConflictException.class).isThrownBy(dependant::await);
		assertThat(save.outcome()).isEmpty();
		assertThat(this.fixture.visible()).containsEntry("a", "3");
	}

	@ParameterizedTest
	@ValueSource(strings = { "read later", "read already", "failed" })
	@Spec("T5.3")
	void whatFitsWithoutAllOfThemDoesNotFailBecauseTheyGoOneByOne(String fenceIs) {
		this.fixture.bring(insert("a", "x"));
		this.fixture.transactions.transact((transaction) -> {
			items(transaction).delete("a");
			return null;
		});
		TransactionHandle<Item> second = insertItem("a", "1");
		TransactionHandle<Item> dependant = append("a", "2");
		Sent first = this.fixture.encodeNext();
		Sent next = this.fixture.encodeNext();
		AppendOutcomeUnknownException together = new AppendOutcomeUnknownException("no answer", URL, 0, null, null,
				this.fence);
		first.fail(together);
		next.fail(together);
		switch (fenceIs) {
			case "read later" -> this.fence.complete(offset(this.fixture.position() + 1));
			case "read already" -> this.fence.complete(offset(this.fixture.position()));
			default -> this.fence.completeExceptionally(new IllegalStateException("away"));
		}
		this.fixture.bring(insert("b", "b"));
		assertThat(second.outcome()).isPresent();
		assertThat(dependant.outcome()).isEmpty();
		assertThat(this.fixture.visible()).containsEntry("a", "x2");
	}

	@Test
	void laterOnesOfAHeldTransactionKeepTheirOrder() {
		this.fixture.bring(insert("a", "x"));
		append("a", "1");
		append("a", "2");
		append("a", "3");
		abandonNext();
		assertHeldBack();
		this.fence.complete(offset(this.fixture.position()));
		assertThat(this.fixture.sender.size()).as("the third was queued all the time, the second comes behind it")
			.isEqualTo(2);
		assertHeldBackUntilTheOneBelowIsSent();
		assertThat(this.fixture.sendNext().events()).extracting("value.text").containsExactly("x2");
		assertThat(this.fixture.sendNext().events()).extracting("value.text").containsExactly("x23");
	}

	private void assertHeldBackUntilTheOneBelowIsSent() {
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(this.fixture::encodeNext)
			.withMessageContaining("It waits for");
	}

	@Test
	@Spec("T5.11")
	void aServerThatStaysAwayLeavesTheOutcomeUnknown() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		this.fence.completeExceptionally(new IllegalStateException("still away"));
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
		assertThatExceptionOfType(UnknownOutcomeException.class).isThrownBy(handle::await)
			.withMessageContaining("may be in the stream");
		assertThat(this.fixture.visible()).isEmpty();
	}

	@Test
	@Spec("T5.11")
	void theOutcomeIsUnknownWhenTheFenceIsNotReachedInTime() {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofMillis(50), Duration.ofHours(1));
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		this.fence.complete(offset(this.fixture.position() + 5));
		await().until(() -> handle.outcome().isPresent());
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
		this.fixture.bring(insert("b", "2"));
		assertThat(this.fixture.visible()).containsOnlyKeys("b");
	}

	@Test
	@Spec("T5.11")
	void aFenceThatIsFarAwayIsReadTo() {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofMillis(20), Duration.ofHours(1));
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		this.fence.complete(offset(this.fixture.position() + 2));
		this.fixture.pipeline.batch(true);
		long timeouts = this.fixture.scheduler.getCompletedTaskCount();
		await().until(() -> this.fixture.scheduler.getCompletedTaskCount() > timeouts + 3);
		assertThat(handle.outcome()).as("a batch is on its way").isEmpty();
		this.fixture.bring(insert("b", "2"), insert("c", "3"));
		this.fixture.bring(insert("d", "4"));
		assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
		assertThat(this.fixture.visible()).containsOnlyKeys("b", "c", "d");
	}

	@Test
	@Spec("T5.11")
	void theOutcomeIsUnknownWhenNothingMoreIsReadOnTheWayToTheFence() {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofMillis(20), Duration.ofHours(1));
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		this.fence.complete(offset(this.fixture.position() + 2));
		this.fixture.pipeline.batch(true);
		this.fixture.pipeline.batch(false);
		await().until(() -> handle.outcome().isPresent());
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
	}

	@Test
	@Spec("T5.11")
	void theOutcomeIsUnknownWhenTheStreamIsReplaced() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		this.fence.complete(offset(this.fixture.position() + 1));
		this.fixture.pipeline.streamReplaced();
		assertThat(handle.outcome()).as("the new stream may have it").isEmpty();
		this.fixture.bring(insert("b", "2"));
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
		assertThat(this.fixture.visible()).containsOnlyKeys("b");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@Spec("T5.11")
	void theOutcomeIsUnknownWhenASnapshotMayHaveTakenItsPlace(boolean fenceFirst) {
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		String tail = offset(this.fixture.position() + 1);
		if (fenceFirst) {
			this.fence.complete(tail);
		}
		this.fixture.pipeline.streamBegun();
		assertThat(handle.outcome()).isEmpty();
		this.fixture.bring(insert("a", "1"), insert("b", "2"));
		this.fence.complete(tail);
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "b");
		assertThat(this.fixture.pipeline.shownCount()).isZero();
	}

	@Test
	@Spec("T5.10")
	void aTxidThatIsInWhatIsLeftOfTheStreamWasApplied() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		Sent sent = abandonNext();
		this.fence.complete(offset(this.fixture.position() + 1));
		this.fixture.pipeline.streamBegun();
		this.fixture.bring(sent.events());
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
	}

	@Test
	@Spec("T5.9")
	void whatIsSentAfterTheReadingHasBegunAnewIsAbsentForCertain() {
		this.fixture.pipeline.streamBegun();
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		this.fence.complete(offset(this.fixture.position() + 1));
		this.fixture.bring(insert("b", "2"));
		assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
	}

	/** Encodes the next transaction, which is acknowledged, nobody knows where. */
	private Sent acknowledgeNextSomewhere() {
		Sent sent = this.fixture.encodeNext();
		sent.fail(new AppendOffsetUnknownException("taken", URL, 0, null));
		return sent;
	}

	@Test
	@Spec({ "T4.10", "T4.12" })
	void whatIsAcknowledgedWithoutAnOffsetIsCompleteWithItsTxid() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		Sent sent = acknowledgeNextSomewhere();
		assertThat(handle.outcome()).isEmpty();
		assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(() -> handle.await(Duration.ofMillis(1)));
		this.fixture.bring(insert("b", "2"));
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "b");
		this.fixture.bring(sent.events());
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.pipeline.shownCount()).isZero();
	}

	@Test
	@Spec("T4.9")
	void whatIsAcknowledgedWithoutAnOffsetLiesBeforeWhatIsAcknowledgedNext() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		acknowledgeNextSomewhere();
		this.fixture.pipeline.streamBegun();
		this.fixture.bring(insert("a", "1"));
		assertThat(handle.outcome()).isEmpty();
		insertItem("b", "2");
		this.fixture.sendNext();
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.pipeline.shownCount()).isZero();
	}

	@Test
	@Spec({ "T4.12", "T4.14" })
	void whatIsAcknowledgedWithoutAnOffsetIsDurableWhenItDoesNotComeInTime() {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofMillis(20));
		TransactionHandle<Item> handle = insertItem("a", "1");
		acknowledgeNextSomewhere();
		assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(handle::await)
			.withMessageContaining("is durable, and was not visible");
		assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
		assertThat(this.fixture.visible()).containsOnlyKeys("a");
	}

	/**
	 * A snapshot may have taken the place of its events, so that its txid never comes.
	 */
	@Test
	@Spec({ "T4.9", "T4.12", "T8.1" })
	void whatIsAcknowledgedWithoutAnOffsetAndDoesNotComeLiesBeforeTheTail() throws Exception {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofMillis(20));
		BlockingQueue<Consumer<StreamMetadata>> asked = new LinkedBlockingQueue<>();
		this.fixture.tellDoubts(asked::add);
		TransactionHandle<Item> handle = insertItem("a", "1");
		acknowledgeNextSomewhere();
		Consumer<StreamMetadata> answer = asked.take();
		assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
		this.fixture.pipeline.streamBegun();
		this.fixture.bring(insert("a", "1 of the snapshot"));
		assertThat(this.fixture.visible()).containsEntry("a", "1");
		answer.accept(TransactionFixture.tail(offset(this.fixture.position() + 1)));
		assertThat(this.fixture.visible()).as("before the tail is read").containsEntry("a", "1");
		this.fixture.bring(insert("b", "2"));
		assertThat(this.fixture.visible()).containsEntry("a", "1 of the snapshot").containsOnlyKeys("a", "b");
		assertThat(this.fixture.pipeline.shownCount()).isZero();
		assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
	}

	@Test
	@Spec("T4.9")
	void whatIsAcknowledgedWithoutAnOffsetLeavesWhenTheTailWasReadBeforeItIsKnown() throws Exception {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofMillis(20));
		BlockingQueue<Consumer<StreamMetadata>> asked = new LinkedBlockingQueue<>();
		this.fixture.tellDoubts(asked::add);
		insertItem("a", "1");
		acknowledgeNextSomewhere();
		Consumer<StreamMetadata> answer = asked.take();
		this.fixture.bring(insert("a", "1 of the snapshot"));
		answer.accept(TransactionFixture.tail(offset(this.fixture.position())));
		assertThat(this.fixture.visible()).containsEntry("a", "1 of the snapshot");
		assertThat(this.fixture.pipeline.shownCount()).isZero();
	}

	@Test
	@Spec("T4.12")
	void anOffsetOfAnotherStreamTellsNothingOfWhatWasAcknowledgedWithoutOne() throws Exception {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofMillis(20));
		BlockingQueue<Consumer<StreamMetadata>> asked = new LinkedBlockingQueue<>();
		this.fixture.tellDoubts(asked::add);
		insertItem("a", "1");
		acknowledgeNextSomewhere();
		Consumer<StreamMetadata> answer = asked.take();
		this.fixture.pipeline.streamReplaced();
		answer.accept(TransactionFixture.tail(offset(this.fixture.position())));
		assertThat(this.fixture.visible()).as("until the other stream is published").containsOnlyKeys("a");
		this.fixture.bring(insert("b", "2"));
		assertThat(this.fixture.visible()).containsOnlyKeys("b");
	}

	@Test
	@Spec("T4.14")
	void whatIsAcknowledgedWithoutAnOffsetGoesWithTheStreamThatHasIt() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		acknowledgeNextSomewhere();
		this.fixture.pipeline.streamReplaced();
		this.fixture.bring(insert("b", "2"));
		assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(handle::await)
			.withMessageContaining("was acknowledged by a stream that was deleted since");
		assertThat(this.fixture.visible()).containsOnlyKeys("b");
	}

	@Test
	@Spec("T4.14")
	void whatIsAcknowledgedWithoutAnOffsetIsDurableWhenTheDatabaseCloses() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		acknowledgeNextSomewhere();
		this.fixture.pipeline.close();
		assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
	}

	@Test
	void theOutcomeIsUnknownWhenTheDatabaseCloses() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		abandonNext();
		this.fixture.pipeline.close();
		this.fence.complete(offset(this.fixture.position()));
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
	}

	@Test
	void anActionThatPersistsGetsToKnowTheOutcomeAndStaysVisibleUntilItHasEnded() {
		CompletableFuture<CompletableFuture<Void>> persisted = new CompletableFuture<>();
		CompletableFuture<Void> end = new CompletableFuture<>();
		TransactionHandle<String> handle = this.fixture.transactions.invoke(new OptimisticAction<String, String>() {

			@Override
			public String onMutate(String params, ActionContext context) {
				context.collection(Item.class).insert(new Item("a", params));
				return params;
			}

			@Override
			public java.util.concurrent.CompletionStage<?> mutate(String params, ActionContext context) {
				CompletableFuture<Void> done = context.persist().toCompletableFuture();
				persisted.complete(done);
				return end;
			}

		}, "1");
		await().until(() -> this.fixture.sender.size() == 1);
		abandonNext();
		assertThat(persisted.join()).isNotDone();
		this.fence.complete(offset(this.fixture.position() + 1));
		this.fixture.bring(insert("b", "2"));
		assertThat(persisted.join()).isCompletedExceptionally();
		assertThat(handle.outcome()).isEmpty();
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "b");
		end.completeExceptionally(new RolledBackException("I give up", null));
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(handle::await);
		assertThat(this.fixture.visible()).containsOnlyKeys("b");
	}

}
