package io.streamdb.server.subscription;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.Spec;
import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.MemoryStorage;
import io.streamdb.server.store.MutableClock;
import io.streamdb.server.store.NewStream;
import io.streamdb.server.subscription.SubscriptionWorld.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for subscriptions whose workers follow a stream of wakes and claim them.
 */
class PullWakeSubscriptionTests {

	private static final String CONFIG = "{'type':'pull-wake','pattern':'events/*','wake_stream':'wake/pool',"
			+ "'lease_ttl_ms':10000}";

	private static final Duration LEASE = Duration.ofSeconds(10);

	private final SubscriptionWorld world = new SubscriptionWorld(new MemoryStorage(), SubscriptionSettings.defaults(),
			new MutableClock());

	@AfterEach
	void close() {
		this.world.close();
	}

	@Test
	@Spec("S4.4")
	void anAppendWritesAWakeEventAndAWorkerClaimsTheWake() {
		this.world.create("wake/pool");
		assertThat(this.world.put("sub", CONFIG).status()).isEqualTo(201);
		assertThat(claim("one").code()).isEqualTo("NO_PENDING_WORK");
		String tail = this.world.append("events/a");
		this.world.append("events/a");
		assertThat(wakes()).singleElement().satisfies((event) -> {
			assertThat(event.path("type").asString()).isEqualTo("wake");
			assertThat(event.path("subscription_id").asString()).isEqualTo("sub");
			assertThat(event.path("stream").asString()).isEqualTo("events/a");
			assertThat(event.path("generation").asLong()).isOne();
			assertThat(event.path("ts").asLong()).isEqualTo(this.world.clock.millis());
		});
		Answer claim = claim("one");
		assertThat(claim.status()).isEqualTo(200);
		assertThat(claim.body().path("generation").asLong()).isOne();
		assertThat(claim.body().path("lease_ttl_ms").asLong()).isEqualTo(10_000);
		assertThat(claim.body().path("streams").get(0).path("has_pending").asBoolean()).isTrue();
		Answer busy = claim("two");
		assertThat(busy.status()).isEqualTo(409);
		assertThat(busy.code()).isEqualTo("ALREADY_CLAIMED");
		assertThat(busy.body().path("error").path("current_holder").asString()).isEqualTo("one");
		assertThat(busy.body().path("error").path("generation").asLong()).isOne();
		Answer ack = ack(claim, ",'acks':[{'stream':'events/a','offset':'" + tail + "'}],'done':true");
		assertThat(ack.body().path("next_wake").asBoolean()).as("of two appends one was acknowledged").isTrue();
		this.world.settle();
		assertThat(wakes()).hasSize(2);
		assertThat(wakes().get(1).path("generation").asLong()).isEqualTo(2);
	}

	private Answer claim(String worker) {
		return this.world.post("sub/claim", null, "{'worker':'" + worker + "'}");
	}

	private Answer ack(Answer claim, String more) {
		return this.world.post("sub/ack", claim.body().path("token").asString(), report(claim, more));
	}

	private Answer release(Answer claim) {
		return this.world.post("sub/release", claim.body().path("token").asString(), report(claim, ""));
	}

	private static String report(Answer claim, String more) {
		return "{'wake_id':'" + claim.body().path("wake_id").asString() + "','generation':"
				+ claim.body().path("generation").asLong() + more + "}";
	}

	private List<JsonNode> wakes() {
		List<JsonNode> events = new ArrayList<>();
		try (AppendRange range = this.world.store.find("wake/pool").head().read(0, 1 << 20)) {
			for (int i = 0; i < range.size(); i++) {
				ByteArrayOutputStream bytes = new ByteArrayOutputStream();
				byte[] buffer = new byte[1000];
				for (int count = range.read(buffer, 0, 1000); count >= 0; count = range.read(buffer, 0, 1000)) {
					bytes.write(buffer, 0, count);
				}
				events.add(JsonMapper.shared().readTree(bytes.toByteArray()));
				range.next();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return events;
	}

	@Test
	@Spec("S4.5")
	void aWorkerThatIsHeardOfKeepsItsLeaseAndASilentOneLosesIt() {
		this.world.create("wake/pool");
		this.world.put("sub", CONFIG);
		String tail = this.world.append("events/a");
		Answer claim = claim("one");
		for (int i = 0; i < 5; i++) {
			this.world.pass(LEASE.minusMillis(1));
			assertThat(ack(claim, "").status()).isEqualTo(200);
		}
		assertThat(claim("two").code()).isEqualTo("ALREADY_CLAIMED");
		this.world.pass(LEASE);
		assertThat(wakes()).hasSize(2);
		Answer late = ack(claim, ",'acks':[{'stream':'events/a','offset':'" + tail + "'}],'done':true");
		assertThat(late.status()).isEqualTo(409);
		assertThat(late.code()).isEqualTo("FENCED");
		assertThat(release(claim).code()).isEqualTo("FENCED");
		Answer next = claim("two");
		assertThat(next.body().path("generation").asLong()).isEqualTo(2);
		assertThat(ack(claim, "").code()).isEqualTo("FENCED");
		assertThat(ack(next, ",'acks':[{'path':'events/a','offset':'" + tail + "'}],'done':true").body()
			.path("next_wake")
			.asBoolean()).isFalse();
		assertThat(claim("two").code()).isEqualTo("NO_PENDING_WORK");
		assertThat(this.world.timers()).isZero();
	}

	@Test
	void aLeaseEndsByTheClockAndNotOnlyByItsTimer() {
		this.world.create("wake/pool");
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Answer claim = claim("one");
		this.world.clock.advance(LEASE);
		assertThat(ack(claim, "").code()).isEqualTo("FENCED");
		assertThat(claim("two").body().path("generation").asLong()).isEqualTo(2);
	}

	@Test
	void aWakeThatIsGivenBackIsToldAgain() {
		this.world.create("wake/pool");
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Answer claim = claim("one");
		assertThat(release(claim).status()).isEqualTo(204);
		this.world.settle();
		assertThat(wakes()).hasSize(2);
		assertThat(release(claim).code()).isEqualTo("FENCED");
		assertThat(claim("two").body().path("generation").asLong()).isEqualTo(2);
	}

	@Test
	void aClaimNeedsNoWakeEvent() {
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Answer claim = claim("one");
		assertThat(claim.status()).isEqualTo(200);
		assertThat(ack(claim, ",'done':true").body().path("next_wake").asBoolean()).isTrue();
	}

	@Test
	void aWakeStreamThatComesLateGetsItsEvent() {
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		assertThat(this.world.get("sub").body().path("status").asString()).isEqualTo("failed");
		SubscriptionWorld.join(this.world.store.create(new NewStream("wake/pool", "application/json", null, false)));
		this.world.pass(Duration.ofMillis(1200));
		assertThat(wakes()).singleElement().satisfies((event) -> assertThat(event.path("generation").asLong()).isOne());
		assertThat(this.world.get("sub").body().path("status").asString()).isEqualTo("active");
		assertThat(this.world.timers()).isZero();
	}

	@Test
	void aWakeStreamOfAnotherTypeIsRefused() {
		SubscriptionWorld.join(this.world.store.create(new NewStream("wake/pool", "text/plain", null, false)));
		Answer answer = this.world.put("sub", CONFIG);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.body().path("error").path("message").asString()).contains("text/plain");
	}

	@Test
	void theOwnWakeStreamWakesNobody() {
		this.world.create("wake/pool");
		this.world.put("sub", CONFIG.replace("events/*", "**"));
		this.world.append("events/a");
		assertThat(wakes()).hasSize(1);
		Answer claim = claim("one");
		assertThat(claim.body().path("streams").size()).isEqualTo(1);
	}

	@Test
	void onlyPullWakesAreClaimed() {
		this.world.put("sub", "{'type':'webhook','pattern':'*','webhook':{'url':'https://hooks.example'}}");
		assertThat(claim("one").code()).isEqualTo("INVALID_REQUEST");
		this.world.put("pull", CONFIG);
		for (String body : new String[] { "", "{}", "{'worker':''}", "{'worker':1}",
				"{'worker':'" + "x".repeat(257) + "'}" }) {
			Answer answer = this.world.post("pull/claim", null, body);
			assertThat(answer.status()).as(body).isEqualTo(400);
			assertThat(answer.body().path("error").path("message").asString()).contains("worker");
		}
		assertThat(this.world.post("nowhere/claim", null, "{'worker':'one'}").status()).isEqualTo(404);
	}

}
