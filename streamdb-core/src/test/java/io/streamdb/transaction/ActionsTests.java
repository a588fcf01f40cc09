package io.streamdb.transaction;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.Spec;
import io.streamdb.client.StreamBadRequestException;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import io.streamdb.testsupport.Latches;
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
	@Spec({ "T6.1", "T6.4", "T6.7", "T6.8" })
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
	@Spec("T6.6")
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
	@Spec("T6.2")
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
	@Spec({ "T6.5", "T6.9" })
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
	@Spec({ "T6.1", "T6.3" })
	void mutateRunsOnAnotherThreadWithEverythingThatItNeeds() {
		CompletableFuture<Thread> local = new CompletableFuture<>();
		CompletableFuture<Thread> remote = new CompletableFuture<>();
		CompletableFuture<String> told = new CompletableFuture<>();
		TransactionHandle<Item> handle = this.fixture.transactions.invoke(new OptimisticAction<String, Item>() {

			@Override
			public Item onMutate(String text, ActionContext context) {
				local.complete(Thread.currentThread());
				return context.collection(Item.class).insert(new Item("a", text));
			}

			@Override
			public CompletionStage<?> mutate(String text, ActionContext context) {
				remote.complete(Thread.currentThread());
				told.complete(context.stream().url() + " " + context.txid() + " " + text + " "
						+ context.mutations().get(0).value());
				return CompletableFuture.completedFuture("ok");
			}

		}, "1");
		assertThat(local).as("at once").isCompletedWithValue(Thread.currentThread());
		assertThat(handle.await()).isEqualTo(new Item("a", "1"));
		assertThat(remote.join()).isNotSameAs(Thread.currentThread());
		assertThat(told)
			.isCompletedWithValue("http://unused.test/stream " + handle.txid() + " 1 " + new Item("a", "1"));
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
	@Spec("T6.11")
	void aCustomMutateInProgressSettlesByItselfAndDoesNotPersistAConflict() {
		CompletableFuture<String> done = new CompletableFuture<>();
		AtomicReference<CompletionStage<Void>> persisted = new AtomicReference<>();
		TransactionHandle<Item> handle = invokeStarted(insertAnd((context) -> done.thenCompose((ok) -> {
			persisted.set(context.persist());
			return CompletableFuture.completedFuture(ok);
		})), "mine");
		this.fixture.bring(insert("a", "theirs"));
		assertThat(handle.outcome()).isEmpty();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "theirs"));
		done.complete("ok");
		handle.await();
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "theirs"));
		assertThat(persisted.get()).isCompletedExceptionally();
		assertThatThrownBy(() -> persisted.get().toCompletableFuture().join())
			.hasCauseInstanceOf(ConflictException.class);
		assertThat(this.fixture.sender.size()).isZero();
	}

	@Test
	void aConflictBeforeMutateIsCalledFailsTheAction() {
		this.fixture.close();
		List<Runnable> tasks = new ArrayList<>();
		this.fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofHours(1), tasks::add);
		TransactionHandle<Item> handle = this.fixture.transactions
			.invoke(insertAnd((context) -> CompletableFuture.failedFuture(new AssertionError("called"))), "mine");
		this.fixture.bring(insert("a", "theirs"));
		tasks.forEach(Runnable::run);
		assertThatExceptionOfType(ConflictException.class).isThrownBy(handle::await);
	}

	@Test
	void mutationsFollowTheStreamUntilMutateAsksForThem() {
		this.fixture.bring(insert("a", "1"));
		CompletableFuture<String> ask = new CompletableFuture<>();
		AtomicReference<List<Mutation<?>>> asked = new AtomicReference<>();
		TransactionHandle<Item> handle = invokeStarted(updateAnd((context) -> ask.thenCompose((ok) -> {
			asked.set(context.mutations());
			return new CompletableFuture<>();
		})), "+");
		this.fixture.bring(update("a", "2"));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2+"));
		ask.complete("now");
		assertThat(asked.get()).extracting(Mutation::value).isEqualTo(List.of(new Item("a", "2+")));
		this.fixture.bring(update("a", "3"));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "2+"));
		assertThat(handle.outcome()).isEmpty();
	}

	@Test
	void mutationsThatDoNotFitAnyMoreAreNotTold() {
		CompletableFuture<String> ask = new CompletableFuture<>();
		TransactionHandle<Item> handle = invokeStarted(
				insertAnd((context) -> ask.thenCompose((ok) -> CompletableFuture.completedFuture(context.mutations()))),
				"mine");
		TransactionHandle<Item> dependent = change(List.of("a"), "+B");
		this.fixture.bring(insert("a", "theirs"));
		assertThat(this.fixture.sendNext().events()).as("there is nothing to wait for any more")
			.extracting(ChangeEvent::value)
			.isEqualTo(List.of(new Item("a", "theirs+B")));
		assertThat(dependent.outcome()).contains(TransactionOutcome.COMPLETED);
		ask.complete("now");
		assertThatExceptionOfType(ConflictException.class).isThrownBy(handle::await);
	}

	@Test
	void mutationsFollowTheStreamUntilPersistSendsThem() {
		this.fixture.bring(insert("a", "1"));
		invokeStarted(updateAnd(ActionContext::persist), "+");
		await().until(() -> this.fixture.sender.size() == 1);
		this.fixture.bring(update("a", "2"));
		assertThat(this.fixture.sendNext().events()).extracting(ChangeEvent::value)
			.isEqualTo(List.of(new Item("a", "2+")));
	}

	@Test
	void whatLaterTransactionsDoToItsKeysWaitsUntilMutateHasEnded() {
		this.fixture.bring(insert("a", "0"), insert("b", "0"));
		CompletableFuture<String> paid = new CompletableFuture<>();
		TransactionHandle<Item> action = invokeStarted(updateAnd((context) -> paid), "+PAID");
		TransactionHandle<Item> dependent = change(List.of("a", "b"), "+B");
		TransactionHandle<Item> transitive = change(List.of("b"), "+C");
		TransactionHandle<Item> other = change(List.of("c"), "D");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0+PAID+B", "b", "0+B+C", "c", "D"));
		assertThat(this.fixture.sender.size()).as("what touches other keys goes ahead").isEqualTo(1);
		assertThat(this.fixture.sendNext().events()).extracting(ChangeEvent::key).containsExactly("c");
		assertThat(other.outcome()).contains(TransactionOutcome.COMPLETED);
		paid.completeExceptionally(new IllegalStateException("declined"));
		assertThatThrownBy(action::await).hasMessage("declined");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0+B", "b", "0+B+C", "c", "D"));
		this.fixture.sendNext();
		this.fixture.sendNext();
		assertThat(dependent.await()).isNotNull();
		assertThat(transitive.await()).isNotNull();
		assertThat(this.fixture.synced()).isEqualTo(Map.of("a", "0+B", "b", "0+B+C", "c", "D"));
	}

	@Test
	void whatWaitedGoesOutBehindWhatMutateHasPersisted() {
		this.fixture.bring(insert("a", "0"));
		CompletableFuture<String> paid = new CompletableFuture<>();
		CompletableFuture<String> rest = new CompletableFuture<>();
		TransactionHandle<Item> action = invokeStarted(
				updateAnd((context) -> paid.thenCompose((ok) -> context.persist()).thenCompose((ok) -> rest)), "+PAID");
		TransactionHandle<Item> dependent = change(List.of("a"), "+B");
		paid.complete("ok");
		await().until(() -> this.fixture.sender.size() == 1);
		Sent sent = this.fixture.encodeNext();
		assertThat(sent.events()).extracting(ChangeEvent::value).isEqualTo(List.of(new Item("a", "0+PAID")));
		assertThat(this.fixture.sender.size()).as("it may be refused").isZero();
		sent.acknowledge(offset(this.fixture.position() + 1));
		assertThat(this.fixture.sender.size()).as("it is in the stream").isEqualTo(1);
		this.fixture.bring(sent.events());
		this.fixture.sendNext();
		assertThat(dependent.await()).isEqualTo(new Item("a", "0+PAID+B"));
		assertThat(action.outcome()).isEmpty();
		assertThat(this.fixture.synced()).isEqualTo(Map.of("a", "0+PAID+B"));
	}

	@Test
	void whatWaitsForAnActionConflictsWhenThatLeavesNothing() {
		CompletableFuture<String> paid = new CompletableFuture<>();
		TransactionHandle<Item> action = invokeStarted(insertAnd((context) -> paid), "1");
		TransactionHandle<Item> dependent = change(List.of("a"), "+B");
		paid.completeExceptionally(new IllegalStateException("declined"));
		assertThat(action.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(ConflictException.class).isThrownBy(dependent::await);
		assertThat(this.fixture.sender.size()).isZero();
	}

	@Test
	@Spec("T6.10")
	void whatWaitsCanBeRolledBackAndLetsThoseGoThatWaitForItOnly() {
		this.fixture.bring(insert("a", "0"), insert("b", "0"));
		invokeStarted(updateAnd((context) -> new CompletableFuture<>()), "+");
		TransactionHandle<Item> dependent = change(List.of("a", "b"), "+B");
		TransactionHandle<Item> transitive = change(List.of("b"), "+C");
		assertThat(this.fixture.sender.size()).isZero();
		assertThat(dependent.rollback()).isTrue();
		assertThat(this.fixture.sendNext().events()).extracting(ChangeEvent::value)
			.isEqualTo(List.of(new Item("b", "0+C")));
		assertThat(transitive.outcome()).contains(TransactionOutcome.COMPLETED);
	}

	@Test
	void waitingForAnActionIsBoundedByTheTransactionTimeout() {
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofMillis(50), Duration.ofHours(1));
		TransactionHandle<Item> action = invokeStarted(insertAnd((context) -> new CompletableFuture<>()), "1");
		TransactionHandle<Item> dependent = change(List.of("a"), "+B");
		assertThatExceptionOfType(TransactionTimeoutException.class).isThrownBy(dependent::await)
			.withMessageContaining(action.txid())
			.withMessageContaining(ActionsTests.class.getName())
			.withMessageContaining("mutate has not ended");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "1"));
		TransactionHandle<Item> later = invokeStarted(updateAnd(ActionContext::persist), "+C");
		assertThatExceptionOfType(TransactionTimeoutException.class).isThrownBy(later::await)
			.withMessageContaining(action.txid());
		assertThat(action.outcome()).isEmpty();
	}

	@Test
	void aLaterActionPersistsAfterTheEarlierOnesOnItsKeys() {
		this.fixture.bring(insert("a", "0"));
		CompletableFuture<String> first = new CompletableFuture<>();
		TransactionHandle<Item> earlier = invokeStarted(updateAnd((context) -> first), "+1");
		TransactionHandle<Item> later = invokeStarted(updateAnd(ActionContext::persist), "+2");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0+1+2"));
		assertThat(this.fixture.sender.size()).isZero();
		first.completeExceptionally(new IllegalStateException("no"));
		assertThat(earlier.outcome()).contains(TransactionOutcome.FAILED);
		await().until(() -> this.fixture.sender.size() == 1);
		this.fixture.sendNext();
		assertThat(later.await()).isEqualTo(new Item("a", "0+2"));
		assertThat(this.fixture.synced()).isEqualTo(Map.of("a", "0+2"));
	}

	@Test
	void mutationsThatWereToldOnTopOfWhatFailedAreNotPersisted() {
		this.fixture.bring(insert("a", "0"));
		TransactionHandle<Item> below = change(List.of("a"), "+A");
		AtomicReference<List<Mutation<?>>> asked = new AtomicReference<>();
		TransactionHandle<Item> action = invokeStarted(updateAnd((context) -> {
			asked.set(context.mutations());
			return context.persist();
		}), "+C");
		await().until(() -> this.fixture.sender.size() == 2);
		this.fixture.encodeNext().fail(new StreamBadRequestException("no", URI.create("http://x"), 400, null, null));
		assertThat(below.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(ConflictException.class).isThrownBy(this.fixture::encodeNext)
			.withMessageContaining(below.txid());
		assertThatExceptionOfType(ConflictException.class).isThrownBy(action::await);
		assertThat(asked.get()).extracting(Mutation::value).isEqualTo(List.of(new Item("a", "0+A+C")));
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0"));
	}

	@Test
	void whatMutateCommitsItselfGoesOutBeforeThoseThatWaitForIt() {
		this.fixture.bring(insert("a", "0"));
		CountDownLatch go = new CountDownLatch(1);
		TransactionHandle<Item> action = invokeStarted(updateAnd((context) -> {
			Latches.awaitOpen(go);
			return change(List.of("a"), "+own").persisted();
		}), "+PAID");
		TransactionHandle<Item> dependent = change(List.of("a"), "+B");
		go.countDown();
		await().until(() -> this.fixture.sender.size() == 1);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0+own+PAID+B"));
		assertThat(this.fixture.sendNext().events()).as("with nothing of what mutate has not persisted")
			.extracting(ChangeEvent::value)
			.isEqualTo(List.of(new Item("a", "0+own")));
		assertThat(action.await()).isEqualTo(new Item("a", "0+PAID"));
		await().until(() -> this.fixture.sender.size() == 1);
		this.fixture.sendNext();
		assertThat(dependent.await()).isEqualTo(new Item("a", "0+own+B"));
	}

	@Test
	void whatMutateCommitsItselfDoesNotWaitForWhatWaitsOnAnotherKey() {
		this.fixture.bring(insert("a", "0"), insert("b", "0"), insert("c", "0"));
		CountDownLatch go = new CountDownLatch(1);
		TransactionHandle<Item> action = invokeStarted(updateAnd((context) -> {
			Latches.awaitOpen(go);
			return change(List.of("b"), "+own").persisted();
		}), "+PAID");
		TransactionHandle<Item> dependent = change(List.of("a", "c"), "+B");
		TransactionHandle<Item> transitive = change(List.of("c", "b"), "+C");
		go.countDown();
		await().until(() -> this.fixture.sender.size() == 1);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0+PAID+B", "b", "0+own+C", "c", "0+B+C"));
		assertThat(this.fixture.sendNext().events()).extracting(ChangeEvent::value)
			.isEqualTo(List.of(new Item("b", "0+own")));
		action.await();
		await().until(() -> this.fixture.sender.size() == 2);
		this.fixture.sendNext();
		this.fixture.sendNext();
		assertThat(dependent.await()).isEqualTo(new Item("c", "0+B"));
		assertThat(transitive.await()).isEqualTo(new Item("b", "0+own+C"));
		assertThat(this.fixture.synced()).isEqualTo(Map.of("a", "0+B", "b", "0+own+C", "c", "0+B+C"));
	}

	@Test
	void whatMutateCommitsItselfGoesOutBeforeItsPersistThatIsHeld() {
		this.fixture.bring(insert("a", "0"), insert("b", "0"));
		CompletableFuture<String> other = new CompletableFuture<>();
		invokeStarted(changeAnd(List.of("b"), (context) -> other), "+D");
		TransactionHandle<Item> action = invokeStarted(changeAnd(List.of("a", "b"), (context) -> {
			CompletionStage<Void> persisted = context.persist();
			change(List.of("a"), "+own");
			return persisted;
		}), "+C");
		await().until(() -> this.fixture.sender.size() == 1);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0+own+C", "b", "0+D+C"));
		assertThat(this.fixture.sendNext().events()).extracting(ChangeEvent::value)
			.isEqualTo(List.of(new Item("a", "0+own")));
		other.completeExceptionally(new IllegalStateException("declined"));
		await().until(() -> this.fixture.sender.size() == 1);
		this.fixture.sendNext();
		action.await();
		assertThat(this.fixture.synced()).isEqualTo(Map.of("a", "0+own+C", "b", "0+C"));
	}

	@Test
	void whatMutateCommitsItselfKeepsItsOrder() {
		this.fixture.bring(insert("a", "0"), insert("b", "0"), insert("c", "0"));
		CompletableFuture<String> other = new CompletableFuture<>();
		invokeStarted(changeAnd(List.of("b"), (context) -> other), "+D");
		TransactionHandle<Item> action = invokeStarted(changeAnd(List.of("a"), (context) -> {
			change(List.of("b", "c"), "+1");
			return change(List.of("c"), "+2").persisted();
		}), "+C");
		await().until(() -> this.fixture.visible().get("c").equals("0+1+2"));
		assertThat(this.fixture.sender.size()).isZero();
		other.completeExceptionally(new IllegalStateException("declined"));
		await().until(() -> this.fixture.sender.size() == 2);
		this.fixture.sendNext();
		this.fixture.sendNext();
		action.await();
		assertThat(this.fixture.synced()).isEqualTo(Map.of("a", "0", "b", "0+1", "c", "0+1+2"));
	}

	@Test
	void whatMutateCommitsItselfOnTopOfWhatItHasNotPersistedIsAConflict() {
		AtomicReference<Throwable> failure = new AtomicReference<>();
		TransactionHandle<Item> action = invokeStarted(insertAnd((context) -> change(List.of("a"), "+own").persisted()
			.whenComplete((item, ex) -> failure.set(Outbox.unwrapped(ex)))), "1");
		assertThatExceptionOfType(ConflictException.class).isThrownBy(action::await);
		assertThat(failure.get()).isInstanceOf(ConflictException.class);
		assertThat(this.fixture.sender.size()).isZero();
	}

	@Test
	void aPersistThatIsHeldGoesWithTheMutateThatFails() {
		this.fixture.bring(insert("a", "0"));
		CompletableFuture<String> other = new CompletableFuture<>();
		CompletableFuture<String> end = new CompletableFuture<>();
		invokeStarted(updateAnd((context) -> other), "+D");
		AtomicReference<CompletionStage<Void>> persisted = new AtomicReference<>();
		TransactionHandle<Item> action = invokeStarted(updateAnd((context) -> {
			persisted.set(context.persist());
			return end;
		}), "+C");
		await().until(() -> persisted.get() != null);
		end.completeExceptionally(new IllegalStateException("no"));
		assertThatThrownBy(action::await).hasMessage("no");
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0+D"));
		assertThat(persisted.get()).failsWithin(Duration.ofSeconds(20));
		other.complete("ok");
		assertThat(this.fixture.sender.size()).isZero();
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "0"));
	}

	@Test
	void aPersistThatIsQueuedGoesWithTheMutateThatFails() {
		CompletableFuture<String> end = new CompletableFuture<>();
		TransactionHandle<Item> action = invokeStarted(insertAnd((context) -> {
			context.persist();
			return end;
		}), "1");
		await().until(() -> this.fixture.sender.size() == 1);
		end.completeExceptionally(new IllegalStateException("no"));
		assertThat(action.outcome()).contains(TransactionOutcome.FAILED);
		assertThat(this.fixture.visible()).isEmpty();
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(this.fixture::encodeNext);
	}

	@Test
	void aPersistThatIsGivenBackGoesWithTheMutateThatHasFailed() {
		CompletableFuture<String> end = new CompletableFuture<>();
		TransactionHandle<Item> action = invokeStarted(insertAnd((context) -> {
			context.persist();
			return end;
		}), "1");
		await().until(() -> this.fixture.sender.size() == 1);
		Sent sent = this.fixture.encodeNext();
		end.completeExceptionally(new IllegalStateException("no"));
		assertThat(action.outcome()).contains(TransactionOutcome.FAILED);
		assertThat(this.fixture.visible()).as("it may be in the stream").isEqualTo(Map.of("a", "1"));
		sent.message().events().withdrawn(null);
		assertThat(this.fixture.visible()).isEmpty();
		this.fixture.sender.putBack(List.of(sent.message()));
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(this.fixture::encodeNext);
	}

	@Test
	void whatNoLongerWaitsIsForgottenByWhatItWaitedFor() {
		PendingTransaction obstacle = new PendingTransaction(new Settlement("o"));
		PendingTransaction waiter = new PendingTransaction(new Settlement("w"));
		SendOrder order = new SendOrder();
		assertThat(order.admits(waiter, obstacle)).isFalse();
		assertThat(obstacle.waiters()).containsExactly(waiter);
		order.passed(waiter);
		assertThat(obstacle.waiters()).isEmpty();
		order.passed(obstacle);
		assertThat(order.next()).isNull();
	}

	@Test
	void whatMutatePersistsGoesOnTopOfWhatItHasCommittedItself() {
		this.fixture.bring(insert("a", "0"));
		CountDownLatch go = new CountDownLatch(1);
		CompletableFuture<String> ready = new CompletableFuture<>();
		TransactionHandle<Item> action = invokeStarted(updateAnd((context) -> {
			Latches.awaitOpen(go);
			this.fixture.transactions.transact((transaction) -> items(transaction).save(new Item("a", "own")));
			return ready.thenCompose((ok) -> context.persist());
		}), "+PAID");
		TransactionHandle<Item> dependent = change(List.of("a"), "+B");
		go.countDown();
		await().until(() -> this.fixture.sender.size() == 1);
		assertThat(this.fixture.visible()).isEqualTo(Map.of("a", "own+PAID+B"));
		ready.complete("ok");
		await().until(() -> this.fixture.sender.size() == 2);
		this.fixture.sendNext();
		this.fixture.sendNext();
		action.await();
		this.fixture.sendNext();
		assertThat(dependent.await()).isEqualTo(new Item("a", "own+PAID+B"));
		assertThat(this.fixture.synced()).isEqualTo(Map.of("a", "own+PAID+B"));
	}

	private <R> TransactionHandle<R> invokeStarted(OptimisticAction<String, R> action, String params) {
		TransactionHandle<R> handle = this.fixture.transactions.invoke(action, params);
		await().until(() -> handle.state() != TransactionState.PENDING);
		return handle;
	}

	private TransactionHandle<Item> change(List<String> keys, String more) {
		return this.fixture.transactions.transact((transaction) -> {
			Item last = null;
			for (String key : keys) {
				last = items(transaction).find(key).isPresent()
						? items(transaction).update(key, (item) -> item.plus(more))
						: items(transaction).insert(new Item(key, more));
			}
			return last;
		});
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
	@Spec("T4.12")
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

	@ParameterizedTest
	@ValueSource(classes = { RejectedExecutionException.class, IllegalStateException.class, OutOfMemoryError.class })
	void anExecutorThatDoesNotRunMutateLeavesNothingVisible(Class<? extends Throwable> type) throws Exception {
		Throwable refusal = type.getConstructor(String.class).newInstance("no thread");
		this.fixture.close();
		this.fixture = new TransactionFixture(Duration.ofHours(1), Duration.ofHours(1), (task) -> {
			ActionsTests.<RuntimeException>sneak(refusal);
		});
		TransactionHandle<Item> handle = this.fixture.transactions
			.invoke(insertAnd((context) -> CompletableFuture.completedFuture("x")), "1");
		assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(TransactionException.class).isThrownBy(handle::await)
			.withMessageContaining("refuses to run mutate")
			.withMessageContaining("no thread")
			.withCause(refusal);
		assertThat(this.fixture.visible()).isEmpty();
		assertThat(this.fixture.pipeline.pendingCount()).isZero();
		assertThat(this.fixture.pipeline.isPending(handle.txid())).isFalse();
	}

	@SuppressWarnings("unchecked")
	private static <E extends Throwable> void sneak(Throwable refusal) throws E {
		throw (E) refusal;
	}

	@Test
	void persistAfterTheDatabaseIsClosedFailsEachTime() throws Exception {
		CompletableFuture<ActionContext> told = new CompletableFuture<>();
		this.fixture.transactions.invoke(insertAnd((context) -> {
			told.complete(context);
			return new CompletableFuture<>();
		}), "1");
		ActionContext context = told.get(10, TimeUnit.SECONDS);
		this.fixture.pipeline.close();
		this.fixture.close();
		for (int i = 0; i < 2; i++) {
			assertThat(context.persist().toCompletableFuture()).failsWithin(Duration.ofSeconds(20))
				.withThrowableThat()
				.withCauseInstanceOf(RolledBackException.class)
				.withMessageContaining("StreamDB closed");
		}
	}

	@Test
	void closingEndsWhatIsPersistedBehindAnotherOne() throws Exception {
		CompletableFuture<CompletionStage<Void>> persisted = new CompletableFuture<>();
		this.fixture.bring(TransactionFixture.insert("a", "x"));
		this.fixture.transactions.invoke(updateAnd((context) -> new CompletableFuture<>()), "1");
		this.fixture.transactions.invoke(updateAnd((context) -> {
			persisted.complete(context.persist());
			return new CompletableFuture<>();
		}), "2");
		CompletableFuture<Void> stage = persisted.get(10, TimeUnit.SECONDS).toCompletableFuture();
		assertThat(stage).isNotDone();
		this.fixture.pipeline.close();
		assertThat(stage).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.withCauseInstanceOf(RolledBackException.class)
			.withMessageContaining("StreamDB closed");
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

	private OptimisticAction<String, Item> changeAnd(List<String> keys, Mutate mutate) {
		return new OptimisticAction<>() {

			@Override
			public Item onMutate(String text, ActionContext context) {
				Item last = null;
				for (String key : keys) {
					last = context.collection(Item.class).update(key, (item) -> item.plus(text));
				}
				return last;
			}

			@Override
			public CompletionStage<?> mutate(String text, ActionContext context) {
				return mutate.mutate(context);
			}

		};
	}

	private OptimisticAction<String, Item> updateAnd(Mutate mutate) {
		return changeAnd(List.of("a"), mutate);
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
