package io.streamdb.simulation;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import io.streamdb.ChangeDelivery;
import io.streamdb.ChangeFeed;
import io.streamdb.FailureReason;
import io.streamdb.InvalidEventPolicy;
import io.streamdb.SimulatedDatabases;
import io.streamdb.SnapshotMode;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbState;
import io.streamdb.StreamDbUnavailableException;
import io.streamdb.SubscriptionOptions;
import io.streamdb.UpdateMode;
import io.streamdb.client.AppendOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.RetryPolicy;
import io.streamdb.client.SimulatedClients;
import io.streamdb.client.StreamClosedException;
import io.streamdb.server.EmbeddedServer;
import io.streamdb.simulation.StreamHistory.Place;
import io.streamdb.simulation.Tx.Op;
import io.streamdb.simulation.Tx.Op.Kind;
import io.streamdb.store.Subscription;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.DuplicateKeyException;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import io.streamdb.transaction.UnknownKeyException;
import org.jspecify.annotations.Nullable;

/**
 * A whole system: a server, a network that misbehaves, several databases with their
 * applications, and plain writers. Everything that happens follows from the seed.
 */
final class World {

	/** After so much simulated time without faults everything has come to rest. */
	private static final long PATIENCE = 300_000_000_000L;

	private static final URI URL = URI.create("http://simulated.test/stream");

	private final long seed;

	private final Random random;

	private final Simulator simulator;

	private final StreamHistory history;

	private final SimulatedServer server;

	private final FaultyNetwork network;

	private final List<Replica> everybody = new ArrayList<>();

	private final List<Replica> alive = new ArrayList<>();

	private final List<Tx> transactions = new ArrayList<>();

	private final Map<TransactionOutcome, Integer> outcomes = new EnumMap<>(TransactionOutcome.class);

	private final Duration transactionTimeout;

	private final boolean faultless;

	private final int customPercent;

	private final boolean deletions;

	/** Whether the server tells one life of the stream from another. */
	private final boolean namesLives;

	/** What events mean. */
	private final StreamHistory.Rules rules;

	/** How many of the databases stop at invalid events. */
	private final int failPercent;

	/** Whether the server does not keep everything. */
	private final boolean retention;

	/** Whether somebody closes the stream. */
	private final boolean closable;

	/** Whether actions commit while their own {@code mutate} runs. */
	private final boolean nesting;

	private final Random added;

	private @Nullable PlainProducer producer;

	private int strands;

	private int marks;

	/** From where on the server keeps the stream. */
	private int kept;

	private int waiting;

	private boolean stopping;

	private boolean settled;

	World(long seed) {
		this.seed = seed;
		this.random = new Random(seed * 0x9E3779B97F4A7C15L);
		this.faultless = this.random.nextInt(10) == 0;
		int[] preemptions = { 0, 5, 50, 200 };
		this.simulator = new Simulator(random(), preemptions[this.random.nextInt(preemptions.length)],
				this.faultless ? 0 : this.random.nextInt(4));
		this.namesLives = this.random.nextInt(3) != 0;
		// Another chance decides what was added later, so that other seeds stay as they
		// are.
		Random added = new Random(seed * 0xD1B54A32D192ED03L + 7);
		this.rules = new StreamHistory.Rules(added.nextInt(6) == 0, added.nextInt(6) == 0);
		this.history = new StreamHistory(this.simulator.trace(), this.namesLives, this.rules, this::appended);
		if (this.namesLives && this.random.nextBoolean()) {
			EventTimer timer = new EventTimer(this.simulator);
			this.server = new EmbeddedServer(this.simulator.clock(), random(), timer, timer, this.history);
		}
		else {
			this.server = new ModelServer(this.simulator, random(), this.history, this.namesLives);
		}
		this.deletions = this.random.nextInt(4) == 0;
		int[] faults = { 20, 60, 150, 300 };
		this.network = new FaultyNetwork(this.simulator, random(), this.server,
				this.faultless ? 0 : faults[this.random.nextInt(faults.length)]);
		this.transactionTimeout = Duration
			.ofMillis(1500 + this.random.nextInt(this.random.nextBoolean() ? 3000 : 25000));
		this.failPercent = (added.nextInt(6) == 0) ? 50 : 0;
		boolean cuts = added.nextInt(6) == 0;
		boolean closes = added.nextInt(6) == 0;
		this.retention = cuts && !this.deletions && this.server instanceof ModelServer;
		this.closable = closes && !this.deletions && !this.retention;
		int custom = (this.deletions || this.random.nextBoolean()) ? 0 : this.random.nextInt(40);
		this.customPercent = this.retention ? 0 : custom;
		this.nesting = this.customPercent > 0 && new Random(seed * 0xD1B54A32D192ED03L + 8).nextBoolean();
		this.added = added;
	}

	private Random random() {
		return new Random(this.random.nextLong());
	}

	Trace trace() {
		return this.simulator.trace();
	}

	long steps() {
		return this.simulator.steps();
	}

	Map<TransactionOutcome, Integer> outcomes() {
		return this.outcomes;
	}

	/**
	 * Runs the system to its end.
	 * @throws AssertionError when it was wrong at any time
	 */
	void run() {
		try {
			this.simulator.run(this::live);
		}
		catch (Throwable ex) {
			throw new AssertionError("Seed " + this.seed + " fails: " + ex.getMessage() + "\n--- the last events ---\n"
					+ trace() + "\n---", ex);
		}
	}

	private void live() {
		this.simulator.trace().event("WORLD of " + describeRules());
		this.server.create();
		if (this.random.nextBoolean()) {
			foreign(random());
		}
		int replicas = 2 + this.random.nextInt(3);
		for (int i = 0; i < replicas; i++) {
			begin("db" + i);
		}
		strand("foreign", () -> write(random()));
		if (this.closable) {
			strand("closer", () -> closeStream(new Random(this.added.nextLong())));
		}
		if (this.retention) {
			strand("retention", () -> retain(new Random(this.added.nextLong())));
		}
		if (this.random.nextBoolean()) {
			beginProducer();
		}
		if (!this.faultless) {
			strand("chaos", () -> disturb(random()));
		}
		sleep(Duration.ofMillis(3000 + this.random.nextInt(20000)));
		this.stopping = true;
		await(() -> this.strands == 0, "the applications do not end");
		this.simulator.trace().event("WORLD heals");
		this.network.heal();
		while (isAnybodyUnaware()) {
			sleep(Duration.ofMillis(500));
		}
		if (!this.closable) {
			this.server.create();
		}
		if (this.retention) {
			snapshot();
		}
		await(() -> this.network.inFlight() == 0, "requests stay in the network");
		settle();
		check();
		for (Replica replica : List.copyOf(this.alive)) {
			end(replica);
		}
		this.transactions.forEach((tx) -> check(tx));
		if (this.producer != null) {
			this.producer.close();
		}
		await(() -> this.simulator.strands().size() == 1, "threads are left in the end");
	}

	/**
	 * Waits until nothing goes on any more.
	 */
	private void settle() {
		for (Replica replica : this.alive) {
			strand(replica.name + "-supervisor", () -> {
				while (!this.settled) {
					revive(replica);
					sleep(Duration.ofMillis(500));
				}
			});
		}
		long deadline = this.simulator.nanos() + PATIENCE;
		while (this.waiting > 0 || (this.producer != null && !this.producer.isIdle())
				|| !this.alive.stream().allMatch(this::isSettled)) {
			if (this.simulator.nanos() > deadline) {
				throw new AssertionError("The system does not come to rest: " + describe());
			}
			sleep(Duration.ofMillis(300));
		}
		this.settled = true;
		await(() -> this.strands == 0, "the supervisors do not end");
	}

	private String describeRules() {
		return this.server.getClass().getSimpleName() + ", " + this.rules + (this.failPercent > 0 ? ", stopping" : "")
				+ (this.retention ? ", retention" : "") + (this.closable ? ", closed" : "")
				+ (this.deletions ? ", deletions" : "") + (this.nesting ? ", nesting" : "");
	}

	private boolean isSettled(Replica replica) {
		StreamDbState rest = this.history.life().isClosed() ? StreamDbState.COMPLETE : StreamDbState.LIVE;
		return replica.db.status().state() == rest && replica.db.metrics().pendingTransactions() == 0
				&& new Place(this.history.life().number(), this.history.life().size()).equals(replica.place())
				&& replica.rawAppends == 0 && !replica.showsUnseen();
	}

	private void check() {
		Map<String, String> expected = this.history.life().state(this.history.life().size());
		for (Replica replica : this.alive) {
			Map<String, String> rows = Entities.rows(replica.db.snapshot());
			replica.expect(rows.equals(expected), "In the end it shows " + rows + " and not " + expected);
		}
	}

	private void check(Tx tx) {
		tx.replica.expect(tx.outcome().isPresent(), tx + " has no outcome in the end");
		if (tx.custom) {
			return;
		}
		switch (tx.outcome().orElseThrow()) {
			case COMPLETED, DURABLE -> tx.replica.expect(tx.appends > 0, tx + " is not in the stream");
			case FAILED -> tx.replica.expect(tx.appended == null || tx.appended.life() > tx.failedIn,
					tx + " has failed and is in the stream");
			case UNKNOWN -> {
				// It may be there, and is not there twice: that was checked when it came.
			}
		}
	}

	private void appended(String txid, Place end) {
		if (this.producer != null) {
			this.producer.appended(txid, end);
		}
		this.everybody.forEach((replica) -> replica.appended(txid, end));
	}

	/* ---- databases ---- */

	private void begin(String name) {
		Replica replica = new Replica(this.simulator, this.history, name, this.transactionTimeout);
		replica.client = this.network.new Client(name, replica::sent, replica::told, replica::begun);
		replica.stopsAtInvalid = this.failPercent > 0 && this.added.nextInt(100) < this.failPercent;
		DurableStream stream = stream(replica.scheduling, replica.client);
		StreamDb db = SimulatedDatabases
			.in(StreamDb.builder(stream, Entities.SCHEMA), replica.scheduling, 1 + this.random.nextInt(3),
					30 + this.random.nextInt(300))
			.clock(this.simulator.clock())
			.random(random())
			.transactionTimeout(this.transactionTimeout)
			.txIdTimeout(Duration.ofSeconds(3))
			.startTimeout(Duration.ofSeconds(20))
			.shutdownTimeout(Duration.ofSeconds(10))
			.createIfMissing(this.random.nextBoolean() && this.namesLives)
			.updateMode(this.rules.merging() ? UpdateMode.MERGE : UpdateMode.REPLACE)
			.snapshotMode(this.rules.replacing() ? SnapshotMode.REPLACE : SnapshotMode.HINT)
			.invalidEventPolicy(replica.stopsAtInvalid ? InvalidEventPolicy.FAIL : InvalidEventPolicy.QUARANTINE)
			.build();
		replica.db = db;
		this.everybody.add(replica);
		this.alive.add(replica);
		this.simulator.trace().event(name + " begins");
		db.preload();
		int applications = 1 + this.random.nextInt(3);
		for (int i = 0; i < applications; i++) {
			Random own = random();
			strand(name + "-app" + i, () -> use(replica, own));
		}
		for (int i = this.random.nextInt(3); i > 0; i--) {
			subscribe(replica);
		}
	}

	private DurableStream stream(SimulatedScheduling scheduling, FaultyNetwork.Client client) {
		return SimulatedClients.in(DurableStream.builder(URL), scheduling)
			.transport(client)
			.executor(scheduling.newPool("client"))
			.clock(this.simulator.clock())
			.random(random())
			.retryPolicy(new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(2)))
			.readRetryPolicy(new RetryPolicy(RetryPolicy.UNBOUNDED, Duration.ofMillis(100), Duration.ofSeconds(2)))
			.requestTimeout(Duration.ofSeconds(5))
			.heartbeatLimit(Duration.ofSeconds(8))
			.build();
	}

	private void beginProducer() {
		FaultyNetwork.Client client = this.network.new Client("producer", (request) -> {
		}, (offset, nothingMore) -> {
		}, () -> () -> {
		});
		Random own = random();
		this.producer = new PlainProducer(this.simulator, this.history,
				stream(new SimulatedScheduling(this.simulator, "producer"), client), own);
		strand("producer", () -> {
			for (int number = 1; !this.stopping; number++) {
				if (own.nextInt(5) == 0) {
					sleep(Duration.ofMillis(own.nextInt(3000)));
				}
				String key = "account/" + Entities.ACCOUNTS.get(own.nextInt(Entities.ACCOUNTS.size()));
				this.producer.append(number, json(key, "upsert", "p" + number + "|1", PlainProducer.txid(number)));
			}
		});
	}

	private void end(Replica replica) {
		this.alive.remove(replica);
		replica.closing = true;
		this.simulator.trace().event(replica.name + " closes");
		replica.db.close();
		this.simulator.trace().event(replica.name + " is closed");
		long deadline = this.simulator.nanos() + 10_000_000_000L;
		while (replica.rawAppends == 0 && !replica.scheduling.strands().isEmpty()) {
			replica.expect(this.simulator.nanos() < deadline,
					"After close() there is still " + replica.scheduling.strands());
			sleep(Duration.ofMillis(10));
		}
	}

	private void revive(Replica replica) {
		FailureReason reason = replica.db.status().failureReason();
		if (replica.db.status().state() != StreamDbState.FAILED || reason == FailureReason.DELETED) {
			return;
		}
		if (this.history.life().isDeleted() && !this.namesLives && reason == FailureReason.NOT_FOUND) {
			return;
		}
		this.simulator.trace().event(replica.name + " is loaded again after " + reason);
		replica.revived = this.simulator.nanos();
		replica.loadsWhatIsLeft |= reason == FailureReason.RETENTION;
		if (reason == FailureReason.INVALID_EVENT) {
			replica.skips++;
			try {
				replica.db.skipInvalidEvent();
				return;
			}
			catch (IllegalStateException ex) {
				replica.skips--;
				replica.expect(replica.closing || String.valueOf(ex.getMessage()).contains("nothing to skip"),
						"It threw " + ex);
			}
		}
		replica.db.preload();
	}

	private void subscribe(Replica replica) {
		ChangeFeed feed = this.random.nextBoolean() ? ChangeFeed.SYNCED : ChangeFeed.VISIBLE;
		ChangeDelivery delivery = this.random.nextBoolean() ? ChangeDelivery.EVERY : ChangeDelivery.LATEST;
		Replica.Subscriber subscriber = replica.subscriber(feed == ChangeFeed.VISIBLE);
		Subscription subscription = replica.db.subscribe(
				SubscriptionOptions.defaults().withInitialState().withFeed(feed).withDelivery(delivery),
				(changes) -> guard(() -> {
					subscriber.accept(changes);
					if (delivery == ChangeDelivery.LATEST) {
						sleep(Duration.ofMillis(50));
					}
				}));
		subscription.completion()
			.whenComplete((nothing, failure) -> guard(
					() -> replica.expect(failure == null, "The subscription has ended with " + failure)));
	}

	/* ---- what applications do ---- */

	private void use(Replica replica, Random own) {
		while (!this.stopping && !replica.closing) {
			sleep(Duration.ofMillis((long) (Math.pow(own.nextDouble(), 3) * 2000)));
			if (this.stopping || replica.closing) {
				return;
			}
			try {
				act(replica, own);
			}
			catch (StreamDbUnavailableException ex) {
				this.simulator.trace().event(replica.name + " refuses: " + ex.getClass().getSimpleName());
			}
			catch (StreamClosedException ex) {
				replica.expect(this.history.life().isClosed(), "It threw " + ex);
			}
			catch (DuplicateKeyException | UnknownKeyException ex) {
				this.simulator.trace().event(replica.name + " finds its keys changed");
			}
			catch (IllegalStateException ex) {
				replica.expect(replica.closing || String.valueOf(ex.getMessage()).equals("locked"), "It threw " + ex);
			}
		}
	}

	private void act(Replica replica, Random own) {
		switch (own.nextInt(12)) {
			case 0 -> revive(replica);
			case 1 -> awaitSomething(replica, own);
			case 2 -> {
				// A burst.
				for (int i = 2 + own.nextInt(6); i > 0; i--) {
					transact(replica, own);
				}
			}
			case 3 -> {
				TransactionHandle<?> handle = transact(replica, own);
				if (handle != null) {
					sleep(Duration.ofMillis(own.nextInt(200)));
					boolean rolledBack = handle.rollback();
					replica.expect(!rolledBack || handle.outcome().orElseThrow() == TransactionOutcome.FAILED,
							"What was rolled back has not failed");
				}
			}
			case 4 -> {
				TransactionHandle<?> handle = transact(replica, own);
				if (handle != null) {
					try {
						handle.await();
					}
					catch (RuntimeException ex) {
						replica.expect(handle.outcome().orElseThrow() != TransactionOutcome.COMPLETED,
								"It completed and threw " + ex);
					}
				}
			}
			default -> transact(replica, own);
		}
	}

	private @Nullable TransactionHandle<?> transact(Replica replica, Random own) {
		return (own.nextInt(100) < this.customPercent) ? invoke(replica, own) : commit(replica, own, null);
	}

	private TransactionHandle<?> commit(Replica replica, Random own, @Nullable Tx within) {
		Strand strand = this.simulator.current();
		Tx[] made = new Tx[1];
		TransactionHandle<?> handle;
		try {
			handle = replica.db.transact((transaction) -> {
				Tx tx = new Tx(replica, ++this.marks, ops(transaction, own), false);
				tx.within = within;
				tx.transaction = transaction;
				replica.register(tx);
				made[0] = tx;
				strand.committing = tx;
				return null;
			});
		}
		finally {
			strand.committing = null;
		}
		follow(made[0], handle);
		return handle;
	}

	private void follow(Tx tx, TransactionHandle<?> handle) {
		tx.handle = handle;
		this.transactions.add(tx);
		this.waiting++;
		this.simulator.trace().event(tx.replica.name + " commits " + tx);
		handle.persisted().whenComplete((result, failure) -> guard(() -> {
			this.waiting--;
			tx.replica.ended(tx, failure);
			this.outcomes.merge(tx.outcome().orElseThrow(), 1, Integer::sum);
		}));
	}

	/**
	 * Does something in a transaction that fits what it sees.
	 */
	private List<Op> ops(Transaction transaction, Random own) {
		List<Op> ops = new ArrayList<>();
		List<String> keys = new ArrayList<>();
		Entities.ACCOUNTS.forEach((id) -> keys.add("account/" + id));
		Entities.TICKETS.forEach((id) -> keys.add("ticket/" + id));
		String mark = Integer.toString(this.marks + 1, 36) + ((own.nextInt(40) == 0) ? "poison" : "");
		for (int i = (own.nextInt(3) == 0) ? 1 : 1 + own.nextInt(4); i > 0 && !keys.isEmpty(); i--) {
			String key = keys.remove(own.nextInt(keys.size()));
			Op probe = Op.of(Kind.SAVE, key, mark);
			boolean there = probe.type().equals("ticket")
					? transaction.collection(Entities.Ticket.class).find(probe.id()).isPresent()
					: transaction.collection(Entities.Account.class).find(probe.id()).isPresent();
			Kind kind = there
					? new Kind[] { Kind.UPDATE, Kind.UPDATE, Kind.UPDATE, Kind.SAVE, Kind.DELETE }[own.nextInt(5)]
					: (own.nextInt(4) == 0) ? Kind.SAVE : Kind.INSERT;
			Op op = Op.of(kind, key, mark);
			op.applyTo(transaction);
			ops.add(op);
			if (kind != Kind.DELETE && own.nextInt(6) == 0) {
				Op again = Op.of(Kind.UPDATE, key, mark);
				again.applyTo(transaction);
				ops.add(again);
			}
		}
		return ops;
	}

	private TransactionHandle<?> invoke(Replica replica, Random own) {
		Strand strand = this.simulator.current();
		Tx[] made = new Tx[1];
		int way = own.nextInt(4);
		long pause = own.nextInt(1500);
		boolean nested = this.nesting && this.added.nextInt(3) == 0;
		TransactionHandle<?> handle;
		try {
			handle = replica.db.invoke(new OptimisticAction<Void, Void>() {

				@Override
				public Void onMutate(Void nothing, ActionContext context) {
					Transaction transaction = replica.db.currentTransaction().orElseThrow();
					Tx tx = new Tx(replica, ++World.this.marks, ops(transaction, own), true);
					tx.transaction = transaction;
					replica.register(tx);
					made[0] = tx;
					strand.committing = tx;
					return null;
				}

				@Override
				public CompletionStage<?> mutate(Void nothing, ActionContext context) {
					return World.this.mutate(made[0], context, way, pause, nested);
				}

			}, null);
		}
		finally {
			strand.committing = null;
		}
		follow(made[0], handle);
		return handle;
	}

	private CompletionStage<?> mutate(Tx tx, ActionContext context, int way, long pause, boolean nested) {
		sleep(Duration.ofMillis(pause));
		if (way == 0) {
			throw new IllegalStateException("mutate fails");
		}
		Strand strand = this.simulator.current();
		strand.handingOut = tx;
		List<?> mutations;
		try {
			mutations = context.mutations();
		}
		finally {
			strand.handingOut = null;
		}
		Map<String, Optional<String>> frozen = tx.frozen;
		if (nested) {
			CompletionStage<?> other = commitWithin(tx);
			if (way == 1) {
				return other.thenCompose((done) -> context.persist());
			}
		}
		if (way < 3) {
			sleep(Duration.ofMillis(pause));
			return context.persist();
		}
		if (frozen == null || mutations.isEmpty()) {
			throw new IllegalStateException("nothing to append");
		}
		List<String> items = frozen.entrySet()
			.stream()
			.map((entry) -> json(entry.getKey(), "upsert", entry.getValue().orElse(null), tx.txid()))
			.toList();
		tx.replica.rawAppends++;
		return context.stream()
			.append(AppendOptions.of(("[" + String.join(",", items) + "]").getBytes(StandardCharsets.UTF_8)))
			.whenComplete((result, failure) -> tx.replica.rawAppends--)
			.thenCompose((result) -> tx.replica.db.awaitTxId(tx.txid()));
	}

	/**
	 * Commits while an action's own {@code mutate} runs.
	 * @return completes when that is visible, which not every action waits for
	 */
	private CompletionStage<?> commitWithin(Tx outer) {
		try {
			return commit(outer.replica, new Random(this.added.nextLong()), outer).persisted();
		}
		catch (DuplicateKeyException | UnknownKeyException ex) {
			this.simulator.trace().event(outer.replica.name + " finds its keys changed in an action");
			return CompletableFuture.completedFuture(null);
		}
	}

	private void awaitSomething(Replica replica, Random own) {
		List<StreamHistory.Item> items = this.history.life().items();
		if (items.isEmpty()) {
			return;
		}
		String txid = items.get(Math.max(0, items.size() - 1 - own.nextInt(4))).txid();
		awaitTxId(replica, (txid != null) ? txid : "never");
	}

	private void awaitTxId(Replica replica, String txid) {
		this.waiting++;
		replica.db.awaitTxId(txid).whenComplete((nothing, failure) -> guard(() -> {
			this.waiting--;
			replica.expect(failure != null || replica.contains(txid),
					"The txid " + txid + " is not readable at " + replica.place());
		}));
	}

	/* ---- what others do ---- */

	private void write(Random own) {
		while (!this.stopping) {
			sleep(Duration.ofMillis(own.nextInt(2000)));
			foreign(own);
		}
	}

	private void foreign(Random own) {
		List<String> items = new ArrayList<>();
		String txid = (own.nextInt(4) != 0) ? "f" + (++this.marks) : null;
		int count = 1 + own.nextInt(5);
		for (int i = 0; i < count; i++) {
			if (own.nextInt(5) == 0) {
				txid = own.nextBoolean() ? "g" + (++this.marks) : null;
			}
			items.add(item(own, txid));
		}
		if ((this.rules.merging() || this.rules.replacing()) && this.added.nextBoolean()) {
			items.addAll(particular(this.added, txid));
		}
		String awaited = txid;
		this.server.append(items);
		if (awaited != null && !this.alive.isEmpty()) {
			awaitTxId(this.alive.get(own.nextInt(this.alive.size())), awaited);
		}
	}

	/**
	 * Closes the stream at some time, at the server or by a client of it.
	 */
	private void closeStream(Random own) {
		sleep(Duration.ofMillis(own.nextInt(20000)));
		if (this.stopping) {
			return;
		}
		if (own.nextBoolean() || this.alive.isEmpty()) {
			this.server.close();
			return;
		}
		Replica replica = this.alive.get(own.nextInt(this.alive.size()));
		this.simulator.trace().event(replica.name + " closes the stream");
		replica.rawAppends++;
		replica.db.stream().closeStream().whenComplete((result, failure) -> guard(() -> {
			replica.rawAppends--;
			replica.expect(failure != null || this.history.life().isClosed(), "It was told that it has closed");
		}));
	}

	/**
	 * Lets the server keep what it needs at times, and at times less.
	 */
	private void retain(Random own) {
		while (!this.stopping) {
			sleep(Duration.ofMillis(own.nextInt(4000)));
			if (this.stopping) {
				return;
			}
			int size = this.history.life().size();
			if (own.nextInt(4) == 0) {
				cut(own.nextInt(size + 1));
			}
			else {
				snapshot();
				sleep(Duration.ofMillis(own.nextInt(500)));
				cut(size);
			}
		}
	}

	private void cut(int first) {
		if (first > this.kept) {
			this.kept = first;
			this.server.cut(first);
		}
	}

	/**
	 * Writes everything into the stream once more, as one append.
	 */
	private void snapshot() {
		List<String> items = new ArrayList<>();
		items.add("{\"headers\":{\"control\":\"snapshot-start\"}}");
		this.history.life()
			.state(this.history.life().size())
			.forEach((key, row) -> items.add(json(key, "upsert", row, null)));
		items.add("{\"headers\":{\"control\":\"snapshot-end\"}}");
		this.server.append(items);
	}

	/**
	 * Writes some rows in part, and a snapshot of one type.
	 */
	private List<String> particular(Random own, @Nullable String txid) {
		String mark = "f" + Integer.toString(++this.marks, 36);
		String headers = "\"headers\":{\"operation\":\"" + List.of("insert", "update", "upsert").get(own.nextInt(3))
				+ "\"" + ((txid != null) ? ",\"txid\":\"" + txid + "\"" : "") + "}";
		List<String> items = new ArrayList<>();
		if (this.rules.merging()) {
			String account = Entities.ACCOUNTS.get(own.nextInt(Entities.ACCOUNTS.size()));
			String part = switch (own.nextInt(4)) {
				case 0 -> "\"text\":\"" + mark + "\"";
				case 1 -> "\"count\":" + own.nextInt(100);
				case 2 -> "\"text\":" + (own.nextBoolean() ? "null" : "\"bad\"");
				default -> "\"unknown\":1";
			};
			items.add("{\"type\":\"account\",\"key\":\"" + account + "\",\"value\":{" + part + "}," + headers + "}");
		}
		if (this.rules.replacing()) {
			items.add("{\"headers\":{\"control\":\"snapshot-start\"}}");
			for (String id : Entities.TICKETS) {
				switch (own.nextInt(4)) {
					case 0 -> {
						// It is not there any more.
					}
					case 1 -> items.add(json("ticket/" + id, "insert", "bad", txid));
					default -> items.add(json("ticket/" + id, "upsert", mark, txid));
				}
			}
			if (own.nextInt(4) != 0) {
				items.add("{\"headers\":{\"control\":\"snapshot-end\"}}");
			}
		}
		return items;
	}

	private String item(Random own, @Nullable String txid) {
		String mark = "f" + Integer.toString(++this.marks, 36);
		String key = own.nextBoolean() ? "account/" + Entities.ACCOUNTS.get(own.nextInt(Entities.ACCOUNTS.size()))
				: "ticket/" + Entities.TICKETS.get(own.nextInt(Entities.TICKETS.size()));
		boolean ticket = key.startsWith("ticket");
		return switch (own.nextInt(24)) {
			case 0 -> json("stranger/" + mark, "insert", "x", txid);
			case 1 -> "null";
			case 2 -> "{\"headers\":{\"control\":\"snapshot-start\"}}";
			case 3 -> "{\"headers\":{\"control\":\"snapshot-end\"}}";
			case 4 -> (own.nextInt(3) == 0) ? "{\"headers\":{\"control\":\"reset\",\"offset\":\"7\"}}"
					: "{\"headers\":{\"control\":\"unheard-of\"}}";
			case 5 -> json(key, "insert", ticket ? "bad" : "bad|1", txid);
			case 6 -> json(key, "jump", ticket ? mark : mark + "|1", txid);
			case 7 -> json("ticket/0" + own.nextInt(9), "insert", mark, txid);
			case 8, 9, 10 -> json(key, "delete", null, txid);
			case 11 -> json(key, "update", ticket ? "locked" + mark : "locked" + mark + "|3", txid);
			default -> json(key, List.of("insert", "update", "upsert").get(own.nextInt(3)),
					ticket ? mark : mark + "|" + own.nextInt(100), txid);
		};
	}

	/**
	 * Writes an event for a row as the oracle knows it.
	 */
	private static String json(String key, String operation, @Nullable String row, @Nullable String txid) {
		String type = key.substring(0, key.indexOf('/'));
		String id = key.substring(key.indexOf('/') + 1);
		String headers = "\"headers\":{\"operation\":\"" + ((row != null) ? operation : "delete") + "\""
				+ ((txid != null) ? ",\"txid\":\"" + txid + "\"" : "") + "}";
		String value = "";
		if (row != null) {
			int bar = row.lastIndexOf('|');
			value = (bar < 0) ? "\"value\":{\"text\":\"" + row + "\"}," : "\"value\":{\"text\":\""
					+ row.substring(0, bar) + "\",\"count\":" + row.substring(bar + 1) + "},";
		}
		return "{\"type\":\"" + type + "\",\"key\":\"" + id + "\"," + value + headers + "}";
	}

	private void disturb(Random own) {
		while (!this.stopping) {
			sleep(Duration.ofMillis(own.nextInt(8000)));
			if (this.stopping) {
				return;
			}
			if (this.deletions && own.nextInt(3) == 0) {
				deleteAndCreate(own);
			}
			switch (own.nextInt(6)) {
				case 0 -> this.network.goDown(1_000_000L * own.nextInt(500));
				case 1 -> this.network.goDown(1_000_000L * own.nextInt(20_000));
				case 2, 3 -> {
					if (!this.alive.isEmpty()) {
						Replica replica = this.alive.get(own.nextInt(this.alive.size()));
						if (own.nextBoolean()) {
							replica.client.isolate();
						}
						end(replica);
						sleep(Duration.ofMillis(own.nextInt(1000)));
						if (!this.stopping) {
							begin(replica.name + "'");
						}
					}
				}
				default -> {
				}
			}
		}
	}

	/**
	 * Deletes the stream and creates it again. Where its lives cannot be told apart,
	 * everybody has to notice in between: what has grown beyond the old one is not known
	 * to be another (SPEC M10).
	 */
	private void deleteAndCreate(Random own) {
		if (!this.namesLives && !this.alive.stream().allMatch(this::isInThisLife)) {
			return;
		}
		this.server.delete();
		sleep(Duration.ofMillis(own.nextInt(own.nextBoolean() ? 50 : 8000)));
		while (!this.stopping && isAnybodyUnaware()) {
			sleep(Duration.ofMillis(200));
		}
		if (!isAnybodyUnaware()) {
			this.server.create();
		}
	}

	private boolean isInThisLife(Replica replica) {
		Place place = replica.place();
		return place != null && place.life() == this.history.life().number();
	}

	/**
	 * Returns whether there is somebody who cannot know that the stream was deleted, and
	 * will not notice when it is created again.
	 */
	private boolean isAnybodyUnaware() {
		if (this.namesLives || !this.history.life().isDeleted()) {
			return false;
		}
		this.alive.forEach(this::revive);
		return !this.alive.stream().allMatch((replica) -> {
			FailureReason reason = replica.db.status().failureReason();
			return reason == FailureReason.DELETED || reason == FailureReason.NOT_FOUND;
		});
	}

	/* ---- the machinery ---- */

	private void strand(String name, Runnable task) {
		this.strands++;
		this.simulator.start(name, () -> {
			task.run();
			this.strands--;
		});
	}

	private void sleep(Duration time) {
		try {
			this.simulator.await(() -> false, this.simulator.nanos() + time.toNanos());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void await(BooleanSupplier condition, String failure) {
		try {
			if (!this.simulator.await(condition, this.simulator.nanos() + PATIENCE)) {
				throw new AssertionError(failure + ": " + describe());
			}
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	private String describe() {
		return this.waiting + " futures are open; " + this.simulator.strands() + this.alive.stream()
			.map((replica) -> "\n" + replica.name + ": " + replica.db + " shows " + replica.place() + " of "
					+ this.history.life().size() + ", pending " + replica.pending() + ", " + replica.db.metrics())
			.collect(Collectors.joining());
	}

	/**
	 * Runs a check where the engine would catch its failure.
	 */
	private void guard(Runnable check) {
		try {
			check.run();
		}
		catch (Throwable ex) {
			this.simulator.fail(ex);
		}
	}

}
