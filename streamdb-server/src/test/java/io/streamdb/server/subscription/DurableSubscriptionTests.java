package io.streamdb.server.subscription;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import io.streamdb.Spec;
import io.streamdb.server.store.MutableClock;
import io.streamdb.server.store.NewStream;
import io.streamdb.server.store.file.FileStorage;
import io.streamdb.server.subscription.SubscriptionWorld.Answer;
import io.streamdb.server.subscription.SubscriptionWorld.Webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what is left of subscriptions when the server is started again on the same
 * directory.
 */
class DurableSubscriptionTests {

	private static final String WEBHOOK = "{'type':'webhook','pattern':'events/*',"
			+ "'webhook':{'url':'https://hooks.example/x'},'lease_ttl_ms':600000}";

	private static final String PULL = "{'type':'pull-wake','pattern':'events/*','wake_stream':'wake',"
			+ "'lease_ttl_ms':10000}";

	@TempDir
	private Path directory;

	private final MutableClock clock = new MutableClock();

	private SubscriptionWorld world;

	@BeforeEach
	void open() {
		this.world = new SubscriptionWorld(FileStorage.in(this.directory), SubscriptionSettings.defaults(), this.clock);
	}

	@AfterEach
	void close() {
		this.world.close();
	}

	private void restart() {
		close();
		open();
	}

	@Test
	@Spec("S4.6")
	void aRetryKeepsItsTimeOverARestart() {
		this.world.answer = new WebhookAnswer(500, new byte[0]);
		this.world.put("sub", WEBHOOK);
		this.world.append("events/a");
		for (int failures = 1; failures <= 4; failures++) {
			int sent = failures;
			await().until(() -> this.world.metrics().failedDeliveries() == sent);
			if (failures < 4) {
				this.world.pass(Duration.ofMillis(1_200L << (failures - 1)));
				await().until(() -> this.world.webhooks.size() == sent + 1);
			}
		}
		String first = this.world.webhooks.get(0).body().path("wake_id").asString();
		String kid = Signatures.keyId(this.world.webhooks.get(0).signature());
		String token = this.world.webhooks.get(0).token();
		restart();
		assertThat(this.world.get("sub").body().path("status").asString()).isEqualTo("failed");
		// 8.4 seconds have passed. The first four delays are 12 at least, and 18 at most.
		this.world.pass(Duration.ofMillis(3_599));
		this.world.settle();
		assertThat(this.world.webhooks).isEmpty();
		this.world.pass(Duration.ofMillis(6_001));
		await().until(() -> this.world.webhooks.size() == 1);
		Webhook webhook = this.world.webhook(1);
		assertThat(webhook.body().path("wake_id").asString()).isEqualTo(first);
		assertThat(webhook.generation()).isOne();
		assertThat(Signatures.keyId(webhook.signature())).as("the keys are the same").isEqualTo(kid);
		assertThat(this.world.post("sub/callback", token, webhook.report("")).status())
			.as("a token of before the restart")
			.isEqualTo(200);
		webhook.respond(200, "{\"done\":true}");
		await().until(() -> this.world.get("sub").body().path("status").asString().equals("active"));
		restart();
		assertThat(this.world.get("sub").body().path("status").asString()).isEqualTo("active");
		this.world.pass(Duration.ofHours(1));
		this.world.settle();
		assertThat(this.world.webhooks).isEmpty();
	}

	@Test
	@Spec("S4.6")
	void whatIsAcknowledgedIsNotDoneAgainAndWhatIsNotIs() {
		this.world.append("events/old");
		this.world.put("sub", WEBHOOK);
		String tail = this.world.append("events/a");
		await().until(() -> this.world.webhooks.size() == 1);
		Webhook webhook = this.world.webhook(1);
		assertThat(this.world
			.post("sub/callback", webhook.token(),
					webhook.report(",'acks':[{'stream':'events/a','offset':'" + tail + "'}],'done':true"))
			.status()).isEqualTo(200);
		JsonNode before = this.world.get("sub").body();
		restart();
		assertThat(this.world.get("sub").body()).isEqualTo(before);
		this.world.settle();
		assertThat(this.world.webhooks).isEmpty();
		assertThat(this.world.put("sub", WEBHOOK).status()).isEqualTo(200);
		this.world.append("events/b");
		await().until(() -> this.world.webhooks.size() == 1);
		assertThat(this.world.webhook(1).generation()).as("no generation is there twice").isEqualTo(2);
		assertThat(this.world.webhook(1).body().path("streams").get(0).path("path").asString()).isEqualTo("events/b");
	}

	@Test
	void whatCameWhileNobodyLookedWakes() {
		this.world.put("sub", WEBHOOK);
		close();
		try (FileStorageStore store = new FileStorageStore(this.directory, this.clock)) {
			store.append("events/new");
		}
		open();
		await().until(() -> this.world.webhooks.size() == 1);
		assertThat(this.world.webhook(1).body().path("streams").get(0).path("path").asString()).isEqualTo("events/new");
	}

	@Test
	void aWebhookThatWasUnderWayIsRepeatedWhenItsLeaseIsOver() {
		this.world.put("sub", WEBHOOK);
		this.world.append("events/a");
		await().until(() -> this.world.webhooks.size() == 1);
		Webhook before = this.world.webhook(1);
		restart();
		assertThat(this.world.post("sub/callback", before.token(), before.report("")).status()).isEqualTo(200);
		this.world.pass(Duration.ofMinutes(10));
		await().until(() -> this.world.webhooks.size() == 1);
		assertThat(this.world.webhook(1).generation()).isEqualTo(2);
		assertThat(this.world.post("sub/callback", before.token(), before.report("")).code()).isEqualTo("FENCED");
	}

	@Test
	@Spec("S4.6")
	void aWorkerKeepsItsClaim() {
		this.world.create("wake");
		this.world.put("sub", PULL);
		String tail = this.world.append("events/a");
		Answer claim = this.world.post("sub/claim", null, "{'worker':'one'}");
		assertThat(claim.status()).isEqualTo(200);
		restart();
		assertThat(this.world.post("sub/claim", null, "{'worker':'two'}").code()).isEqualTo("ALREADY_CLAIMED");
		String report = "{'wake_id':'" + claim.body().path("wake_id").asString() + "','generation':1,"
				+ "'acks':[{'stream':'events/a','offset':'" + tail + "'}],'done':true}";
		Answer ack = this.world.post("sub/ack", claim.body().path("token").asString(), report);
		assertThat(ack.status()).isEqualTo(200);
		assertThat(ack.body().path("next_wake").asBoolean()).isFalse();
	}

	@Test
	void aDeletedSubscriptionStaysDeleted() {
		this.world.put("a", PULL);
		this.world.put("b", PULL);
		this.world.post("b/streams", null, "{'streams':['x','y']}");
		this.world.delete("b/streams/x");
		this.world.delete("a");
		restart();
		assertThat(this.world.get("a").status()).isEqualTo(404);
		assertThat(this.world.stream("b").path("path").asString()).isEqualTo("y");
		assertThat(this.world.metrics().links()).isOne();
	}

	@Test
	void aStreamThatIsAnotherOneByNowIsWorkedOffFromItsStart() {
		this.world.append("events/a");
		this.world.append("events/gone");
		this.world.put("sub", PULL);
		close();
		try (FileStorageStore store = new FileStorageStore(this.directory, this.clock)) {
			store.delete("events/a");
			store.delete("events/gone");
			store.append("events/a");
		}
		open();
		assertThat(this.world.stream("sub").path("acked_offset").asString()).endsWith("_0000000000000000");
		assertThat(this.world.post("sub/claim", null, "{'worker':'one'}").status()).isEqualTo(200);
	}

	@Test
	void theJournalDoesNotGrowForEver() {
		ReentrantLock lock = new ReentrantLock();
		Journal journal = new Journal(this.world.store, lock, 2_000);
		// The journal of the world itself is there, and is taken over.
		assertThat(openJournal(journal)).isPositive();
		int lines = 500;
		String padding = "x".repeat(100);
		for (int i = 0; i < lines; i++) {
			int number = i;
			CompletableFuture<Void> stored;
			lock.lock();
			try {
				stored = journal.append(Map.of("op", "note", "number", number, "padding", padding));
				journal.renewIfLong(() -> Journal.line(Map.of("op", "note", "number", number)));
			}
			finally {
				lock.unlock();
			}
			SubscriptionWorld.join(stored);
		}
		await().until(() -> journals() == 1);
		String path = this.world.store.paths()
			.stream()
			.filter((name) -> name.startsWith(Journal.PREFIX))
			.findFirst()
			.orElseThrow();
		assertThat(path).isNotEqualTo(Journal.PREFIX + "1");
		assertThat(this.world.store.find(path).head().tail()).as("of more than 50 000 bytes").isLessThan(25_000);
		close();
		try (FileStorageStore reopened = new FileStorageStore(this.directory, this.clock)) {
			assertThat(reopened.lastNote()).isEqualTo(lines - 1);
		}
	}

	private static int openJournal(Journal journal) {
		try {
			return journal.open().size();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private long journals() {
		return this.world.store.paths().stream().filter((name) -> name.startsWith(Journal.PREFIX)).count();
	}

	@Test
	void aJournalThatWasNotFinishedIsLeftOut() {
		this.world.put("sub", PULL);
		SubscriptionWorld.join(this.world.store.create(new NewStream(Journal.PREFIX + "2", "application/x-ndjson",
				"{\"op\":\"keys\",\"secret\":\"\",\"keys\":[]}\n".getBytes(StandardCharsets.UTF_8), false)));
		restart();
		assertThat(this.world.get("sub").status()).isEqualTo(200);
		await().until(() -> journals() == 1);
		assertThat(this.world.store.find(Journal.PREFIX + "1")).isNotNull();
	}

	@Test
	void manySubscriptionsAreThereAgain() {
		IntStream.range(0, 200).forEach((number) -> this.world.put("sub" + number, PULL));
		restart();
		assertThat(this.world.metrics().subscriptions()).isEqualTo(200);
	}

}
