package io.streamdb.transaction;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.client.StreamBadRequestException;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import io.streamdb.transaction.TransactionFixture.Item;
import io.streamdb.transaction.TransactionFixture.Sent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static io.streamdb.transaction.TransactionFixture.insert;
import static io.streamdb.transaction.TransactionFixture.items;
import static io.streamdb.transaction.TransactionFixture.offset;
import static io.streamdb.transaction.TransactionFixture.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Tests for actions: SPEC T6.
 */
@Timeout(60)
class ActionsTests {

	private TransactionFixture fixture = new TransactionFixture();

	@AfterEach
	void close() {
		this.fixture.close();
	}

	@Test
	void anActionIsShownAtOnceAndPersistedByTheDefaultWay() {
		OptimisticAction<String, Item> action = (text, context) -> {
			assertThat(context.txid()).isNotEmpty();
			return context.collection(Item.class).insert(new Item("a", text));
		};
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(action, "1");
		assertThat(handle.result()).isEqualTo(new Item("a", "1"));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
		assertThat(this.fixture.sendNext().events()).hasSize(1);
		assertThat(handle.await()).isEqualTo(new Item("a", "1"));
	}

	@Test
	void anExceptionInOnMutateLeavesNoTrace() {
		OptimisticAction<String, Item> action = (text, context) -> {
			context.collection(Item.class).insert(new Item("a", text));
			throw new IllegalStateException("no");
		};
		assertThatThrownBy(() -> this.fixture.transactions.invoke(action, "1")).hasMessage("no");
		assertThat(this.fixture.visible()).isEmpty();
		assertThat(this.fixture.sender.size()).isZero();
	}

	@Test
	void onMutateRunsInItsTransactionAndMayTouchOnlyCollections() {
		OptimisticAction<String, Item> action = (text, context) -> {
			assertThat(this.fixture.transactions.current().map(Transaction::txid)).contains(context.txid());
			assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(context::stream);
			assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(context::persist);
			return this.fixture.transactions
				.transact((transaction) -> items(transaction).insert(new Item("joined", text)))
				.result();
		};
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(action, "1");
		assertThat(this.fixture.sendNext().events()).hasSize(1);
		assertThat(handle.await()).isEqualTo(new Item("joined", "1"));
	}

	@Test
	void aCustomMutateKeepsTheOverlayUntilItIsDone() {
		CompletableFuture<String> done = new CompletableFuture<>();
		AtomicReference<List<Mutation<?>>> mutations = new AtomicReference<>();
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(insertAnd((context) -> {
			mutations.set(context.mutations());
			assertThat(context.stream()).isNotNull();
			return done;
		}), "1");
		await().until(() -> handle.state() == TransactionState.PERSISTING && mutations.get() != null);
		assertThat(mutations.get()).extracting((mutation) -> mutation.operation() + " " + mutation.key())
			.containsExactly("INSERT a");
		assertThat(handle.rollback()).isFalse();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
		done.complete("ok");
		assertThat(handle.await()).isEqualTo(new Item("a", "1"));
		assertThat(this.fixture.visible()).isEmpty();
		assertThat(this.fixture.sender.size()).isZero();
	}

	@Test
	void aCustomMutateThatFailsRollsBackAndFailsTheHandle() {
		IllegalStateException failure = new IllegalStateException("refused");
		TransactionHandle<Item> later = this.fixture.transactions
			.invoke(insertAnd((context) -> CompletableFuture.failedFuture(failure)), "1");
		assertThatThrownBy(later::await).isSameAs(failure);
		assertThat(later.outcome()).contains(TransactionOutcome.FAILED);
		TransactionHandle<Item> thrown = this.fixture.transactions.invoke(insertAnd((context) -> {
			throw failure;
		}), "1");
		assertThatThrownBy(thrown::await).isSameAs(failure);
		TransactionHandle<Item> checked = this.fixture.transactions
			.invoke(insertAnd((context) -> CompletableFuture.failedFuture(new java.io.IOException("away"))), "1");
		assertThatExceptionOfType(TransactionException.class).isThrownBy(checked::await)
			.withCauseInstanceOf(java.io.IOException.class);
		TransactionHandle<Item> nothing = this.fixture.transactions.invoke(insertAnd((context) -> null), "1");
		assertThatExceptionOfType(TransactionException.class).isThrownBy(nothing::await).withMessageContaining("null");
		assertThat(this.fixture.visible()).isEmpty();
	}

	@Test
	void anOverlayThatTheStreamConfirmsEarlyGoesInThatStepAndIsNeverAppliedTwice() {
		this.fixture.bring(insert("a", "1"));
		CompletableFuture<String> done = new CompletableFuture<>();
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(new OptimisticAction<String, Item>() {

			@Override
			public Item onMutate(String params, ActionContext context) {
				return context.collection(Item.class).update("a", (item) -> item.plus(params));
			}

			@Override
			public CompletionStage<?> mutate(String params, ActionContext context) {
				return done;
			}

		}, "+");
		this.fixture.bring(new ChangeEvent<>("item", "a", new Item("a", "1+"), null,
				new EventHeaders(Operation.UPDATE, handle.txid(), null, Map.of())));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1+"));
		assertThat(handle.outcome()).isEmpty();
		this.fixture.bring(update("a", "2"));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2"));
		done.complete("ok");
		handle.await();
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2"));
	}

	@Test
	void aCustomMutateInProgressIsNotTouchedByConflicts() {
		CompletableFuture<String> done = new CompletableFuture<>();
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(insertAnd((context) -> done), "mine");
		this.fixture.bring(insert("a", "theirs"));
		assertThat(handle.outcome()).isEmpty();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "mine"));
		done.complete("ok");
		handle.await();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "theirs"));
	}

	@Test
	void aCustomMutateMayPersistByTheDefaultWay() throws Exception {
		CompletableFuture<String> before = new CompletableFuture<>();
		CompletableFuture<String> after = new CompletableFuture<>();
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(
				insertAnd((context) -> before.thenCompose((ok) -> context.persist()).thenCompose((ok) -> after)), "1");
		assertThat(this.fixture.sender.size()).isZero();
		before.complete("ok");
		await().until(() -> this.fixture.sender.size() == 1);
		Sent sent = this.fixture.sendNext();
		assertThat(sent.events()).extracting((event) -> event.headers().txid()).containsExactly(handle.txid());
		assertThat(handle.outcome()).isEmpty();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
		after.complete("ok");
		assertThat(handle.await()).isEqualTo(new Item("a", "1"));
		assertThat(this.fixture.pipeline.pendingCount()).isZero();
	}

	@Test
	void whereMutatePersistsWithoutWaitingTheHandleWaitsForBoth() {
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(insertAnd((context) -> {
			context.persist();
			return CompletableFuture.completedFuture("early");
		}), "1");
		await().until(() -> this.fixture.sender.size() == 1);
		Sent sent = this.fixture.encodeNext();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
		sent.acknowledge(offset(this.fixture.position() + 1));
		assertThat(handle.outcome()).isEmpty();
		this.fixture.bring(sent.events());
		assertThat(handle.await()).isEqualTo(new Item("a", "1"));
	}

	@Test
	void aRefusedPersistFailsTheMutateThatWaitsForIt() {
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(insertAnd(ActionContext::persist), "1");
		await().until(() -> this.fixture.sender.size() == 1);
		StreamBadRequestException refusal = new StreamBadRequestException("no", URI.create("http://x"), 400, null,
				null);
		this.fixture.encodeNext().fail(refusal);
		assertThatThrownBy(handle::await).isSameAs(refusal);
		assertThat(this.fixture.visible()).isEmpty();
	}

	@Test
	void whatWasAcknowledgedStaysVisibleEvenWhenMutateFailsAfterIt() {
		CompletableFuture<String> after = new CompletableFuture<>();
		CountDownLatch persisted = new CountDownLatch(1);
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(insertAnd((context) -> {
			context.persist();
			persisted.countDown();
			return after;
		}), "1");
		await().until(() -> this.fixture.sender.size() == 1);
		Sent sent = this.fixture.encodeNext();
		sent.acknowledge(offset(this.fixture.position() + 1));
		after.completeExceptionally(new IllegalStateException("too late"));
		assertThatThrownBy(handle::await).hasMessage("too late");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
		this.fixture.bring(sent.events());
		assertThat(this.fixture.store.visible().collection(Item.class).row("a").origin().offset()).isNotNull();
	}

	@Test
	void anActionWithItsOwnMutateCannotJoinATransaction() {
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> this.fixture.transactions.transact((transaction) -> this.fixture.transactions
				.invoke(insertAnd((context) -> CompletableFuture.completedFuture("x")), "1")))
			.withMessageContaining("invoke it outside");
		assertThat(this.fixture.visible()).isEmpty();
	}

	@Test
	void anActionThatFailsInATransactionTakesBackWhatItEntered() {
		OptimisticAction<String, Item> failing = (text, context) -> {
			context.collection(Item.class).insert(new Item("b", text));
			throw new IllegalStateException("no");
		};
		this.fixture.transactions.transact((transaction) -> {
			items(transaction).insert(new Item("a", "1"));
			assertThatThrownBy(() -> this.fixture.transactions.invoke(failing, "1")).hasMessage("no");
			return null;
		});
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
	}

	@Test
	void closingLeavesACustomMutateInProgressUnknown() throws Exception {
		CountDownLatch started = new CountDownLatch(1);
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(insertAnd((context) -> {
			started.countDown();
			return new CompletableFuture<>();
		}), "1");
		assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
		this.fixture.pipeline.close();
		assertThatExceptionOfType(UnknownOutcomeException.class).isThrownBy(() -> handle.await(Duration.ofSeconds(1)));
	}

	private static OptimisticAction<String, Item> insertAnd(Mutate mutate) {
		return new OptimisticAction<>() {

			@Override
			public Item onMutate(String text, ActionContext context) {
				return context.collection(Item.class).insert(new Item("a", text));
			}

			@Override
			public CompletionStage<?> mutate(String text, ActionContext context) {
				return mutate.mutate(context);
			}

		};
	}

	/**
	 * A custom mutate.
	 */
	private interface Mutate {

		CompletionStage<?> mutate(ActionContext context);

	}

}
