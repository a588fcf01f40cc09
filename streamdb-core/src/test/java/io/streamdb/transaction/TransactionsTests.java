package io.streamdb.transaction;

import java.net.URI;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import io.streamdb.Spec;
import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.StreamBadRequestException;
import io.streamdb.client.StreamConnectionException;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.Operation;
import io.streamdb.schema.EntityValidationException;
import io.streamdb.transaction.TransactionFixture.Item;
import io.streamdb.transaction.TransactionFixture.Sent;
import io.streamdb.transaction.TransactionFixture.Tag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static io.streamdb.transaction.TransactionFixture.delete;
import static io.streamdb.transaction.TransactionFixture.insert;
import static io.streamdb.transaction.TransactionFixture.items;
import static io.streamdb.transaction.TransactionFixture.offset;
import static io.streamdb.transaction.TransactionFixture.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Transactions}: SPEC T1 to T5, T7, T9.
 */
@Timeout(60)
class TransactionsTests {

	private static final URI URL = URI.create("http://unused.test/stream");

	private TransactionFixture fixture = new TransactionFixture();

	@AfterEach
	void close() {
		this.fixture.close();
	}

	// T1

	@Test
	@Spec({ "M6.1", "T1.2" })
	void showsNothingBeforeTheCommitAndEverythingAfterIt() {
		Transaction transaction = this.fixture.transactions.begin();
		items(transaction).insert(new Item("a", "1"));
		transaction.collection(Tag.class).insert(new Tag("t"));
		assertThat(items(transaction).find("a")).contains(new Item("a", "1"));
		assertThat(this.fixture.visible()).isEmpty();
		TransactionHandle<Void> handle = transaction.commit();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
		assertThat(this.fixture.store.visible().collection(Tag.class).count()).isEqualTo(1);
		assertThat(this.fixture.synced()).isEmpty();
		assertThat(handle.state()).isEqualTo(TransactionState.PENDING);
		assertThat(transaction.commit().txid()).isEqualTo(handle.txid());
		assertThat(this.fixture.sender.size()).isEqualTo(1);
	}

	@Test
	@Spec({ "T1.3", "T4.13" })
	void goesThroughItsStates() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		assertThat(handle.state()).isEqualTo(TransactionState.PENDING);
		Sent sent = this.fixture.encodeNext();
		assertThat(handle.state()).isEqualTo(TransactionState.PERSISTING);
		assertThat(handle.outcome()).isEmpty();
		sent.acknowledge(offset(2));
		assertThat(handle.outcome()).isEmpty();
		this.fixture.bring(sent.events());
		assertThat(handle.state()).isEqualTo(TransactionState.COMPLETED);
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(handle.persisted()).isCompletedWithValue(new Item("a", "1"));
	}

	@Test
	void aTransactionWithoutMutationsCompletesAtOnce() {
		TransactionHandle<String> handle = this.fixture.transactions.transact((transaction) -> "read");
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(handle.await()).isEqualTo("read");
		assertThat(this.fixture.sender.size()).isZero();
	}

	@Test
	void anInsertThatIsDeletedIsNothing() {
		this.fixture.transactions.transact((transaction) -> {
			items(transaction).insert(new Item("a", "1"));
			items(transaction).delete("a");
			assertThat(transaction.mutations()).isEmpty();
			return null;
		});
		assertThat(this.fixture.sender.size()).isZero();
	}

	@Test
	void aSnapshotInATransactionShowsItsMutationsAndLeavesTheOthersAlone() {
		this.fixture.bring(insert("a", "1"), insert("b", "2"), insert("c", "3"));
		Transaction transaction = this.fixture.transactions.begin();
		items(transaction).delete("a");
		items(transaction).update("b", (item) -> item.plus("+"));
		items(transaction).insert(new Item("d", "4"));
		assertThat(items(transaction).snapshot().stream()).containsExactlyInAnyOrder(new Item("b", "2+"),
				new Item("c", "3"), new Item("d", "4"));
		assertThat(items(transaction).snapshot().count()).isEqualTo(3);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1", "b", "2", "c", "3"));
	}

	@Test
	void aTransactionSeesWhatTheStreamBringsMeanwhile() {
		Transaction transaction = this.fixture.transactions.begin();
		this.fixture.bring(insert("a", "1"));
		assertThat(items(transaction).find("a")).contains(new Item("a", "1"));
	}

	// T2

	@Test
	@Spec({ "T2.1", "T2.2", "T2.3" })
	void anUpdateIsAppliedAgainOnWhatTheStreamBringsUntilItIsEncoded() {
		this.fixture.bring(insert("a", "1"));
		TransactionHandle<Item> handle = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("a", (item) -> item.plus("+")));
		assertThat(handle.result()).isEqualTo(new Item("a", "1+"));
		this.fixture.bring(update("a", "2"));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2+"));
		Sent sent = this.fixture.encodeNext();
		assertThat(sent.events()).extracting(ChangeEvent::value).isEqualTo(List.of(new Item("a", "2+")));
		this.fixture.bring(update("a", "3"));
		assertThat(this.fixture.visible()).as("frozen").isEqualTo(Map.of("a", "2+"));
		assertThat(this.fixture.synced()).isEqualTo(Map.of("a", "3"));
		sent.acknowledge(offset(this.fixture.position() + 1));
		this.fixture.bring(sent.events());
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2+"));
		assertThat(handle.await()).as("as it was sent").isEqualTo(new Item("a", "2+"));
	}

	@Test
	void aFunctionIsNotCalledForKeysThatTheStreamLeavesAlone() {
		this.fixture.bring(insert("a", "1"), insert("b", "1"));
		AtomicInteger calls = new AtomicInteger();
		this.fixture.transactions.transact((transaction) -> items(transaction).update("a", (item) -> {
			calls.incrementAndGet();
			return item.plus("+");
		}));
		int before = calls.get();
		this.fixture.bring(update("b", "2"));
		insertItem("c", "3");
		this.fixture.encodeNext();
		assertThat(calls).hasValue(before);
	}

	@Test
	void anUpdateIsNeverAppliedOnTopOfItsOwnResult() {
		this.fixture.bring(insert("a", "1"));
		this.fixture.transactions.transact((transaction) -> items(transaction).update("a", (item) -> item.plus("+")));
		Sent sent = this.fixture.encodeNext();
		this.fixture.bring(sent.events());
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1+"));
		sent.acknowledge(offset(this.fixture.position()));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1+"));
	}

	@Test
	@Spec("T2.6")
	void conflictsWhenTheKeyOfAnUpdateIsGone() {
		this.fixture.bring(insert("a", "1"));
		TransactionHandle<Item> handle = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("a", (item) -> item.plus("+")));
		this.fixture.bring(delete("a"));
		assertConflict(handle, "deleted");
		assertThat(this.fixture.visible()).isEmpty();
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(this.fixture::encodeNext);
	}

	@Test
	@Spec("T2.7")
	void conflictsWhenTheKeyOfAnInsertIsTaken() {
		TransactionHandle<Item> handle = insertItem("a", "mine");
		this.fixture.bring(insert("a", "theirs"));
		assertConflict(handle, "taken");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "theirs"));
	}

	@Test
	void aFrozenInsertDoesNotConflict() {
		TransactionHandle<Item> handle = insertItem("a", "mine");
		Sent sent = this.fixture.encodeNext();
		this.fixture.bring(insert("a", "theirs"));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "mine"));
		sent.acknowledge(offset(this.fixture.position() + 1));
		this.fixture.bring(sent.events());
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "mine"));
	}

	@Test
	@Spec({ "T2.4", "T2.5" })
	void conflictsWhenTheFunctionThrowsOnTheNewValueOrMakesItInvalid() {
		this.fixture.bring(insert("a", "1"), insert("b", "1"));
		TransactionHandle<Item> throwing = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("a", (item) -> {
				if (item.text().equals("2")) {
					throw new IllegalArgumentException("not 2");
				}
				return item.plus("+");
			}));
		TransactionHandle<Item> invalid = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("b", (item) -> item.plus("d")));
		this.fixture.bring(update("a", "2"), update("b", "ba"));
		assertConflict(throwing, "not 2");
		assertConflict(invalid, "text is bad");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2", "b", "ba"));
	}

	@Test
	void aConflictTakesTheWholeTransactionOutAndThoseThatDependOnItAreAppliedAgain() {
		this.fixture.bring(insert("a", "1"), insert("b", "1"));
		TransactionHandle<Object> first = this.fixture.transactions.transact((transaction) -> {
			items(transaction).update("a", (item) -> item.plus("x"));
			items(transaction).update("b", (item) -> item.plus("x"));
			return items(transaction).insert(new Item("c", "x"));
		});
		TransactionHandle<Item> onB = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("b", (item) -> item.plus("y")));
		TransactionHandle<Item> onC = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("c", (item) -> item.plus("y")));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1x", "b", "1xy", "c", "xy"));
		this.fixture.bring(delete("a"));
		assertConflict(first, "deleted");
		assertConflict(onC, "deleted");
		assertThat(onB.outcome()).isEmpty();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("b", "1y"));
	}

	@Test
	void aSaveNeverConflictsAndIsInsertOrUpdateByWhatIsThereWhenItIsEncoded() {
		TransactionHandle<Item> overTaken = this.fixture.transactions
			.transact((transaction) -> items(transaction).save(new Item("a", "mine")));
		this.fixture.bring(insert("a", "theirs"));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "mine"));
		assertThat(this.fixture.sendNext().events()).extracting((event) -> event.headers().operation())
			.containsExactly(Operation.UPDATE);
		assertThat(overTaken.outcome()).contains(TransactionOutcome.COMPLETED);
		this.fixture.transactions.transact((transaction) -> items(transaction).save(new Item("a", "again")));
		this.fixture.bring(delete("a"));
		assertThat(this.fixture.sendNext().events()).extracting((event) -> event.headers().operation())
			.containsExactly(Operation.INSERT);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "again"));
	}

	@Test
	void aSavedAndDeletedKeyIsDeletedIfItIsThereAndElseNothing() {
		TransactionHandle<Object> handle = this.fixture.transactions.transact((transaction) -> {
			items(transaction).save(new Item("a", "1"));
			items(transaction).delete("a");
			return null;
		});
		assertThatThrownBy(this.fixture::encodeNext).hasMessage("There is nothing to send");
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		this.fixture.transactions.transact((transaction) -> {
			items(transaction).save(new Item("a", "1"));
			items(transaction).delete("a");
			return null;
		});
		this.fixture.bring(insert("a", "theirs"));
		assertThat(this.fixture.visible()).isEmpty();
		assertThat(this.fixture.sendNext().events()).extracting((event) -> event.headers().operation())
			.containsExactly(Operation.DELETE);
		assertThat(this.fixture.synced()).isEmpty();
	}

	@Test
	void anUpdateFunctionMustNotWriteOrWait() {
		this.fixture.bring(insert("a", "1"));
		Transaction transaction = this.fixture.transactions.begin();
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> items(transaction).update("a", (item) -> {
				items(transaction).delete("a");
				return item;
			}))
			.withMessageContaining("pure");
		TransactionHandle<Item> writing = this.fixture.transactions
			.transact((other) -> items(other).update("a", (item) -> {
				if (item.text().equals("2")) {
					insertItem("b", "2");
				}
				return item;
			}));
		this.fixture.bring(update("a", "2"));
		assertConflict(writing, "pure");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2"));
	}

	@Test
	@Spec("T9.6")
	void anUpdateFunctionMayRead() {
		this.fixture.bring(insert("a", "1"), insert("b", "7"));
		this.fixture.transactions.transact(
				(transaction) -> items(transaction).update("a", (item) -> item.plus(this.fixture.visible().get("b"))));
		this.fixture.bring(update("a", "2"));
		assertThat(this.fixture.visible()).containsEntry("a", "27");
	}

	// T3

	@Test
	@Spec({ "T3.1", "T3.2", "T3.3", "T3.4", "T3.5", "T3.6", "T3.7" })
	void mistakesAreToldAtOnceAndLeaveNoTrace() {
		this.fixture.bring(insert("a", "1"));
		Transaction transaction = this.fixture.transactions.begin();
		TransactionalCollection<Item> items = items(transaction);
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> items.insert(new Item("a", "2")))
			.withMessageContaining("item 'a'");
		assertThatExceptionOfType(UnknownKeyException.class).isThrownBy(() -> items.update("b", (item) -> item))
			.withMessageContaining("item 'b'");
		assertThatExceptionOfType(UnknownKeyException.class).isThrownBy(() -> items.delete("b"));
		assertThatExceptionOfType(KeyChangedException.class)
			.isThrownBy(() -> items.update("a", (item) -> new Item("b", "2")))
			.withMessageContaining("'b'");
		assertThatExceptionOfType(MissingKeyException.class).isThrownBy(() -> items.insert(new Item("", "2")));
		assertThatExceptionOfType(MissingKeyException.class).isThrownBy(() -> items.save(new Item(null, "2")));
		assertThatExceptionOfType(MissingKeyException.class).isThrownBy(() -> items.update("a", (item) -> null));
		assertThatExceptionOfType(EntityValidationException.class).isThrownBy(() -> items.insert(new Item("c", "bad")));
		assertThatExceptionOfType(EntityValidationException.class).isThrownBy(() -> items.save(new Item("c", "bad")));
		assertThatExceptionOfType(EntityValidationException.class)
			.isThrownBy(() -> items.update("a", (item) -> item.plus("bad")));
		assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> items.update("a", (item) -> {
			throw new ArithmeticException();
		}));
		items.delete("a");
		assertThatExceptionOfType(UnknownKeyException.class).isThrownBy(() -> items.delete("a"));
		assertThatExceptionOfType(UnknownKeyException.class).isThrownBy(() -> items.update("a", (item) -> item));
		assertThat(transaction.mutations()).extracting(Mutation::operation).containsExactly(Operation.DELETE);
		transaction.commit();
		assertThat(this.fixture.sendNext().events()).hasSize(1);
	}

	@Test
	void anExceptionOfTheWorkRollsBackAndIsThrownAsItIs() {
		IllegalStateException failure = new IllegalStateException("no");
		assertThatThrownBy(() -> this.fixture.transactions.transact((transaction) -> {
			items(transaction).insert(new Item("a", "1"));
			throw failure;
		})).isSameAs(failure);
		assertThat(this.fixture.visible()).isEmpty();
		assertThat(this.fixture.sender.size()).isZero();
		assertThat(this.fixture.pipeline.pendingCount()).isZero();
	}

	@Test
	void takesNoMutationsAfterTheCommitOrRollback() {
		Transaction committed = this.fixture.transactions.begin();
		TransactionalCollection<Item> items = items(committed);
		items.insert(new Item("a", "1"));
		committed.commit();
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> items.insert(new Item("b", "1")));
		assertThat(items.find("a")).contains(new Item("a", "1"));
		Transaction rolledBack = this.fixture.transactions.begin();
		items(rolledBack).insert(new Item("c", "1"));
		assertThat(rolledBack.rollback()).isTrue();
		assertThat(rolledBack.rollback()).isFalse();
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> items(rolledBack).insert(new Item("c", "1")));
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(() -> rolledBack.commit().await());
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
	}

	@Test
	void anInsertWhoseKeyWasTakenBeforeTheCommitConflicts() {
		Transaction transaction = this.fixture.transactions.begin();
		items(transaction).insert(new Item("a", "mine"));
		items(transaction).insert(new Item("b", "mine"));
		this.fixture.bring(insert("a", "theirs"));
		TransactionHandle<Void> handle = transaction.commit();
		assertConflict(handle, "taken");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "theirs"));
		assertThat(this.fixture.sender.size()).isZero();
	}

	@Test
	void anUpdateIsAppliedAgainAtTheCommitWhenItsRowHasChanged() {
		this.fixture.bring(insert("a", "1"));
		Transaction transaction = this.fixture.transactions.begin();
		items(transaction).update("a", (item) -> item.plus("+"));
		this.fixture.bring(update("a", "2"));
		transaction.commit();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2+"));
	}

	// T4

	@Test
	@Spec({ "T1.1", "T4.1", "T4.2", "T4.3", "T4.5" })
	void sendsAllEventsTogetherWithOneTxidAndAUtcTimestamp() {
		this.fixture.bring(insert("u", "1"), insert("d", "1"));
		TransactionHandle<Object> handle = this.fixture.transactions.transact((transaction) -> {
			items(transaction).insert(new Item("i", "1"));
			items(transaction).update("u", (item) -> item.plus("+"));
			items(transaction).delete("d");
			transaction.collection(Tag.class).save(new Tag("t"));
			return null;
		});
		assertThat(handle.txid()).matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
		List<ChangeEvent<?>> events = this.fixture.encodeNext().events();
		assertThat(events).extracting((event) -> event.type() + " " + event.headers().operation() + " " + event.key())
			.containsExactly("item INSERT i", "item UPDATE u", "item DELETE d", "tag INSERT t");
		assertThat(events).allSatisfy((event) -> {
			assertThat(event.headers().txid()).isEqualTo(handle.txid());
			assertThat(event.headers().timestamp()).isEqualTo("2026-11-23T10:00:00.123Z");
			assertThat(event.oldValue()).isNull();
		});
	}

	@Test
	@Spec("T4.10")
	void leavesTheOverlayWhenTheStreamBringsItBeforeTheAcknowledgement() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		Sent sent = this.fixture.encodeNext();
		this.fixture.bring(sent.events());
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.store.visible().collection(Item.class).row("a").origin().offset()).isNotNull();
		sent.acknowledge(offset(this.fixture.position()));
		this.fixture.bring(delete("a"));
		assertThat(this.fixture.visible()).isEmpty();
		assertThat(this.fixture.pipeline.completedCount()).isEqualTo(1);
	}

	@Test
	@Spec("T4.9")
	void completesByTheAcknowledgedOffsetToo() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		Sent sent = this.fixture.encodeNext();
		sent.acknowledge(offset(this.fixture.position() + 2));
		this.fixture.bring(insert("b", "1"));
		assertThat(handle.outcome()).isEmpty();
		this.fixture.bring(insert("a", "1"));
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
	}

	@Test
	void completesAtOnceWhenTheAcknowledgedOffsetIsSyncedAlready() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		Sent sent = this.fixture.encodeNext();
		this.fixture.bring(insert("a", "1"));
		sent.acknowledge(offset(this.fixture.position()));
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.store.visible().collection(Item.class).row("a").origin().offset()).isNotNull();
	}

	@Test
	void whatAnotherWriterDoesInTheSameBatchAfterOursIsVisibleWithIt() {
		insertItem("a", "mine");
		Sent sent = this.fixture.encodeNext();
		this.fixture.bring(List.of(sent.events().get(0), update("a", "theirs")));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "theirs"));
	}

	@Test
	@Spec({ "T4.12", "T4.14" })
	void isDurableWhenItIsAcknowledgedAndNotVisibleInTimeAndNeverRolledBack() {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofMillis(20));
		TransactionHandle<Item> handle = insertItem("a", "1");
		Sent sent = this.fixture.encodeNext();
		sent.acknowledge(offset(this.fixture.position() + 1));
		await().until(() -> handle.outcome().isPresent());
		assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
		assertThat(handle.state()).isEqualTo(TransactionState.COMPLETED);
		assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(handle::await)
			.withMessageContaining("do not repeat");
		assertThat(handle.rollback()).isFalse();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
		this.fixture.bring(sent.events());
		this.fixture.bring(delete("a"));
		assertThat(this.fixture.visible()).as("the overlay has gone").isEmpty();
	}

	@Test
	void aTransactionThatIsNotSentInTimeFailsAndIsNotSentLater() {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofMillis(20), Duration.ofHours(1));
		TransactionHandle<Item> handle = insertItem("a", "1");
		await().until(() -> handle.outcome().isPresent());
		assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(TransactionTimeoutException.class).isThrownBy(handle::await);
		assertThat(this.fixture.visible()).isEmpty();
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(this.fixture::encodeNext);
	}

	@Test
	void awaitWithATimeoutTellsWhetherTheTransactionIsAcknowledged() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		assertThatExceptionOfType(TransactionTimeoutException.class)
			.isThrownBy(() -> handle.await(Duration.ofMillis(1)))
			.withMessageContaining("goes on");
		Sent sent = this.fixture.encodeNext();
		sent.acknowledge(offset(this.fixture.position() + 1));
		assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(() -> handle.await(Duration.ofMillis(1)));
		this.fixture.bring(sent.events());
		assertThat(handle.await(Duration.ofMillis(1))).isEqualTo(new Item("a", "1"));
	}

	// T5

	@Test
	@Spec({ "T4.15", "T5.1", "T5.2" })
	void aDefinitiveFailureRollsBackThatTransactionOnly() {
		this.fixture.bring(insert("a", "1"));
		TransactionHandle<Item> failing = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("a", (item) -> item.plus("x")));
		TransactionHandle<Item> dependent = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("a", (item) -> item.plus("y")));
		TransactionHandle<Item> other = insertItem("b", "1");
		StreamBadRequestException refusal = new StreamBadRequestException("no", URL, 400, null, null);
		this.fixture.encodeNext().fail(refusal);
		assertThat(failing.outcome()).contains(TransactionOutcome.FAILED);
		assertThatThrownBy(failing::await).isSameAs(refusal);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1y", "b", "1"));
		this.fixture.sendNext();
		this.fixture.sendNext();
		assertThat(dependent.await()).isEqualTo(new Item("a", "1y"));
		assertThat(other.outcome()).contains(TransactionOutcome.COMPLETED);
	}

	@Test
	@Spec("T5.3")
	void whatDependsOnAFailedInsertConflicts() {
		TransactionHandle<Item> failing = insertItem("a", "1");
		TransactionHandle<Item> dependent = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("a", (item) -> item.plus("y")));
		this.fixture.encodeNext().fail(new StreamBadRequestException("no", URL, 400, null, null));
		assertThat(failing.outcome()).contains(TransactionOutcome.FAILED);
		assertConflict(dependent, "deleted");
		assertThat(this.fixture.visible()).isEmpty();
	}

	@Test
	void whatIsNotOnTheServerFollowsTheStreamAgain() {
		this.fixture.bring(insert("a", "1"));
		TransactionHandle<Item> handle = this.fixture.transactions
			.transact((transaction) -> items(transaction).update("a", (item) -> item.plus("+")));
		QueueingSender.Message message = this.fixture.encodeNext().message();
		this.fixture.bring(update("a", "2"));
		assertThat(this.fixture.visible()).as("frozen").isEqualTo(Map.of("a", "1+"));
		message.events().withdrawn(null);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2+"));
		assertThat(handle.state()).isEqualTo(TransactionState.PENDING);
		assertThat(TransactionFixture.decode(message.events().bytes())).extracting(ChangeEvent::value)
			.isEqualTo(List.of(new Item("a", "2+")));
		message.events().withdrawn(null);
		assertThat(handle.rollback()).isTrue();
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(message.events()::bytes);
	}

	@Test
	void whatIsNotOnTheServerMayConflictAgain() {
		TransactionHandle<Item> handle = insertItem("a", "mine");
		QueueingSender.Message message = this.fixture.encodeNext().message();
		this.fixture.bring(insert("a", "theirs"));
		assertThat(handle.outcome()).isEmpty();
		message.events().withdrawn(null);
		assertConflict(handle, "taken");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "theirs"));
	}

	@Test
	void whatIsNotOnTheServerWhenItsTimeIsOverFails() {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofMillis(20), Duration.ofHours(1));
		TransactionHandle<Item> handle = insertItem("a", "1");
		QueueingSender.Message message = this.fixture.encodeNext().message();
		TransactionHandle<Item> later = insertItem("b", "1");
		await().until(() -> later.outcome().isPresent());
		assertThat(handle.outcome()).as("it may have arrived").isEmpty();
		message.events().withdrawn(new StreamConnectionException("away", URL, 0, null, null));
		assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(TransactionTimeoutException.class).isThrownBy(handle::await)
			.withMessageContaining("away");
	}

	@Test
	@Spec({ "T1.3", "T4.16" })
	void anUnknownOutcomeIsToldAsSuchAndLeavesTheOverlay() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		this.fixture.encodeNext().fail(new AppendOutcomeUnknownException("lost", URL, 0, null, null));
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
		assertThat(handle.state()).isEqualTo(TransactionState.FAILED);
		assertThatExceptionOfType(UnknownOutcomeException.class).isThrownBy(handle::await);
		assertThat(this.fixture.visible()).isEmpty();
		assertThat(this.fixture.pipeline.unknownCount()).isEqualTo(1);
	}

	@Test
	void aServerThatWasNeverReachedIsATimeout() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		this.fixture.encodeNext().fail(new StreamConnectionException("away", URL, 0, null, null));
		assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(TransactionTimeoutException.class).isThrownBy(handle::await)
			.withMessageContaining("nothing of it is in the stream");
	}

	@Test
	@Spec("T6.10")
	void rollsBackUntilItIsSent() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		assertThat(handle.rollback()).isTrue();
		assertThat(this.fixture.visible()).isEmpty();
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(handle::await);
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(this.fixture::encodeNext);
		TransactionHandle<Item> sent = insertItem("a", "1");
		this.fixture.encodeNext();
		assertThat(sent.rollback()).isFalse();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
	}

	// T7

	@Test
	void sendsInTheOrderOfTheCommits() {
		List<String> txids = IntStream.range(0, 20).mapToObj((i) -> insertItem("k" + i, "1").txid()).toList();
		assertThat(txids).doesNotHaveDuplicates();
		for (String txid : txids) {
			assertThat(this.fixture.encodeNext().events().get(0).headers().txid()).isEqualTo(txid);
		}
	}

	@Test
	void refusesMoreThanItCanHold() {
		for (int i = 0; i < TransactionPipeline.LIMIT; i++) {
			insertItem("k" + i, "1");
		}
		assertThatExceptionOfType(TransactionException.class).isThrownBy(() -> insertItem("one too many", "1"))
			.withMessageContaining("100000 pending");
		assertThat(this.fixture.pipeline.pendingCount()).isEqualTo(TransactionPipeline.LIMIT);
		this.fixture.sendNext();
		insertItem("fits", "1");
		assertThat(this.fixture.store.visible().collection(Item.class).count())
			.isEqualTo(TransactionPipeline.LIMIT + 1);
	}

	// T9

	@Test
	@Spec("T9.2")
	void joinsTheAmbientTransactionOfTheThread() {
		AtomicReference<TransactionHandle<Item>> inner = new AtomicReference<>();
		TransactionHandle<Item> outer = this.fixture.transactions.transact((transaction) -> {
			assertThat(this.fixture.transactions.current()).contains(transaction);
			inner.set(insertItem("a", "1"));
			assertThat(inner.get().txid()).isEqualTo(transaction.txid());
			assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(() -> inner.get().await())
				.withMessageContaining("never end");
			return items(transaction).insert(new Item("b", "1"));
		});
		assertThat(this.fixture.transactions.current()).isEmpty();
		assertThat(inner.get().outcome()).isEmpty();
		assertThat(this.fixture.sendNext().events()).hasSize(2);
		assertThat(inner.get().await()).isEqualTo(new Item("a", "1"));
		assertThat(outer.await()).isEqualTo(new Item("b", "1"));
	}

	@Test
	void aPartOfTheWorkThatFailsTakesBackWhatItEntered() {
		this.fixture.bring(insert("x", "1"));
		this.fixture.transactions.transact((transaction) -> {
			items(transaction).insert(new Item("a", "1"));
			items(transaction).update("x", (item) -> item.plus("+"));
			assertThatThrownBy(() -> this.fixture.transactions.transact((same) -> {
				items(same).update("a", (item) -> item.plus("+"));
				items(same).delete("x");
				items(same).insert(new Item("x", "new"));
				items(same).insert(new Item("b", "1"));
				this.fixture.transactions.transact((again) -> items(again).insert(new Item("c", "1")));
				throw new IllegalStateException("inner");
			})).hasMessage("inner");
			assertThat(transaction.mutations())
				.extracting((mutation) -> mutation.operation() + " " + mutation.key() + " " + mutation.value())
				.containsExactly("INSERT a Item[id=a, text=1]", "UPDATE x Item[id=x, text=1+]");
			return null;
		});
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1", "x", "1+"));
	}

	@Test
	@Spec({ "T9.2", "T9.3" })
	void canBeHandedToAnotherThread() throws Exception {
		Transaction transaction = this.fixture.transactions.begin();
		assertThat(this.fixture.transactions.current()).isEmpty();
		CompletableFuture.runAsync(() -> transaction.call(() -> {
			assertThat(this.fixture.transactions.current()).contains(transaction);
			return insertItem("a", "1");
		})).get(10, TimeUnit.SECONDS);
		assertThat(transaction.call(() -> insertItem("b", "1").txid())).isEqualTo(transaction.txid());
		assertThat(this.fixture.transactions.current()).isEmpty();
		transaction.commit();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1", "b", "1"));
	}

	@Test
	@Spec("T9.1")
	void canBeFilledByManyThreads() throws Exception {
		this.fixture.bring(insert("sum", ""));
		Transaction transaction = this.fixture.transactions.begin();
		ExecutorService threads = Executors.newFixedThreadPool(8);
		List<Future<?>> done = IntStream.range(0, 8).<Future<?>>mapToObj((thread) -> threads.submit(() -> {
			for (int i = 0; i < 100; i++) {
				items(transaction).insert(new Item("k" + thread + "-" + i, "1"));
				items(transaction).update("sum", (item) -> item.plus("."));
			}
		})).toList();
		for (Future<?> future : done) {
			future.get(30, TimeUnit.SECONDS);
		}
		threads.shutdown();
		transaction.commit();
		assertThat(this.fixture.visible()).hasSize(801);
		assertThat(this.fixture.visible().get("sum")).hasSize(800);
		assertThat(this.fixture.encodeNext().events()).hasSize(801);
	}

	@Test
	@Spec("T1.2")
	void otherThreadsSeeAllOfATransactionOrNothing() throws Exception {
		CountDownLatch stop = new CountDownLatch(1);
		CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
			while (stop.getCount() > 0) {
				Map<String, String> seen = this.fixture.visible();
				assertThat(seen.size() % 3).isZero();
				seen.forEach((key, value) -> assertThat(seen).containsKeys("a" + key.substring(1),
						"b" + key.substring(1), "c" + key.substring(1)));
			}
		});
		for (int i = 0; i < 300; i++) {
			int number = i;
			this.fixture.transactions.transact((transaction) -> {
				items(transaction).insert(new Item("a" + number, "1"));
				items(transaction).insert(new Item("b" + number, "1"));
				return items(transaction).insert(new Item("c" + number, "1"));
			});
			if (i % 2 == 0) {
				this.fixture.sendNext();
			}
		}
		stop.countDown();
		reader.get(30, TimeUnit.SECONDS);
	}

	@Test
	void waitingOnTheApplyThreadThrows() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		this.fixture.gate.applyThread = Thread.currentThread();
		assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(handle::await);
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> handle.await(Duration.ofSeconds(1)));
		this.fixture.sendNext();
		assertThat(handle.await()).as("nothing to wait for any more").isEqualTo(new Item("a", "1"));
	}

	@Test
	void anInterruptedWaiterKeepsItsInterruptAndTheTransactionGoesOn() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(TransactionException.class).isThrownBy(handle::await)
			.withMessageContaining("Interrupted");
		assertThat(Thread.interrupted()).isTrue();
		this.fixture.sendNext();
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
	}

	@Test
	void cancellingTheFutureDoesNotCancelTheTransaction() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		handle.persisted().cancel(true);
		this.fixture.sendNext();
		assertThat(handle.persisted()).isCompletedWithValue(new Item("a", "1"));
	}

	@Test
	void remembersWhatItReadByKey() {
		this.fixture.bring(insert("a", "1"));
		DefaultTransaction transaction = (DefaultTransaction) this.fixture.transactions.begin();
		items(transaction).find("a");
		items(transaction).find("missing");
		items(transaction).insert(new Item("own", "1"));
		items(transaction).find("own");
		this.fixture.bring(update("a", "2"));
		items(transaction).find("a");
		assertThat(transaction.reads().isComplete()).isTrue();
		assertThat(transaction.reads().reads()).hasSize(2);
		transaction.reads().reads().forEach((ref, version) -> {
			if (ref.key().equals("a")) {
				assertThat(Optional.ofNullable(version.row()).<Object>map((row) -> row.value()))
					.as("the version that was seen first")
					.contains(new Item("a", "1"));
			}
			else {
				assertThat(ref.key()).isEqualTo("missing");
				assertThat(version.row()).isNull();
			}
		});
	}

	// M13

	@Test
	@Spec({ "M13.4", "M13.5" })
	void closingSettlesEverythingByHowFarItHasCome() {
		TransactionHandle<Item> acknowledged = insertItem("a", "1");
		TransactionHandle<Item> sent = insertItem("b", "1");
		TransactionHandle<Item> waiting = insertItem("c", "1");
		Sent first = this.fixture.encodeNext();
		first.acknowledge(offset(this.fixture.position() + 1));
		this.fixture.encodeNext();
		this.fixture.pipeline.close();
		assertThat(acknowledged.outcome()).contains(TransactionOutcome.DURABLE);
		assertThat(sent.outcome()).contains(TransactionOutcome.UNKNOWN);
		assertThat(waiting.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(acknowledged::await)
			.withMessageContaining("StreamDB closed");
		assertThatExceptionOfType(UnknownOutcomeException.class).isThrownBy(sent::await)
			.withMessageContaining("StreamDB closed");
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(waiting::await)
			.withMessageContaining("StreamDB closed");
		assertThat(this.fixture.pipeline.pendingCount()).isZero();
		assertThat(this.fixture.visible()).as("what is in the stream stays").isEqualTo(Map.of("a", "1"));
	}

	@Test
	void aHandleMayBeWaitedForForEver() {
		TransactionHandle<Item> handle = insertItem("a", "1");
		CompletableFuture<Item> waiter = CompletableFuture
			.supplyAsync(() -> handle.await(ChronoUnit.FOREVER.getDuration()));
		this.fixture.sendNext();
		assertThat(waiter).succeedsWithin(Duration.ofSeconds(20));
	}

	@Test
	void drainsUntilEverythingHasSettled() throws Exception {
		TransactionHandle<Item> handle = insertItem("a", "1");
		CompletableFuture<Void> drained = CompletableFuture
			.runAsync(() -> this.fixture.pipeline.drain(Duration.ofSeconds(30), () -> true));
		assertThat(drained).isNotDone();
		this.fixture.sendNext();
		drained.get(10, TimeUnit.SECONDS);
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		insertItem("b", "1");
		this.fixture.pipeline.drain(Duration.ofMillis(1), () -> true);
		this.fixture.pipeline.drain(Duration.ofHours(1), () -> false);
	}

	private TransactionHandle<Item> insertItem(String key, String text) {
		return this.fixture.transactions.transact((transaction) -> items(transaction).insert(new Item(key, text)));
	}

	private void assertConflict(TransactionHandle<?> handle, String message) {
		assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(ConflictException.class).isThrownBy(handle::await).withMessageContaining(message);
	}

}
