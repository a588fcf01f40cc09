package io.streamdb.server.subscription;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import io.streamdb.Spec;
import io.streamdb.server.store.MemoryStorage;
import io.streamdb.server.store.MutableClock;
import io.streamdb.server.subscription.SubscriptionWorld.Answer;
import io.streamdb.server.subscription.SubscriptionWorld.Webhook;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for subscriptions whose workers are woken by webhooks.
 */
class WebhookSubscriptionTests {

	private static final String CONFIG = "{'type':'webhook','pattern':'events/*',"
			+ "'webhook':{'url':'https://hooks.example/x'},'lease_ttl_ms':10000}";

	private static final Duration LEASE = Duration.ofSeconds(10);

	private final SubscriptionWorld world = new SubscriptionWorld(new MemoryStorage(), SubscriptionSettings.defaults(),
			new MutableClock());

	@AfterEach
	void close() {
		this.world.close();
	}

	@Test
	void anAppendWakesTheReceiverWithASignedWebhook() {
		String old = this.world.append("events/old");
		assertThat(this.world.put("sub", CONFIG).status()).isEqualTo(201);
		assertThat(this.world.stream("sub").path("acked_offset").asString()).as("nothing old is done again")
			.isEqualTo(old);
		this.world.settle();
		assertThat(this.world.webhooks).isEmpty();
		String tail = this.world.append("events/a");
		Webhook webhook = this.world.webhook(1);
		assertThat(webhook.url()).hasToString("https://hooks.example/x");
		assertThat(Signatures.verify(this.world.jwks(), webhook.signature(), webhook.bytes())).isTrue();
		assertThat(webhook.signature()).startsWith("t=" + this.world.clock.instant().getEpochSecond() + ",");
		JsonNode body = webhook.body();
		assertThat(body.path("subscription_id").asString()).isEqualTo("sub");
		assertThat(body.path("generation").asLong()).isOne();
		assertThat(body.path("callback_url").asString())
			.isEqualTo("https://streams.example/v1/__ds/subscriptions/sub/callback");
		JsonNode stream = body.path("streams").get(0);
		assertThat(stream.path("path").asString()).isEqualTo("events/a");
		assertThat(stream.path("link_type").asString()).isEqualTo("glob");
		assertThat(stream.path("tail_offset").asString()).isEqualTo(tail);
		assertThat(stream.path("has_pending").asBoolean()).isTrue();
		assertThat(body.path("streams").get(1).path("has_pending").asBoolean()).isFalse();
	}

	@Test
	void aReceiverThatIsDoneHasAcknowledgedWhatItWasTold() {
		this.world.put("sub", CONFIG);
		String told = this.world.append("events/a");
		String later = this.world.append("events/a");
		assertThat(this.world.webhooks).as("one wake at a time").hasSize(1);
		this.world.webhook(1).respond(200, "{\"done\":true}");
		this.world.settle();
		assertThat(this.world.stream("sub").path("acked_offset").asString()).isEqualTo(told);
		Webhook second = this.world.webhook(2);
		assertThat(second.generation()).isEqualTo(2);
		assertThat(second.body().path("streams").get(0).path("tail_offset").asString()).isEqualTo(later);
		second.respond(200, "{\"done\":true}");
		this.world.settle();
		assertThat(this.world.stream("sub").path("acked_offset").asString()).isEqualTo(later);
		assertThat(this.world.webhooks).hasSize(2);
		assertThat(this.world.timers()).isZero();
		assertThat(this.world.metrics().wakes()).isEqualTo(2);
		assertThat(this.world.metrics().delivered()).isEqualTo(2);
	}

	@Test
	void whatIsAnsweredOtherwiseSaysThatTheReceiverWillCallBack() {
		this.world.put("sub", CONFIG);
		int number = 0;
		for (String answer : new String[] { "", "{}", "{\"done\":false}", "{\"done\":\"true\"}", "[true]", "done",
				"{\"done\":true} x", "{\"done\":true}{\"done\":true}" }) {
			String tail = this.world.append("events/a");
			Webhook webhook = this.world.webhook(++number);
			webhook.respond(202, answer);
			this.world.settle();
			assertThat(this.world.stream("sub").path("acked_offset").asString()).as(answer).isNotEqualTo(tail);
			assertThat(
					callback(webhook, ",'acks':[{'stream':'events/a','offset':'" + tail + "'}],'done':true").status())
				.isEqualTo(200);
		}
	}

	private Answer callback(Webhook webhook, String more) {
		return this.world.post("sub/callback", webhook.token(), webhook.report(more));
	}

	@Test
	void callbacksExtendTheLeaseAndTheLastOneEndsTheWake() {
		this.world.put("sub", CONFIG);
		String tail = this.world.append("events/a");
		Webhook webhook = this.world.webhook(1);
		webhook.respond(200, "");
		for (int i = 0; i < 5; i++) {
			this.world.pass(LEASE.minusMillis(1));
			Answer answer = callback(webhook, "");
			assertThat(answer.status()).isEqualTo(200);
			assertThat(answer.body().path("next_wake").asBoolean()).isFalse();
		}
		this.world.append("events/b");
		Answer done = callback(webhook, ",'acks':[{'stream':'events/a','offset':'" + tail + "'}],'done':true");
		assertThat(done.body().path("ok").asBoolean()).isTrue();
		assertThat(done.body().path("next_wake").asBoolean()).isTrue();
		this.world.settle();
		assertThat(this.world.webhook(2).generation()).isEqualTo(2);
		Answer fenced = callback(webhook, "");
		assertThat(fenced.status()).isEqualTo(409);
		assertThat(fenced.code()).isEqualTo("FENCED");
	}

	@Test
	@Spec("S4.5")
	void aLeaseThatIsOverEndsTheWakeAndFencesItsWorkerOff() {
		this.world.put("sub", CONFIG);
		String tail = this.world.append("events/a");
		Webhook first = this.world.webhook(1);
		first.respond(200, "");
		this.world.pass(LEASE.minusMillis(1));
		assertThat(this.world.webhooks).hasSize(1);
		this.world.pass(Duration.ofMillis(1));
		Webhook second = this.world.webhook(2);
		assertThat(second.generation()).isEqualTo(2);
		String acks = ",'acks':[{'stream':'events/a','offset':'" + tail + "'}],'done':true";
		assertThat(callback(first, acks).code()).isEqualTo("FENCED");
		Answer mixed = this.world.post("sub/callback", first.token(), second.report(acks));
		assertThat(mixed.code()).as("the token of one wake with the id of another").isEqualTo("FENCED");
		assertThat(this.world.stream("sub").path("acked_offset").asString()).isNotEqualTo(tail);
		assertThat(callback(second, acks).status()).isEqualTo(200);
		assertThat(this.world.stream("sub").path("acked_offset").asString()).isEqualTo(tail);
		assertThat(this.world.metrics().expiredLeases()).isOne();
	}

	@Test
	void aLateAnswerOfAnOldWakeAcknowledgesNothing() {
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Webhook first = this.world.webhook(1);
		assertThat(callback(first, ",'done':true").body().path("next_wake").asBoolean()).isTrue();
		first.respond(200, "{\"done\":true}");
		this.world.settle();
		assertThat(this.world.stream("sub").path("acked_offset").asString()).endsWith("_0000000000000000");
		assertThat(this.world.webhook(2).generation()).isEqualTo(2);
	}

	@Test
	void failuresAreTriedAgainLaterAndLater() {
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Duration[] delays = { Duration.ofMillis(800), Duration.ofMillis(1600), Duration.ofMillis(3200),
				Duration.ofMillis(6400) };
		for (int i = 0; i < delays.length; i++) {
			assertThat(this.world.webhooks).hasSize(i + 1);
			this.world.webhooks.get(i).respond((i % 2 == 0) ? 500 : 302, "{\"done\":true}");
			this.world.settle();
			assertThat(this.world.get("sub").body().path("status").asString()).isEqualTo("failed");
			this.world.pass(delays[i].minusMillis(1));
			assertThat(this.world.webhooks).hasSize(i + 1);
			this.world.pass(delays[i].dividedBy(2).plusMillis(1));
		}
		Webhook last = this.world.webhook(delays.length + 1);
		assertThat(last.generation()).as("the lease began anew with each try").isOne();
		last.respond(200, "{\"done\":true}");
		this.world.settle();
		assertThat(this.world.get("sub").body().path("status").asString()).isEqualTo("active");
		assertThat(this.world.metrics().failedDeliveries()).isEqualTo(delays.length);
		assertThat(this.world.timers()).isZero();
	}

	@Test
	void theLongestDelayOutlastsTheLeaseAndIsKept() {
		this.world.answer = new WebhookAnswer(503, new byte[0]);
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		this.world.pass(Duration.ofHours(1));
		assertThat(this.world.webhooks).as("once in a minute or so").hasSizeBetween(50, 80);
		this.world.append("events/a");
		assertThat(this.world.webhooks).as("an append does not hurry it").hasSizeBetween(50, 80);
		Webhook last = this.world.webhooks.get(this.world.webhooks.size() - 1);
		assertThat(last.generation()).isGreaterThan(10);
	}

	@Test
	void aReceiverThatDoesNotAnswerIsGivenUpWithItsLease() {
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Webhook silent = this.world.webhook(1);
		this.world.pass(LEASE);
		assertThat(silent.answer()).isCancelled();
		assertThat(this.world.get("sub").body().path("status").asString()).isEqualTo("failed");
		assertThat(this.world.metrics().deliveries()).isZero();
		this.world.pass(Duration.ofMillis(1200));
		assertThat(this.world.webhook(2).generation()).isEqualTo(2);
	}

	@Test
	void aWakeThatIsDoneWhileItsWebhookIsUnansweredMakesTheNextOneWait() {
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Webhook first = this.world.webhook(1);
		callback(first, ",'done':true");
		this.world.settle();
		assertThat(this.world.webhooks).hasSize(1);
		assertThat(this.world.metrics().waitingDeliveries()).isOne();
		first.respond(200, "");
		this.world.settle();
		Webhook second = this.world.webhook(2);
		callback(second, ",'done':true");
		this.world.pass(LEASE);
		assertThat(second.answer()).as("not for ever").isCancelled();
		assertThat(this.world.webhook(3).generation()).isEqualTo(3);
	}

	@Test
	void noMoreThanSoManyWebhooksAreUnderWay() {
		int more = 40;
		for (int i = 0; i < Wakes.MAX_DELIVERIES + more; i++) {
			this.world.put("sub" + i, CONFIG);
		}
		this.world.append("events/a");
		assertThat(this.world.webhooks).hasSize(Wakes.MAX_DELIVERIES);
		assertThat(this.world.metrics().deliveries()).isEqualTo(Wakes.MAX_DELIVERIES);
		assertThat(this.world.metrics().waitingDeliveries()).isEqualTo(more);
		List<Webhook> sent = new ArrayList<>(this.world.webhooks);
		sent.forEach((webhook) -> webhook.respond(200, "{\"done\":true}"));
		this.world.settle();
		assertThat(this.world.webhooks).hasSize(Wakes.MAX_DELIVERIES + more);
		assertThat(this.world.metrics().waitingDeliveries()).isZero();
	}

	@Test
	void aDeletedSubscriptionHearsAndTakesNothing() {
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Webhook webhook = this.world.webhook(1);
		assertThat(this.world.delete("sub").status()).isEqualTo(204);
		assertThat(this.world.delete("sub").status()).as("again").isEqualTo(204);
		assertThat(webhook.answer()).isCancelled();
		assertThat(callback(webhook, ",'done':true").status()).isEqualTo(404);
		assertThat(this.world.get("sub").status()).isEqualTo(404);
		this.world.append("events/a");
		this.world.pass(Duration.ofMinutes(5));
		assertThat(this.world.webhooks).hasSize(1);
		assertThat(this.world.metrics().links()).isZero();
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		assertThat(this.world.webhook(2).generation()).isOne();
		assertThat(callback(webhook, ",'done':true").code()).as("the token of an earlier subscription of the name")
			.isEqualTo("FENCED");
	}

	@Test
	@Spec("S4.7")
	void tokensAreNeededAndAreForOneSubscription() {
		this.world.put("sub", CONFIG);
		this.world.put("other", CONFIG.replace("events", "others"));
		this.world.append("events/a");
		Webhook webhook = this.world.webhook(1);
		for (String token : new String[] { null, "", "x", webhook.token() + "x" }) {
			Answer answer = this.world.post("sub/callback", token, webhook.report(",'done':true"));
			assertThat(answer.status()).isEqualTo(401);
			assertThat(answer.code()).isEqualTo("TOKEN_INVALID");
		}
		assertThat(this.world.post("other/callback", webhook.token(), webhook.report("")).code())
			.isEqualTo("TOKEN_INVALID");
		assertThat(this.world.post("nowhere/callback", "x", webhook.report("")).status())
			.as("without a token nobody learns what there is")
			.isEqualTo(401);
		assertThat(this.world.post("sub/ack", webhook.token(), webhook.report("")).code()).isEqualTo("INVALID_REQUEST");
	}

	@Test
	void acknowledgementsThatCannotBeAreRefusedAsAWhole() {
		this.world.put("sub", CONFIG);
		String one = this.world.append("events/a");
		String two = this.world.append("events/a");
		this.world.append("events/b");
		String foreign = this.world.append("others/a");
		Webhook webhook = this.world.webhook(1);
		String before = this.world.get("sub").body().path("streams").toString();
		String good = "{'stream':'events/b','offset':'" + this.world.store.find("events/b").offset(1) + "'}";
		for (String bad : new String[] { ack("events/a", "-1"), ack("events/a", "x"), ack("events/a", "now"),
				ack("events/a", foreign), ack("events/a", two.substring(0, two.length() - 1) + "9"),
				ack("others/a", foreign), ack("nowhere", one) }) {
			Answer answer = callback(webhook, ",'acks':[" + good + "," + bad + "],'done':true");
			assertThat(answer.status()).as(bad).isEqualTo(409);
			assertThat(answer.code()).isEqualTo("INVALID_OFFSET");
			assertThat(this.world.get("sub").body().path("streams").toString()).isEqualTo(before);
		}
		assertThat(callback(webhook, ",'acks':[" + ack("events/a", two) + "]").status()).isEqualTo(200);
		assertThat(callback(webhook, ",'acks':[" + ack("events/a", one) + "]").code()).as("a step back")
			.isEqualTo("INVALID_OFFSET");
		assertThat(callback(webhook, ",'acks':[" + ack("events/a", two) + "]").status()).as("again").isEqualTo(200);
	}

	private static String ack(String stream, String offset) {
		return "{'stream':'" + stream + "','offset':'" + offset + "'}";
	}

	@Test
	void reportsThatSayTooLittleAreRefused() {
		this.world.put("sub", CONFIG);
		this.world.append("events/a");
		Webhook webhook = this.world.webhook(1);
		for (String body : new String[] { "", "[]", "1", "{", "{}", "{'wake_id':'x'}", "{'wake_id':1,'generation':1}",
				"{'wake_id':'x','generation':'1'}", "{'wake_id':'x','generation':1.5}", webhook.report(",'acks':{}"),
				webhook.report(",'acks':[1]"), webhook.report(",'acks':[{}]"),
				webhook.report(",'acks':[{'stream':'events/a'}]"), webhook.report(",'done':1"),
				webhook.report(",'done':true,'done':false") }) {
			Answer answer = this.world.post("sub/callback", webhook.token(), body);
			assertThat(answer.status()).as(body).isEqualTo(400);
			assertThat(answer.code()).isEqualTo("INVALID_REQUEST");
			assertThat(answer.body().path("error").path("message").asString()).isNotBlank();
		}
	}

	@Test
	void whereAWebhookMustNotGoIsSaidAtOnce() {
		Answer answer = this.world.put("sub", CONFIG.replace("hooks.example", "internal.example"));
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.code()).isEqualTo("WEBHOOK_URL_REJECTED");
		assertThat(this.world.get("sub").status()).isEqualTo(404);
		assertThat(this.world.put("sub", CONFIG.replace("https://hooks.example", "http://127.0.0.1:80")).code())
			.isEqualTo("WEBHOOK_URL_REJECTED");
	}

	@Test
	@Spec("S4.3")
	void keysRotateWhileWebhooksGoOn() {
		this.world.put("sub", CONFIG);
		String first = this.world.get("sub").body().path("webhook").path("signing").path("kid").asString();
		this.world.answer = new WebhookAnswer(200, "{\"done\":true}".getBytes(StandardCharsets.UTF_8));
		this.world.append("events/a");
		assertThat(Signatures.keyId(this.world.webhook(1).signature())).isEqualTo(first);
		this.world.pass(SubscriptionSettings.defaults().keyRotation());
		JsonNode published = this.world.jwks();
		assertThat(published.path("keys").size()).isEqualTo(2);
		this.world.pass(SigningKeys.ANNOUNCEMENT);
		this.world.append("events/a");
		Webhook second = this.world.webhook(2);
		assertThat(Signatures.keyId(second.signature())).isNotEqualTo(first);
		assertThat(Signatures.verify(published, second.signature(), second.bytes())).isTrue();
		assertThat(Signatures.verify(this.world.jwks(), this.world.webhooks.get(0).signature(),
				this.world.webhooks.get(0).bytes()))
			.isTrue();
		assertThat(Instant.parse(this.world.get("sub").body().path("created_at").asString()))
			.isBefore(this.world.clock.instant());
	}

}
