package io.streamdb.server.subscription;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import io.streamdb.server.store.MemoryStorage;
import io.streamdb.server.store.MutableClock;
import io.streamdb.server.subscription.SubscriptionWorld.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for what subscriptions are and which streams they follow, however they wake.
 */
class SubscriptionTests {

	private static final String PULL = "{'type':'pull-wake','wake_stream':'wake',";

	private SubscriptionWorld world = world(SubscriptionSettings.defaults());

	private static SubscriptionWorld world(SubscriptionSettings settings) {
		return new SubscriptionWorld(new MemoryStorage(), settings, new MutableClock());
	}

	@AfterEach
	void close() {
		this.world.close();
	}

	@Test
	void aSubscriptionSaysWhatItIs() {
		Answer created = this.world.put("sub", PULL + "'streams':['b','/a/','b'],'description':'what it does'}");
		assertThat(created.status()).isEqualTo(201);
		JsonNode body = created.body();
		assertThat(body.path("id").asString()).isEqualTo("sub");
		assertThat(body.path("subscription_id").asString()).isEqualTo("sub");
		assertThat(body.path("type").asString()).isEqualTo("pull-wake");
		assertThat(body.path("wake_stream").asString()).isEqualTo("wake");
		assertThat(body.path("lease_ttl_ms").asLong()).isEqualTo(30_000);
		assertThat(body.path("created_at").asString()).isEqualTo("2026-11-23T12:00:00Z");
		assertThat(body.path("status").asString()).isEqualTo("active");
		assertThat(body.path("description").asString()).isEqualTo("what it does");
		assertThat(body.path("webhook").isNull()).isTrue();
		assertThat(paths("sub")).containsExactly("a", "b");
		assertThat(this.world.get("sub").body()).isEqualTo(body);
	}

	private List<String> paths(String id) {
		return StreamSupport.stream(this.world.get(id).body().path("streams").spliterator(), false)
			.map((stream) -> stream.path("path").asString())
			.toList();
	}

	@Test
	void theSameAgainIsConfirmedAndAnythingElseIsAConflict() {
		this.world.put("sub", PULL + "'streams':['b','a'],'pattern':'x/*'}");
		this.world.post("sub/streams", null, "{'streams':['c']}");
		assertThat(
				this.world.put("sub", PULL + "'pattern':'/x/*','streams':['a','b','a'],'lease_ttl_ms':30000}").status())
			.isEqualTo(200);
		assertThat(paths("sub")).containsExactly("a", "b", "c");
		for (String other : new String[] { PULL + "'streams':['b','a']}", PULL + "'pattern':'x/*'}",
				PULL + "'streams':['b','a'],'pattern':'x/*','lease_ttl_ms':1000}",
				PULL + "'streams':['b','a'],'pattern':'x/*','description':'x'}",
				PULL.replace("'wake',", "'woke',") + "'streams':['b','a'],'pattern':'x/*'}",
				"{'type':'webhook','webhook':{'url':'https://h.example'},'wake_stream':'wake','streams':['b','a'],"
						+ "'pattern':'x/*'}" }) {
			Answer answer = this.world.put("sub", other);
			assertThat(answer.status()).as(other).isEqualTo(409);
			assertThat(answer.code()).isEqualTo("SUBSCRIPTION_ALREADY_EXISTS");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "[]", "'x'", "{", "{'type':'pull-wake'} x", "{}", "{'type':'push','pattern':'*'}",
			"{'type':1,'pattern':'*'}", "{'type':'pull-wake','pattern':'*'}", "{'type':'webhook','pattern':'*'}",
			"{'type':'webhook','pattern':'*','webhook':{}}", "{'type':'webhook','pattern':'*','webhook':'x'}",
			"{'type':'webhook','pattern':'*','webhook':{'url':1}}", "{'type':'pull-wake','wake_stream':'w'}",
			"{'type':'pull-wake','wake_stream':'w','streams':[]}",
			"{'type':'pull-wake','wake_stream':'w','streams':'a'}",
			"{'type':'pull-wake','wake_stream':'w','streams':[1]}",
			"{'type':'pull-wake','wake_stream':'w','streams':['a//b']}",
			"{'type':'pull-wake','wake_stream':'w','streams':['']}",
			"{'type':'pull-wake','wake_stream':'w','pattern':''}", "{'type':'pull-wake','wake_stream':'w','pattern':1}",
			"{'type':'pull-wake','wake_stream':'w','pattern':'*','lease_ttl_ms':999}",
			"{'type':'pull-wake','wake_stream':'w','pattern':'*','lease_ttl_ms':600001}",
			"{'type':'pull-wake','wake_stream':'w','pattern':'*','lease_ttl_ms':1000.5}",
			"{'type':'pull-wake','wake_stream':'w','pattern':'*','lease_ttl_ms':99999999999999999999}",
			"{'type':'pull-wake','wake_stream':'w','pattern':'*','lease_ttl_ms':'1000'}",
			"{'type':'pull-wake','wake_stream':'w','pattern':'*','description':1}" })
	void whatCannotBeASubscriptionIsRefused(String body) {
		Answer answer = this.world.put("sub", body);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.code()).isEqualTo("INVALID_REQUEST");
		assertThat(answer.body().path("error").path("message").asString()).isNotBlank();
		assertThat(this.world.metrics().subscriptions()).isZero();
	}

	@Test
	void longTextsAndDeepOnesAreRefused() {
		assertThat(this.world.put("sub", PULL + "'pattern':'*','description':'" + "x".repeat(1001) + "'}").status())
			.isEqualTo(400);
		assertThat(this.world.put("sub", "[".repeat(10_000)).status()).isEqualTo(400);
		assertThat(this.world.put("x".repeat(257), PULL + "'pattern':'*'}").status()).isEqualTo(404);
	}

	@Test
	void otherMethodsAndPathsAreRefused() {
		this.world.put("sub", PULL + "'pattern':'*'}");
		assertThat(this.world.post("sub", null, "{}").status()).isEqualTo(405);
		assertThat(this.world.put("sub/streams", "{}").status()).isEqualTo(405);
		assertThat(this.world.get("sub/streams/a").status()).isEqualTo(405);
		assertThat(this.world.get("sub/claim").status()).isEqualTo(405);
		assertThat(this.world.get("sub/ack").status()).isEqualTo(405);
		assertThat(this.world.send("POST", "jwks.json", null, "{}").status()).isEqualTo(405);
		for (String path : new String[] { "", "x", "subscriptions", "subscriptions/", "subscriptions/sub/x",
				"subscriptions/sub/ack/x" }) {
			assertThat(this.world.send("GET", path, null, null).status()).as(path).isEqualTo(404);
		}
	}

	@Test
	void streamsAreNamedAndTheirNamesTakenBack() {
		String old = this.world.append("named");
		this.world.append("x/globbed");
		this.world.put("sub", PULL + "'pattern':'x/*'}");
		assertThat(this.world.post("sub/streams", null, "{'streams':['named','x/globbed','missing']}").status())
			.isEqualTo(204);
		assertThat(this.world.post("sub/streams", null, "{'streams':['named']}").status()).as("again").isEqualTo(204);
		assertThat(link("named").path("acked_offset").asString()).isEqualTo(old);
		assertThat(link("missing").path("acked_offset").asString()).isEqualTo("-1");
		assertThat(link("x/globbed").path("link_type").asString()).isEqualTo("explicit");
		for (String path : List.of("named", "x/globbed", "missing", "never")) {
			assertThat(this.world.delete("sub/streams/" + path).status()).isEqualTo(204);
		}
		assertThat(paths("sub")).containsExactly("x/globbed");
		assertThat(link("x/globbed").path("link_type").asString()).isEqualTo("glob");
		assertThat(this.world.delete("sub/streams/x/globbed").status()).isEqualTo(204);
		assertThat(paths("sub")).as("the pattern still matches").containsExactly("x/globbed");
		assertThat(this.world.metrics().links()).isOne();
		assertThat(this.world.post("sub/streams", null, "{'streams':[]}").status()).isEqualTo(400);
		assertThat(this.world.post("other/streams", null, "{'streams':['a']}").status()).isEqualTo(404);
		assertThat(this.world.delete("other/streams/a").status()).isEqualTo(404);
	}

	private JsonNode link(String path) {
		for (JsonNode stream : this.world.get("sub").body().path("streams")) {
			if (stream.path("path").asString().equals(path)) {
				return stream;
			}
		}
		throw new AssertionError("No link to " + path);
	}

	@Test
	void aStreamThatIsThereAgainIsWorkedOffFromItsStart() {
		this.world.append("x/globbed");
		String acked = this.world.append("named");
		this.world.put("sub", PULL + "'pattern':'x/*','streams':['named']}");
		this.world.deleteStream("named");
		this.world.deleteStream("x/globbed");
		assertThat(paths("sub")).as("what was named is followed on").containsExactly("named");
		assertThat(link("named").path("acked_offset").asString()).isEqualTo("-1");
		this.world.append("named");
		this.world.append("x/globbed");
		assertThat(paths("sub")).containsExactly("named", "x/globbed");
		assertThat(link("named").path("acked_offset").asString()).endsWith("_0000000000000000").isGreaterThan(acked);
		Answer claim = this.world.post("sub/claim", null, "{'worker':'one'}");
		assertThat(claim.body().path("streams").get(0).path("has_pending").asBoolean()).isTrue();
		assertThat(claim.body().path("streams").get(1).path("has_pending").asBoolean()).isTrue();
	}

	@Test
	void anEmptyStreamIsNothingToDo() {
		this.world.put("sub", PULL + "'pattern':'x/*'}");
		this.world.create("x/a");
		this.world.settle();
		assertThat(paths("sub")).containsExactly("x/a");
		assertThat(this.world.post("sub/claim", null, "{'worker':'one'}").code()).isEqualTo("NO_PENDING_WORK");
	}

	@Test
	void thereAreSoManySubscriptionsAndNoMore() {
		reopen(SubscriptionSettings.defaults().withMaxSubscriptions(2));
		this.world.put("a", PULL + "'pattern':'x/*'}");
		this.world.put("b", PULL + "'pattern':'x/*'}");
		Answer refused = this.world.put("c", PULL + "'pattern':'x/*'}");
		assertThat(refused.status()).isEqualTo(503);
		assertThat(refused.code()).isEqualTo("LIMIT_EXCEEDED");
		assertThat(refused.retryAfter()).isNotNull();
		assertThat(this.world.metrics().refusedSubscriptions()).isOne();
		assertThat(this.world.put("a", PULL + "'pattern':'x/*'}").status()).isEqualTo(200);
		this.world.delete("a");
		assertThat(this.world.put("c", PULL + "'pattern':'x/*'}").status()).isEqualTo(201);
	}

	private void reopen(SubscriptionSettings settings) {
		this.world.close();
		this.world = world(settings);
	}

	@Test
	void soManyStreamsAreFollowedAndOthersWait() {
		reopen(SubscriptionSettings.defaults().withMaxLinks(3));
		this.world.append("x/old");
		assertThat(this.world.put("big", PULL + "'streams':['a','b','c','d']}").status()).isEqualTo(503);
		assertThat(this.world.put("sub", PULL + "'pattern':'x/*','streams':['named']}").status()).isEqualTo(201);
		assertThat(this.world.post("sub/streams", null, "{'streams':['one','two']}").status()).isEqualTo(503);
		assertThat(this.world.metrics().links()).isEqualTo(2);
		this.world.append("x/1");
		this.world.append("x/2");
		assertThat(paths("sub")).containsExactly("named", "x/old", "x/1");
		assertThat(this.world.metrics().incomplete()).isOne();
		assertThat(this.world.metrics().refusedLinks()).isEqualTo(3);
		this.world.deleteStream("x/old");
		this.world.pass(Duration.ofSeconds(1));
		this.world.settle();
		assertThat(paths("sub")).containsExactly("named", "x/1", "x/2");
		assertThat(link("x/2").path("acked_offset").asString()).as("nothing was lost").endsWith("_0000000000000000");
		assertThat(this.world.metrics().incomplete()).isZero();
	}

	@Test
	void aWakeListsThousandStreamsThoseWithSomethingToDoFirst() {
		for (int i = 0; i < 1_500; i++) {
			this.world.create("x/" + i);
		}
		this.world.put("sub", PULL + "'pattern':'x/*'}");
		this.world.append("x/1499");
		JsonNode streams = this.world.post("sub/claim", null, "{'worker':'one'}").body().path("streams");
		assertThat(streams.size()).isEqualTo(Wakes.MAX_LISTED);
		assertThat(streams.get(0).path("path").asString()).isEqualTo("x/1499");
		assertThat(streams.get(1).path("has_pending").asBoolean()).isFalse();
	}

	@Test
	void aStoreThatIsFullRefusesAndNothingHappens() {
		this.world.close();
		this.world = new SubscriptionWorld(new MemoryStorage(), SubscriptionSettings.defaults(), new MutableClock(),
				20_000);
		this.world.put("sub", PULL + "'pattern':'x/*'}");
		this.world.append("x/a");
		int number = 0;
		Answer answer = this.world.put("fill" + number, PULL + "'pattern':'y/*','description':'long enough'}");
		while (answer.status() == 201) {
			answer = this.world.put("fill" + ++number, PULL + "'pattern':'y/*','description':'long enough'}");
		}
		assertThat(answer.status()).isEqualTo(507);
		assertThat(answer.code()).isEqualTo("STORE_FULL");
		assertThat(this.world.get("fill" + number).status()).isEqualTo(404);
		assertThat(this.world.metrics().subscriptions()).isEqualTo(number + 1);
	}

	@Test
	void settingsThatMakeNoSenseAreRefused() {
		SubscriptionSettings settings = SubscriptionSettings.defaults();
		assertThatIllegalArgumentException().isThrownBy(() -> settings.withMaxLinks(0));
		assertThatIllegalArgumentException().isThrownBy(() -> settings.withMaxSubscriptions(0));
		assertThatIllegalArgumentException().isThrownBy(() -> settings.withKeyRotation(Duration.ZERO));
		for (String url : new String[] { "streams", "/streams", "ftp://x.example", "https://x.example/", "https:x",
				"https://x.example/?q", "https://u@x.example", "https://x.example/#f" }) {
			assertThatIllegalArgumentException().as(url).isThrownBy(() -> settings.withUrl(URI.create(url)));
		}
		assertThatIllegalArgumentException()
			.isThrownBy(() -> settings
				.withHttpClient(HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()))
			.withMessageContaining("redirects");
	}

}
