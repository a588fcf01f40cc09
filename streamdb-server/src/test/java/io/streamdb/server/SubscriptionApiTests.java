package io.streamdb.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.Spec;
import io.streamdb.server.StreamClient.Answer;
import io.streamdb.server.store.StreamStore;
import io.streamdb.server.subscription.Signatures;
import io.streamdb.server.subscription.SubscriptionMetrics;
import io.streamdb.server.subscription.SubscriptionSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the subscription APIs as clients and receivers meet them: over HTTP, behind
 * Tomcat.
 */
@Timeout(120)
class SubscriptionApiTests {

	private static final String JSON = "application/json";

	private static final SubscriptionSettings SETTINGS = SubscriptionSettings.defaults().withLocalWebhooks(true);

	private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();

	private HttpServer receiver;

	private TomcatServer tomcat;

	@BeforeEach
	void start() throws IOException {
		this.receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
		this.receiver.createContext("/", (exchange) -> {
			byte[] body = exchange.getRequestBody().readAllBytes();
			this.received.add(new Received(exchange.getRequestHeaders().getFirst("Webhook-Signature"), body));
			exchange.sendResponseHeaders(204, -1);
			exchange.close();
		});
		this.receiver.start();
	}

	@AfterEach
	void stop() throws Exception {
		if (this.tomcat != null) {
			this.tomcat.close();
		}
		this.receiver.stop(0);
	}

	private StreamClient serve(DurableStreamServerBuilder builder) throws Exception {
		this.tomcat = TomcatServer.withEncodedSlashes(builder.build(), "/v1/stream");
		return StreamClient.overHttp(this.tomcat);
	}

	private String webhook(String pattern) {
		return "{\"type\":\"webhook\",\"pattern\":\"" + pattern + "\",\"webhook\":{\"url\":\"http://127.0.0.1:"
				+ this.receiver.getAddress().getPort() + "/hook\"}}";
	}

	private static JsonNode json(Answer answer) {
		return JsonMapper.shared().readTree(answer.body());
	}

	@Test
	@Spec("S4.1")
	void subscriptionsAreOffByDefault() throws Exception {
		StreamClient client = serve(DurableStreamServer.builder());
		for (String path : List.of("__ds/jwks.json", "__ds/subscriptions/sub", "__ds/x")) {
			assertThat(client.get(path).status()).isEqualTo(501);
		}
		assertThat(client.put("__ds/subscriptions/sub", JSON, webhook("*")).status()).isEqualTo(501);
		assertThat(this.tomcat.server().subscriptionMetrics()).isEqualTo(SubscriptionMetrics.none());
		StreamStore store = this.tomcat.server().store();
		assertThat(store.streamCount()).isZero();
	}

	@Test
	@Spec("S4.2")
	void aReceiverVerifiesItsWebhookAndCallsBack() throws Exception {
		StreamClient client = serve(DurableStreamServer.builder().subscriptions(SETTINGS));
		Answer created = client.put("__ds/subscriptions/a%20sub", JSON, webhook("events/*"));
		assertThat(created.status()).isEqualTo(201);
		String jwksUrl = json(created).path("webhook").path("signing").path("jwks_url").asString();
		assertThat(jwksUrl).isEqualTo(this.tomcat.url("__ds/jwks.json").toString());
		Answer keys = client.get("__ds/jwks.json");
		assertThat(keys.header("Content-Type")).isEqualTo("application/jwk-set+json");
		assertThat(keys.header("Cache-Control")).isEqualTo("public, max-age=300");
		client.put("events/a", JSON, "[1,2]");
		Received webhook = this.received.poll(30, TimeUnit.SECONDS);
		assertThat(Signatures.verify(json(keys), webhook.signature(), webhook.bytes())).isTrue();
		JsonNode body = JsonMapper.shared().readTree(webhook.bytes());
		URI callback = URI.create(body.path("callback_url").asString());
		assertThat(callback).isEqualTo(this.tomcat.url("__ds/subscriptions/a%20sub/callback"));
		JsonNode stream = body.path("streams").get(0);
		Answer read = client.get("events/a?offset=" + stream.path("acked_offset").asString());
		assertThat(read.body()).as("the offset that was acknowledged is one to read from").isEqualTo("[1,2]");
		assertThat(read.offset()).isEqualTo(stream.path("tail_offset").asString());
		String report = "{\"wake_id\":\"" + body.path("wake_id").asString() + "\",\"generation\":1,\"acks\":[{"
				+ "\"stream\":\"events/a\",\"offset\":\"" + read.offset() + "\"}],\"done\":true}";
		String path = "__ds/subscriptions/a%20sub/callback";
		assertThat(client.post(path, JSON, report).status()).isEqualTo(401);
		String bearer = "Bearer " + body.path("callback_token").asString();
		Answer done = client.post(path, JSON, report, "Authorization", bearer);
		assertThat(done.body()).isEqualTo("{\"ok\":true,\"next_wake\":false}");
		assertThat(client.post(path, JSON, report, "Authorization", bearer).status()).isEqualTo(409);
		await().until(() -> this.tomcat.server().subscriptionMetrics().deliveries() == 0);
		SubscriptionMetrics metrics = this.tomcat.server().subscriptionMetrics();
		assertThat(metrics.subscriptions()).isOne();
		assertThat(metrics.links()).isOne();
		assertThat(metrics.wakes()).isOne();
	}

	@Test
	void appendsInProcessAndForksWakeToo() throws Exception {
		StreamClient client = serve(DurableStreamServer.builder().subscriptions(SETTINGS));
		StreamClient inProcess = StreamClient.inProcess(this.tomcat.server());
		client.put("__ds/subscriptions/sub", JSON, webhook("events/*"));
		inProcess.put("source", JSON, "[1]");
		inProcess.put("events/fork", JSON, null, "Stream-Forked-From", "/source");
		Received webhook = this.received.poll(30, TimeUnit.SECONDS);
		assertThat(JsonMapper.shared().readTree(webhook.bytes()).path("streams").get(0).path("path").asString())
			.isEqualTo("events/fork");
	}

	@Test
	void anEncodedSlashIsOneInTheNameOfAStreamAndNothingElseIs() throws Exception {
		StreamClient client = serve(DurableStreamServer.builder().subscriptions(SETTINGS));
		client.put("__ds/subscriptions/sub", JSON, webhook("events/*"));
		client.post("__ds/subscriptions/sub/streams", JSON, "{\"streams\":[\"a/b\",\"c/d\"]}");
		assertThat(client.delete("__ds/subscriptions/sub/streams/a%2Fb").status()).isEqualTo(204);
		assertThat(client.delete("__ds/subscriptions/sub/streams/c/d").status()).isEqualTo(204);
		assertThat(json(client.get("__ds/subscriptions/sub")).path("streams").size()).isZero();
		assertThat(client.delete("__ds/subscriptions/sub/streams/a%2F..%2Fb").status()).isEqualTo(400);
		assertThat(client.delete("__ds/subscriptions/sub/streams/a%2F%2Fb").status()).isEqualTo(400);
		assertThat(client.get("__ds%2Fsubscriptions/sub").status()).isEqualTo(400);
		assertThat(client.get("%5F%5Fds/subscriptions/sub").status()).as("the prefix is written plainly")
			.isEqualTo(404);
		assertThat(client.get("__ds").status()).isEqualTo(404);
		assertThat(client.put("__ds/journal/9", JSON, "[1]").status()).as("what is kept there nobody reaches")
			.isEqualTo(404);
		assertThat(client.get("__ds/journal/1").status()).isEqualTo(404);
		assertThat(client.put("fork", JSON, null, "Stream-Forked-From", "/v1/stream/__ds/journal/1").status())
			.isEqualTo(400);
	}

	@Test
	void theAccessDecidesOnEachStream() throws Exception {
		List<String> asked = new CopyOnWriteArrayList<>();
		Set<StreamOperation> allowed = EnumSet.allOf(StreamOperation.class);
		StreamClient client = serve(
				DurableStreamServer.builder().subscriptions(SETTINGS).access((operation, stream, request) -> {
					asked.add(operation + " " + stream);
					return (allowed.contains(operation) && !stream.startsWith("secret")) ? AccessDecision.allow()
							: AccessDecision.deny("No");
				}));
		String pull = "{\"type\":\"pull-wake\",\"streams\":[\"a\"],\"pattern\":\"%s/*\",\"wake_stream\":\"%s\"}";
		assertThat(client.put("__ds/subscriptions/sub", JSON, pull.formatted("b", "wake")).status()).isEqualTo(201);
		assertThat(asked).containsExactly("SUBSCRIBE __ds/subscriptions/sub", "SUBSCRIBE a", "SUBSCRIBE b/*",
				"APPEND wake");
		assertThat(client.put("__ds/subscriptions/two", JSON, pull.formatted("secret", "wake")).status())
			.isEqualTo(403);
		assertThat(client.put("__ds/subscriptions/two", JSON, pull.formatted("b", "secret")).status()).isEqualTo(403);
		assertThat(client.post("__ds/subscriptions/sub/streams", JSON, "{\"streams\":[\"secret/x\"]}").status())
			.isEqualTo(403);
		assertThat(this.tomcat.server().subscriptionMetrics().subscriptions()).isOne();
		assertThat(this.tomcat.server().subscriptionMetrics().links()).isOne();
		asked.clear();
		for (String report : List.of("callback", "ack", "release")) {
			client.post("__ds/subscriptions/sub/" + report, JSON, "{}");
		}
		client.get("__ds/jwks.json");
		assertThat(asked).containsExactly("ACKNOWLEDGE __ds/subscriptions/sub/callback",
				"ACKNOWLEDGE __ds/subscriptions/sub/ack", "ACKNOWLEDGE __ds/subscriptions/sub/release",
				"READ __ds/jwks.json");
		allowed.clear();
		for (Answer answer : new Answer[] { client.get("__ds/jwks.json"), client.get("__ds/subscriptions/sub"),
				client.delete("__ds/subscriptions/sub"),
				client.post("__ds/subscriptions/sub/claim", JSON, "{\"worker\":\"w\"}"),
				client.post("__ds/subscriptions/sub/callback", JSON, "{}"), client.get("__ds/other") }) {
			assertThat(answer.status()).isEqualTo(403);
		}
	}

	@Test
	void bodiesMustBeJsonAndShort() throws Exception {
		StreamClient client = serve(DurableStreamServer.builder().subscriptions(SETTINGS));
		assertThat(client.put("__ds/subscriptions/sub", "text/plain", webhook("*")).status())
			.as("a page of another origin could send this")
			.isEqualTo(415);
		assertThat(client.send("PUT", "__ds/subscriptions/sub", webhook("*")).status()).isEqualTo(415);
		assertThat(client.put("__ds/subscriptions/sub", JSON, webhook("*"), "Content-Encoding", "gzip").status())
			.isEqualTo(415);
		assertThat(client.put("__ds/subscriptions/sub", JSON, " ".repeat((1 << 20) + 1)).status()).isEqualTo(413);
		assertThat(client.put("__ds/subscriptions/sub", JSON, "{").header("Content-Type")).isEqualTo(JSON);
		assertThat(client.get("__ds/subscriptions/sub").header("X-Content-Type-Options")).isEqualTo("nosniff");
	}

	@Test
	void whereTheStreamsAreIsToldInProcessOnlyBySettings() throws Exception {
		try (DurableStreamServer server = DurableStreamServer.builder().subscriptions(SETTINGS).build()) {
			Answer refused = StreamClient.inProcess(server).put("__ds/subscriptions/sub", JSON, webhook("*"));
			assertThat(refused.status()).isEqualTo(400);
			assertThat(refused.body()).contains("URL of the streams");
		}
		SubscriptionSettings settings = SETTINGS.withUrl(URI.create("https://streams.example/v1"));
		try (DurableStreamServer server = DurableStreamServer.builder().subscriptions(settings).build()) {
			StreamClient client = StreamClient.inProcess(server);
			Answer created = client.put("__ds/subscriptions/sub", JSON, webhook("*"));
			assertThat(created.status()).isEqualTo(201);
			assertThat(json(created).path("webhook").path("signing").path("jwks_url").asString())
				.isEqualTo("https://streams.example/v1/__ds/jwks.json");
			client.put("a", JSON, "[1]");
			Received webhook = this.received.poll(30, TimeUnit.SECONDS);
			assertThat(new String(webhook.bytes(), StandardCharsets.UTF_8))
				.contains("https://streams.example/v1/__ds/subscriptions/sub/callback");
		}
	}

	@Test
	void webhooksOnThisMachineAreForDevelopment() throws Exception {
		StreamClient client = serve(DurableStreamServer.builder().subscriptions(SubscriptionSettings.defaults()));
		Answer refused = client.put("__ds/subscriptions/sub", JSON, webhook("*"));
		assertThat(refused.status()).isEqualTo(400);
		assertThat(json(refused).path("error").path("code").asString()).isEqualTo("WEBHOOK_URL_REJECTED");
		for (String url : List.of("https://127.0.0.1/x", "https://10.0.0.1/x", "https://[::1]/x")) {
			assertThat(client
				.put("__ds/subscriptions/sub", JSON,
						"{\"type\":\"webhook\",\"pattern\":\"*\",\"webhook\":{\"url\":\"" + url + "\"}}")
				.body()).as(url).contains("WEBHOOK_URL_REJECTED");
		}
	}

	private record Received(String signature, byte[] bytes) {
	}

}
