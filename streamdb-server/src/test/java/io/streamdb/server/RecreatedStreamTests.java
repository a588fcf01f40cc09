package io.streamdb.server;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.streamdb.FailureReason;
import io.streamdb.Spec;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbState;
import io.streamdb.SubscriptionOptions;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A database that follows a stream of the embedded server while that is deleted and
 * created again: SPEC M10, S5.
 */
@Timeout(60)
class RecreatedStreamTests {

	private final DurableStreamServer server = DurableStreamServer.builder().build();

	private final DurableStream stream = DurableStream.builder(this.server.url("main"))
		.transport(this.server.transport())
		.build();

	private final List<String> changes = new CopyOnWriteArrayList<>();

	@AfterEach
	void closeServer() {
		this.server.close();
	}

	@ParameterizedTest
	@EnumSource(value = LiveMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
	@Spec({ "M10.4", "M10.5", "M10.6" })
	void aDeletedStreamIsLoadedAgainWhenItIsCreated(LiveMode live) {
		try (StreamDb db = open(live)) {
			insert(db, "1", "one");
			insert(db, "2", "two");
			this.stream.delete().join();
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			assertThat(db.status().failureReason()).isEqualTo(FailureReason.DELETED);
			this.stream.create(CreateOptions.json()).join();
			await().atMost(Duration.ofSeconds(30)).until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(db.collection(Task.class).findAll()).isEmpty();
			insert(db, "3", "three");
			assertThat(db.collection(Task.class).findAll()).containsExactly(new Task("3", "three"));
			await().untilAsserted(() -> assertThat(this.changes).containsExactly("INSERT 1", "INSERT 2", "DELETE 1",
					"DELETE 2", "INSERT 3"));
		}
	}

	@ParameterizedTest
	@EnumSource(value = LiveMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
	@Spec({ "M10.2", "M10.6" })
	void aStreamThatIsCreatedAgainAtOnceIsNotTakenForTheOldOne(LiveMode live) {
		try (StreamDb db = open(live)) {
			insert(db, "1", "one");
			this.stream.delete().join();
			this.stream.create(CreateOptions.json()).join();
			try (StreamDb other = open(live)) {
				insert(other, "2", "two");
				insert(other, "3", "three");
				await().atMost(Duration.ofSeconds(30))
					.untilAsserted(() -> assertThat(db.snapshot().collection(Task.class).stream())
						.containsExactlyInAnyOrder(new Task("2", "two"), new Task("3", "three")));
				await().until(() -> db.status().state() == StreamDbState.LIVE);
				insert(db, "4", "four");
				await().untilAsserted(() -> assertThat(other.collection(Task.class).count()).isEqualTo(3));
			}
		}
	}

	private StreamDb open(LiveMode live) {
		StreamDb db = StreamDb
			.builder(this.stream, StateSchema.of(CollectionDefinition.of(Task.class).type("task").build()))
			.live(live)
			.createIfMissing(true)
			.build();
		db.preload().orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join();
		db.subscribe(SubscriptionOptions.defaults(), (changeSet) -> changeSet.changes()
			.forEach((change) -> this.changes.add(change.operation() + " " + change.key())));
		return db;
	}

	private static void insert(StreamDb db, String id, String title) {
		db.transact((transaction) -> transaction.collection(Task.class).insert(new Task(id, title))).await();
	}

	record Task(String id, String title) {
	}

}
