package io.streamdb.server.subscription;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends webhooks with the JDK's client. A few threads ask the name server; while an
 * answer is awaited there is none.
 */
final class HttpWebhookSender implements WebhookSender {

	private static final Logger logger = LoggerFactory.getLogger(HttpWebhookSender.class);

	private static final int THREADS = 4;

	private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

	private final WebhookTargets targets;

	private final AddressResolver resolver;

	private final ExecutorService executor;

	private final HttpClient client;

	HttpWebhookSender(WebhookTargets targets, AddressResolver resolver, @Nullable HttpClient client) {
		this.targets = targets;
		this.resolver = resolver;
		this.executor = newExecutor();
		this.client = (client != null) ? client
				: HttpClient.newBuilder()
					.version(HttpClient.Version.HTTP_1_1)
					.followRedirects(HttpClient.Redirect.NEVER)
					.proxy(HttpClient.Builder.NO_PROXY)
					.connectTimeout(CONNECT_TIMEOUT)
					.executor(this.executor)
					.build();
	}

	private static ExecutorService newExecutor() {
		AtomicInteger number = new AtomicInteger();
		ThreadPoolExecutor executor = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), (task) -> {
					Thread thread = new Thread(task, "streamdb-server-webhook-" + number.incrementAndGet());
					thread.setDaemon(true);
					return thread;
				});
		executor.allowCoreThreadTimeOut(true);
		return executor;
	}

	@Override
	public CompletableFuture<@Nullable String> check(URI url) {
		CompletableFuture<@Nullable String> result = new CompletableFuture<>();
		try {
			this.executor.execute(() -> result.complete(objection(url)));
		}
		catch (RejectedExecutionException ex) {
			result.complete("The server is closed");
		}
		return result;
	}

	private @Nullable String objection(URI url) {
		try {
			return this.targets.objection(url, resolve(url));
		}
		catch (UnknownHostException ex) {
			logger.debug("The host of a webhook has no address yet: {}", url.getHost());
			return null;
		}
	}

	private InetAddress[] resolve(URI url) throws UnknownHostException {
		String host = url.getHost();
		boolean address6 = host.startsWith("[");
		return this.resolver.resolve(address6 ? host.substring(1, host.length() - 1) : host);
	}

	@Override
	public CompletableFuture<WebhookAnswer> send(URI url, byte[] body, Function<byte[], String> signature) {
		CompletableFuture<WebhookAnswer> result = new CompletableFuture<>();
		try {
			this.executor.execute(() -> {
				try {
					begin(url, body, signature, result);
				}
				catch (IOException | RuntimeException ex) {
					result.completeExceptionally(ex);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			result.completeExceptionally(ex);
		}
		return result;
	}

	private void begin(URI url, byte[] body, Function<byte[], String> signature,
			CompletableFuture<WebhookAnswer> result) throws IOException {
		if (result.isDone()) {
			return;
		}
		String objection = this.targets.objection(url, resolve(url));
		if (objection != null) {
			throw new IOException(objection);
		}
		HttpRequest request = HttpRequest.newBuilder(url)
			.header("Content-Type", "application/json")
			.header("Webhook-Signature", signature.apply(body))
			.POST(HttpRequest.BodyPublishers.ofByteArray(body))
			.build();
		CompletableFuture<HttpResponse<byte[]>> exchange = this.client.sendAsync(request, (head) -> new LimitedBody());
		exchange.whenComplete((response, failure) -> {
			if (failure != null) {
				result.completeExceptionally(failure);
			}
			else {
				result.complete(new WebhookAnswer(response.statusCode(), response.body()));
			}
		});
		result.whenComplete((answer, failure) -> {
			if (result.isCancelled()) {
				exchange.cancel(true);
			}
		});
	}

	@Override
	public void close() {
		this.executor.shutdown();
	}

}
