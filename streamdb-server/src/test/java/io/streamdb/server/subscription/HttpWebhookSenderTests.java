package io.streamdb.server.subscription;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.streamdb.Spec;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what goes out to a real receiver, and what does not.
 */
@Timeout(60)
class HttpWebhookSenderTests {

	private static final byte[] BODY = "{\"wake\":1}".getBytes(StandardCharsets.UTF_8);

	private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

	private final CountDownLatch released = new CountDownLatch(1);

	private HttpServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
		this.server.createContext("/", this::receive);
		this.server.start();
	}

	private void receive(HttpExchange exchange) throws IOException {
		String path = exchange.getRequestURI().getPath();
		this.received
			.add(exchange.getRequestMethod() + " " + path + " " + exchange.getRequestHeaders().getFirst("Content-Type")
					+ " " + exchange.getRequestHeaders().getFirst("Webhook-Signature") + " "
					+ new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
		switch (path) {
			case "/moved" -> {
				exchange.getResponseHeaders().add("Location", "/other");
				exchange.sendResponseHeaders(307, -1);
			}
			case "/long" -> {
				byte[] bytes = "x".repeat(10 * LimitedBody.LIMIT).getBytes(StandardCharsets.UTF_8);
				exchange.sendResponseHeaders(200, 0);
				exchange.getResponseBody().write(bytes);
			}
			case "/endless" -> {
				exchange.sendResponseHeaders(200, 0);
				exchange.getResponseBody().write('x');
				exchange.getResponseBody().flush();
				await(this.released);
			}
			default -> {
				byte[] bytes = "{\"done\":true}".getBytes(StandardCharsets.UTF_8);
				exchange.sendResponseHeaders(200, bytes.length);
				exchange.getResponseBody().write(bytes);
			}
		}
		exchange.close();
	}

	private static void await(CountDownLatch latch) throws IOException {
		try {
			if (!latch.await(30, TimeUnit.SECONDS)) {
				throw new IOException("Nobody came");
			}
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
	}

	@AfterEach
	void stop() {
		this.released.countDown();
		this.server.stop(0);
	}

	private URI url(String host, String path) {
		return URI.create("http://" + host + ":" + this.server.getAddress().getPort() + path);
	}

	private static HttpWebhookSender sender(boolean local, AddressResolver resolver) {
		return new HttpWebhookSender(new WebhookTargets(local), resolver, null);
	}

	@Test
	void aWebhookIsPostedAndItsAnswerRead() {
		try (HttpWebhookSender sender = sender(true, InetAddress::getAllByName)) {
			WebhookAnswer answer = SubscriptionWorld
				.join(sender.send(url("127.0.0.1", "/hook"), BODY, (body) -> "signature of " + body.length));
			assertThat(answer.success()).isTrue();
			assertThat(answer.done()).isTrue();
			assertThat(this.received).containsExactly("POST /hook application/json signature of 10 {\"wake\":1}");
		}
	}

	@Test
	void aRedirectIsNotFollowed() {
		try (HttpWebhookSender sender = sender(true, InetAddress::getAllByName)) {
			WebhookAnswer answer = SubscriptionWorld.join(sender.send(url("localhost", "/moved"), BODY, (body) -> "s"));
			assertThat(answer.success()).isFalse();
			assertThat(this.received).hasSize(1);
		}
	}

	@Test
	void anAnswerThatIsTooLongSaysNothing() {
		try (HttpWebhookSender sender = sender(true, InetAddress::getAllByName)) {
			WebhookAnswer answer = SubscriptionWorld.join(sender.send(url("127.0.0.1", "/long"), BODY, (body) -> "s"));
			assertThat(answer.success()).isTrue();
			assertThat(answer.body()).isEmpty();
			assertThat(answer.done()).isFalse();
		}
	}

	@Test
	void anAnswerThatDoesNotEndIsGivenUpByCancelling() throws Exception {
		try (HttpWebhookSender sender = sender(true, InetAddress::getAllByName)) {
			CompletableFuture<WebhookAnswer> answer = sender.send(url("127.0.0.1", "/endless"), BODY, (body) -> "s");
			assertThat(this.received.poll(30, TimeUnit.SECONDS)).isNotNull();
			answer.cancel(true);
			this.released.countDown();
			assertThat(SubscriptionWorld.join(sender.send(url("127.0.0.1", "/hook"), BODY, (body) -> "s")).done())
				.isTrue();
		}
	}

	@Test
	@Spec("S4.9")
	void aNameThatLeadsElsewhereLaterIsNotFollowedThere() throws Exception {
		InetAddress[] harmless = InetAddress.getAllByName("93.184.216.34");
		InetAddress[] internal = InetAddress.getAllByName("127.0.0.1");
		AtomicInteger asked = new AtomicInteger();
		try (HttpWebhookSender sender = sender(false, (host) -> (asked.getAndIncrement() == 0) ? harmless : internal)) {
			URI url = URI.create("https://rebound.example:" + this.server.getAddress().getPort() + "/hook");
			assertThat(SubscriptionWorld.join(sender.check(url))).isNull();
			assertThat(sender.send(url, BODY, (body) -> "s")).failsWithin(30, TimeUnit.SECONDS)
				.withThrowableThat()
				.withMessageContaining("private");
			assertThat(asked).hasValue(2);
			assertThat(this.received).isEmpty();
		}
	}

	@Test
	void oneOfSeveralAddressesIsEnoughToBeRefused() throws Exception {
		InetAddress[] mixed = { InetAddress.getByName("93.184.216.34"), InetAddress.getByName("10.0.0.1") };
		try (HttpWebhookSender sender = sender(false, (host) -> mixed)) {
			assertThat(SubscriptionWorld.join(sender.check(URI.create("https://hooks.example/")))).contains("private");
		}
	}

	@Test
	void addressesInUrlsAreLookedAtToo() {
		try (HttpWebhookSender sender = sender(true, InetAddress::getAllByName)) {
			for (String url : List.of("https://10.1.2.3/", "https://169.254.169.254/latest", "https://[::1]/",
					"https://[::ffff:10.0.0.1]/", "https://[fe80::1]/", "https://2130706433/", "https://127.0.0.1/",
					"https://localhost/")) {
				assertThat(SubscriptionWorld.join(sender.check(URI.create(url)))).as(url).isNotNull();
				assertThat(sender.send(URI.create(url), BODY, (body) -> "s")).failsWithin(30, TimeUnit.SECONDS);
			}
		}
	}

	@Test
	void aHostWithoutAnAddressMayGetOne() {
		AddressResolver nobody = (host) -> {
			throw new UnknownHostException(host);
		};
		try (HttpWebhookSender sender = sender(false, nobody)) {
			assertThat(SubscriptionWorld.join(sender.check(URI.create("https://later.example/")))).isNull();
			assertThat(sender.send(URI.create("https://later.example/"), BODY, (body) -> "s")).failsWithin(30,
					TimeUnit.SECONDS);
		}
	}

	@Test
	void aClosedSenderSendsNothing() {
		HttpWebhookSender sender = sender(true, InetAddress::getAllByName);
		sender.close();
		assertThat(sender.send(url("127.0.0.1", "/hook"), BODY, (body) -> "s")).isCompletedExceptionally();
		assertThat(SubscriptionWorld.join(sender.check(url("127.0.0.1", "/hook")))).contains("closed");
	}

}
