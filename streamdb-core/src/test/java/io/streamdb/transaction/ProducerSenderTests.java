package io.streamdb.transaction;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

import io.streamdb.Spec;
import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.AppendResult;
import io.streamdb.client.DurableStream;
import io.streamdb.client.DurableStreamException;
import io.streamdb.client.MessageNotSentException;
import io.streamdb.client.ProducerFencedException;
import io.streamdb.client.Scheduling;
import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedBatch;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.TransactionFixture.Item;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link ProducerSender}: how a producer takes the place of one that has ended.
 * The test runs the threads of both, so that nothing happens unseen while the first one
 * ends.
 */
@Timeout(60)
class ProducerSenderTests {

	private static final int UPDATES = 20;

	private final ScriptedStream server = ScriptedStream.empty();

	private final List<TransportRequest> appends = new CopyOnWriteArrayList<>();

	/** What happens to the next append instead of going to the server. */
	private final AtomicReference<StreamTransport> fault = new AtomicReference<>();

	/** What the producers want to run on threads. */
	private final List<Runnable> threads = new ArrayList<>();

	private boolean refuseThreads;

	private final StateStore store = new StateStore(TransactionFixture.SCHEMA);

	private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(0);

	private final TransactionEnvironment environment = new TransactionEnvironment(this.store, TransactionFixture.SCHEMA,
			DurableStream.builder(ScriptedStream.URL).transport(this::transport).executor(this::execute).build(),
			new TransactionFixture.OpenGate(), Runnable::run, Runnable::run, this.scheduler, Scheduling.real(),
			TransactionFixture.CLOCK, RandomGenerator.of("L64X128MixRandom"), Duration.ofSeconds(30),
			Duration.ofSeconds(30));

	private final ProducerSender sender = new ProducerSender(this.environment);

	@AfterEach
	void close() {
		this.sender.close();
		this.scheduler.shutdownNow();
	}

	private CompletableFuture<TransportResponse> transport(TransportRequest request) {
		this.appends.add(request);
		StreamTransport once = this.fault.getAndSet(null);
		return ((once != null) ? once : this.server).send(request);
	}

	private void execute(Runnable task) {
		if (this.refuseThreads) {
			throw new RejectedExecutionException("no thread");
		}
		this.threads.add(task);
	}

	private void startLatestThread() {
		new Thread(this.threads.get(this.threads.size() - 1)).start();
	}

	private CompletableFuture<AppendResult> send(String text) {
		return this.sender.send(() -> ("\"" + text + "\"").getBytes(StandardCharsets.UTF_8));
	}

	/** Lets somebody claim the id before the append arrives. */
	private CompletableFuture<TransportResponse> fence(TransportRequest request) {
		Map<String, String> headers = new HashMap<>(request.headers());
		headers.put("Producer-Epoch", "7");
		this.server.send(new TransportRequest("POST", request.uri(), headers,
				"[\"theirs\"]".getBytes(StandardCharsets.UTF_8), null));
		return this.server.send(request);
	}

	private static CompletableFuture<TransportResponse> fail(TransportRequest request) {
		throw new OutOfMemoryError("unable to create native thread");
	}

	private static CompletableFuture<TransportResponse> interrupt(TransportRequest request) {
		Thread.currentThread().interrupt();
		return new CompletableFuture<>();
	}

	/**
	 * Lets the first producer end by what happens to its only append, while another
	 * message waits. When the result of the former is there, sends a third message.
	 * @return the result of the third message
	 */
	private CompletableFuture<AppendResult> sendWhileTheFirstEnds(StreamTransport end,
			Class<? extends DurableStreamException> failure) {
		AtomicReference<CompletableFuture<AppendResult>> waiting = new AtomicReference<>();
		AtomicReference<CompletableFuture<AppendResult>> later = new AtomicReference<>();
		List<String> seen = new ArrayList<>();
		this.fault.set((request) -> {
			waiting.set(send("waiting"));
			return end.send(request);
		});
		CompletableFuture<AppendResult> first = send("first");
		first.whenComplete((result, cause) -> {
			later.set(send("later"));
			seen.add("waiting is done: " + waiting.get().isDone() + ", threads: " + this.threads.size());
		});
		runFirstThread();
		assertThat(first).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(failure);
		assertThat(waiting.get()).isCompletedExceptionally();
		assertThat(seen).as("while the results of the old producer complete, the new one has no thread")
			.containsExactly("waiting is done: false, threads: 1");
		return later.get();
	}

	private void runFirstThread() {
		this.threads.get(0).run();
		Thread.interrupted();
	}

	private List<String> items() {
		return this.server.items().stream().map(JsonNode::stringValue).toList();
	}

	private String idOf(int append) {
		return this.appends.get(append).headers().get("Producer-Id");
	}

	private String epochOf(int append) {
		return this.appends.get(append).headers().get("Producer-Epoch");
	}

	@Test
	@Spec("T4.8")
	void afterAFenceAProducerOfAnotherIdStartsWhenTheOldOneHasEnded() throws Exception {
		CompletableFuture<AppendResult> later = sendWhileTheFirstEnds(this::fence, ProducerFencedException.class);
		startLatestThread();
		later.get(20, TimeUnit.SECONDS);
		assertThat(items()).containsExactly("theirs", "later");
		assertThat(idOf(1)).as("the id is theirs").isNotEqualTo(idOf(0));
		assertThat(epochOf(1)).isEqualTo("0");
	}

	@Test
	void afterAnErrorTheIdGoesOnInTheNextEpochAndALateAppendIsRefused() throws Exception {
		whatArrivesLateIsRefused(sendWhileTheFirstEnds(ProducerSenderTests::fail, AppendOutcomeUnknownException.class));
	}

	@Test
	void afterAnInterruptTheIdGoesOnInTheNextEpochAndALateAppendIsRefused() throws Exception {
		whatArrivesLateIsRefused(
				sendWhileTheFirstEnds(ProducerSenderTests::interrupt, AppendOutcomeUnknownException.class));
	}

	private void whatArrivesLateIsRefused(CompletableFuture<AppendResult> later) throws Exception {
		startLatestThread();
		later.get(20, TimeUnit.SECONDS);
		assertThat(idOf(1)).isEqualTo(idOf(0));
		assertThat(epochOf(1)).isEqualTo("1");
		assertThat(this.server.send(this.appends.get(0)).get().status()).isEqualTo(403);
		assertThat(items()).containsExactly("later");
	}

	@Test
	void whatWaitsForAThreadThatIsRefusedFailsAndTheNextIsSent() throws Exception {
		AtomicReference<CompletableFuture<AppendResult>> later = new AtomicReference<>();
		this.fault.set(ProducerSenderTests::fail);
		CompletableFuture<AppendResult> first = send("first");
		first.whenComplete((result, cause) -> {
			later.set(send("later"));
			this.refuseThreads = true;
		});
		runFirstThread();
		assertThat(later.get()).failsWithin(Duration.ZERO)
			.withThrowableThat()
			.withCauseInstanceOf(MessageNotSentException.class)
			.withMessageContaining("no thread to send it");
		this.refuseThreads = false;
		CompletableFuture<AppendResult> last = send("last");
		startLatestThread();
		last.get(20, TimeUnit.SECONDS);
		assertThat(items()).containsExactly("last");
		assertThat(idOf(1)).isEqualTo(idOf(0));
		assertThat(epochOf(1)).as("after the one that had no thread").isEqualTo("2");
	}

	@Test
	void closeFailsWhatWaitsForTheOldProducerAndEndsWithThat() {
		AtomicReference<CompletableFuture<AppendResult>> later = new AtomicReference<>();
		AtomicReference<CompletableFuture<Void>> closed = new AtomicReference<>();
		List<Boolean> seen = new ArrayList<>();
		this.fault.set(ProducerSenderTests::fail);
		send("first").whenComplete((result, cause) -> {
			later.set(send("later"));
			closed.set(this.sender.close());
			seen.add(later.get().isDone());
			seen.add(closed.get().isDone());
		});
		runFirstThread();
		assertThat(seen).as("the message has failed, and the old thread has not ended").containsExactly(true, false);
		assertThat(later.get()).failsWithin(Duration.ZERO)
			.withThrowableThat()
			.withCauseInstanceOf(MessageNotSentException.class);
		assertThat(closed.get()).isCompleted();
		assertThat(this.threads).hasSize(1);
	}

	@Test
	void aTransactionIsNotSentOnTopOfOneThatFailsWithTheOldProducer() {
		TransactionPipeline pipeline = new TransactionPipeline(this.environment, this.sender);
		Transactions transactions = new Transactions(pipeline);
		SyncedBatch batch = this.store.batch(this.store.synced(), false);
		batch.apply(TransactionFixture.insert("a", "a"));
		pipeline.commitSynced(batch.seal(TransactionFixture.offset(1)), Set.of(), Map.of(), (version) -> {
		});
		List<TransactionHandle<Item>> handles = new ArrayList<>();
		List<String> seen = new ArrayList<>();
		this.fault.set((request) -> {
			handles.add(append(transactions, "-failing"));
			return fence(request);
		});
		transactions.transact((transaction) -> TransactionFixture.items(transaction).insert(new Item("b", "b")))
			.persisted()
			.whenComplete((result, failure) -> {
				handles.add(append(transactions, "-later"));
				seen.add(this.store.visible().collection(Item.class).find("a").orElseThrow().text());
				seen.add("threads: " + this.threads.size());
			});
		runFirstThread();
		assertThat(seen).containsExactly("a-failing-later", "threads: 1");
		assertThat(handles.get(0).outcome()).contains(TransactionOutcome.FAILED);
		assertThat(handles.get(1).outcome()).isEmpty();
		startLatestThread();
		await().until(() -> this.server.items().size() == 2);
		assertThat(this.server.items().get(1).path("value").path("text").stringValue()).isEqualTo("a-later");
		pipeline.close();
	}

	private enum End {

		ERROR, INTERRUPT, TAKEOVER

	}

	@ParameterizedTest
	@Spec("T5.11")
	@CsvSource({ "ERROR, true", "ERROR, false", "INTERRUPT, true", "INTERRUPT, false", "TAKEOVER, true",
			"TAKEOVER, false" })
	void whatEndsUnansweredWithItsProducerIsSettledByTheNextOne(End end, boolean arrives) throws Exception {
		TransactionPipeline pipeline = new TransactionPipeline(this.environment, this.sender);
		Transactions transactions = new Transactions(pipeline);
		this.fault.set((request) -> {
			if (arrives) {
				this.server.send(request);
			}
			return switch (end) {
				case ERROR -> fail(request);
				case INTERRUPT -> interrupt(request);
				case TAKEOVER -> {
					this.fault.set(this::fence);
					yield CompletableFuture.failedFuture(new IOException("The connection broke"));
				}
			};
		});
		TransactionHandle<Item> handle = transactions
			.transact((transaction) -> TransactionFixture.items(transaction).insert(new Item("b", "b")));
		runFirstThread();
		assertThat(handle.outcome()).as("nobody knows yet").isEmpty();
		assertThat(this.threads).as("the next producer has something to do").hasSize(2);
		startLatestThread();
		await().until(() -> this.server.items().stream().anyMatch((item) -> item.at("/headers/control").isString()));
		assertThat(handle.outcome()).as("the stream is not read up to the fence").isEmpty();
		SyncedBatch batch = this.store.batch(this.store.synced(), false);
		if (arrives) {
			batch.apply(TransactionFixture.insert("b", "b"));
		}
		pipeline.commitSynced(batch.seal(this.server.tailOffset()), arrives ? Set.of(handle.txid()) : Set.of(),
				Map.of(), (version) -> {
				});
		await().until(() -> handle.outcome().isPresent());
		assertThat(handle.outcome()).contains(arrives ? TransactionOutcome.COMPLETED : TransactionOutcome.FAILED);
		assertThat(this.store.visible().collection(Item.class).find("b").isPresent()).isEqualTo(arrives);
		assertThat(this.server.send(this.appends.get(0)).get().status()).as("it cannot arrive any more").isEqualTo(403);
		pipeline.close();
	}

	@Test
	@Spec("T5.11")
	void withoutAThreadForTheNextProducerTheOutcomeStaysUnknown() {
		TransactionPipeline pipeline = new TransactionPipeline(this.environment, this.sender);
		this.fault.set(ProducerSenderTests::fail);
		TransactionHandle<Item> handle = new Transactions(pipeline)
			.transact((transaction) -> TransactionFixture.items(transaction).insert(new Item("b", "b")));
		this.refuseThreads = true;
		runFirstThread();
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
		assertThat(this.store.visible().collection(Item.class).find("b")).isEmpty();
		pipeline.close();
	}

	@Test
	void closingWhileTheNextProducerWaitsLeavesTheOutcomeUnknown() {
		TransactionPipeline pipeline = new TransactionPipeline(this.environment, this.sender);
		this.fault.set(ProducerSenderTests::fail);
		TransactionHandle<Item> handle = new Transactions(pipeline)
			.transact((transaction) -> TransactionFixture.items(transaction).insert(new Item("b", "b")));
		runFirstThread();
		assertThat(handle.outcome()).isEmpty();
		CompletableFuture<Void> closed = pipeline.close();
		assertThat(handle.outcome()).contains(TransactionOutcome.UNKNOWN);
		startLatestThread();
		assertThat(closed).succeedsWithin(Duration.ofSeconds(20));
		assertThat(items()).isEmpty();
	}

	@Test
	@Spec("M13.4")
	void closingAppliesNothingAgain() {
		TransactionPipeline pipeline = new TransactionPipeline(this.environment, this.sender);
		List<TransactionHandle<Item>> handles = new ArrayList<>();
		AtomicInteger calls = countingUpdates(pipeline, handles);
		pipeline.close();
		assertThat(calls).as("nothing is applied without what was below it").hasValue(0);
		assertThat(handles)
			.allSatisfy((handle) -> assertThatExceptionOfType(RolledBackException.class).isThrownBy(handle::await)
				.withMessageContaining("StreamDB closed"));
		assertThat(this.store.visible().collection(Item.class).find("a").orElseThrow().text()).isEqualTo("a");
	}

	@Test
	void theEndOfAProducerAppliesNothingAgain() {
		TransactionPipeline pipeline = new TransactionPipeline(this.environment, this.sender);
		List<TransactionHandle<Item>> handles = new ArrayList<>();
		List<AtomicInteger> calls = new ArrayList<>();
		this.fault.set((request) -> {
			calls.add(countingUpdates(pipeline, handles));
			return interrupt(request);
		});
		new Transactions(pipeline)
			.transact((transaction) -> TransactionFixture.items(transaction).insert(new Item("b", "b")));
		runFirstThread();
		assertThat(calls.get(0)).hasValue(0);
		assertThat(handles)
			.allSatisfy((handle) -> assertThatExceptionOfType(RolledBackException.class).isThrownBy(handle::await)
				.withMessageContaining("was interrupted"));
		pipeline.close();
	}

	/**
	 * Updates an item again and again, which fits only what the update before has made.
	 */
	private AtomicInteger countingUpdates(TransactionPipeline pipeline, List<TransactionHandle<Item>> handles) {
		SyncedBatch batch = this.store.batch(this.store.synced(), false);
		batch.apply(TransactionFixture.insert("a", "a"));
		pipeline.commitSynced(batch.seal(TransactionFixture.offset(1)), Set.of(), Map.of(), (version) -> {
		});
		AtomicInteger calls = new AtomicInteger();
		for (int i = 0; i < UPDATES; i++) {
			String before = "a" + "+".repeat(i);
			handles.add(new Transactions(pipeline)
				.transact((transaction) -> TransactionFixture.items(transaction).update("a", (item) -> {
					calls.incrementAndGet();
					assertThat(item.text()).isEqualTo(before);
					return item.plus("+");
				})));
		}
		calls.set(0);
		return calls;
	}

	private static TransactionHandle<Item> append(Transactions transactions, String more) {
		return transactions
			.transact((transaction) -> TransactionFixture.items(transaction).update("a", (item) -> item.plus(more)));
	}

}
