package io.streamdb.sample.change;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.streamdb.StreamDb;
import io.streamdb.StreamDbListener;
import io.streamdb.StreamDbStatus;
import io.streamdb.SubscriptionOptions;
import io.streamdb.store.Subscription;

import org.springframework.boot.task.SimpleAsyncTaskExecutorBuilder;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Tells clients what changes, and how the database is. Each client has a subscription, a
 * bounded queue and a thread of its own, so that one who reads slowly, or not at all,
 * keeps up nobody else.
 */
@Component
class ChangeFeed {

	static final int MAX_CLIENTS = 200;

	private final StreamDb db;

	private final AsyncTaskExecutor threads;

	private final Set<ChangeClient> clients = ConcurrentHashMap.newKeySet();

	private volatile boolean closed;

	ChangeFeed(StreamDb db, SimpleAsyncTaskExecutorBuilder threads) {
		this.db = db;
		this.threads = threads.threadNamePrefix("changes-")
			.concurrencyLimit(MAX_CLIENTS)
			.rejectTasksWhenLimitReached(true)
			.build();
		db.addListener(new StreamDbListener() {

			@Override
			public void onStatusChange(StreamDbStatus status) {
				ChangeFeed.this.clients.forEach(ChangeClient::statusChanged);
			}

		});
	}

	/**
	 * Opens the feed for a client.
	 * @param status whether to tell it the status of the database too
	 * @return the answer to the client
	 */
	SseEmitter open(boolean status) {
		ChangeClient client = new ChangeClient(status ? this.db::status : null);
		Subscription subscription = this.db.subscribe(SubscriptionOptions.defaults(), client::offer);
		this.clients.add(client);
		try {
			this.threads.execute(() -> serve(client, subscription));
		}
		catch (TaskRejectedException ex) {
			this.clients.remove(client);
			subscription.close();
			throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE,
					"Too many clients follow the changes, try again later", ex);
		}
		if (this.closed) {
			client.end();
		}
		return client.emitter();
	}

	private void serve(ChangeClient client, Subscription subscription) {
		try (subscription) {
			subscription.completion().whenComplete((ended, failure) -> client.end());
			client.run();
		}
		finally {
			this.clients.remove(client);
		}
	}

	/**
	 * Ends all clients. This event comes before the web server is asked to stop, which
	 * would wait for their requests.
	 */
	@EventListener(ContextClosedEvent.class)
	void close() {
		this.closed = true;
		this.clients.forEach(ChangeClient::end);
	}

}
