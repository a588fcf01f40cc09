package io.streamdb;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.streamdb.client.LiveMode;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.InvalidEvent;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.transaction.TransactionException;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.testsupport.ScriptedStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link UpdateMode#MERGE}: SPEC M3.
 */
@Timeout(60)
class UpdateMergeTests {

	private static final StateSchema SCHEMA = StateSchema.of(
			CollectionDefinition.of(Task.class)
				.validator((task) -> (((Task) task).title() == null) ? List.of("title must be there") : List.of())
				.build(),
			CollectionDefinition.of(Login.class).build(), CollectionDefinition.of(Exact.class).build(),
			CollectionDefinition.of(Vault.class)
				.validator((vault) -> (((Vault) vault).code() == null) ? List.of("code must be there") : List.of())
				.build());

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private final ScriptedStream stream = ScriptedStream.empty();

	@Test
	@Spec("M3.2")
	void aPropertyThatAnUpdateLeavesOutStaysAndOneThatIsNullBecomesNull() {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\",\"owner\":\"ann\",\"points\":3}"));
		this.stream.append(task("update", "1", "{\"points\":5}"));
		this.stream.append(task("update", "1", "{\"owner\":null}"));
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "wash", null, 5, null));
			awaitEnd(db, task("update", "1", "{\"title\":\"cook\"}"));
			assertThat(tasks(db)).containsExactly(new Task("1", "cook", null, 5, null));
		}
	}

	@Test
	void aNestedObjectIsReplacedAsAWhole() {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\",\"place\":{\"room\":\"kitchen\",\"floor\":2}}"));
		this.stream.append(task("update", "1", "{\"place\":{\"room\":\"bath\"}}"));
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "wash", null, null, new Place("bath", null)));
		}
	}

	/** As the TypeScript StreamDB does. */
	@ParameterizedTest
	@Spec("M3.2")
	@ValueSource(strings = { "insert", "update", "upsert" })
	void whateverStoresAValueIsMergedIntoTheOneThatIsThere(String operation) {
		this.stream.append(task(operation, "1", "{\"title\":\"wash\",\"owner\":\"ann\"}"));
		this.stream.append(task(operation, "1", "{\"points\":5}"));
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "wash", "ann", 5, null));
		}
	}

	@Test
	void eventsOfOneBatchAreMergedOneAfterTheOther() {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\"}"), task("update", "1", "{\"owner\":\"ann\"}"),
				task("update", "1", "{\"points\":1}"), task("insert", "2", "{\"title\":\"cook\"}"),
				task("update", "1", "{\"points\":2}"));
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "wash", "ann", 2, null),
					new Task("2", "cook", null, null, null));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "insert", "update", "upsert" })
	void whatFollowsADeleteIsMergedIntoNothing(String operation) {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\",\"owner\":\"ann\"}"), delete("1"),
				task(operation, "1", "{\"title\":\"cook\"}"));
		this.stream.append(task("insert", "2", "{\"title\":\"wash\",\"owner\":\"ann\"}"));
		this.stream.append(delete("2"));
		this.stream.append(task(operation, "2", "{\"title\":\"cook\"}"));
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "cook", null, null, null),
					new Task("2", "cook", null, null, null));
		}
	}

	@Test
	void whatFollowsAResetIsMergedIntoNothingOfBefore() {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\",\"owner\":\"ann\"}"));
		try (StreamDb db = open()) {
			this.stream.holdReads();
			this.stream.append(task("update", "1", "{\"points\":1}"), Notes.reset(),
					task("update", "1", "{\"title\":\"cook\"}"));
			this.stream.append(task("update", "1", "{\"points\":2}"));
			this.stream.releaseReads();
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(tasks(db)).containsExactly(new Task("1", "cook", null, 2, null));
		}
	}

	@Test
	void whatTheClassDoesNotWriteAgainStays() {
		this.stream.append(event("login", "insert", "1", "{\"name\":\"ann\",\"secret\":\"s1\"}"));
		try (StreamDb db = open()) {
			awaitEnd(db, event("login", "update", "1", "{\"name\":\"bea\"}"));
			assertThat(db.collection(Login.class).findAll()).containsExactly(new Login("1", "bea", "s1"));
			db.transact((transaction) -> transaction.collection(Login.class)
				.update("1", (login) -> new Login(login.id(), "cat", null))).await();
			assertThat(this.stream.items()).last().matches((item) -> !item.path("value").has("secret"));
			assertThat(db.collection(Login.class).findAll()).containsExactly(new Login("1", "cat", "s1"));
		}
	}

	@Test
	@Spec("M12.9")
	void theVisibleFeedTellsWhatAnOwnUpdateWasMergedWith() throws Exception {
		this.stream.append(event("login", "insert", "1", "{\"name\":\"ann\",\"secret\":\"s1\"}"));
		BlockingQueue<ChangeSet> received = new LinkedBlockingQueue<>();
		try (StreamDb db = open()) {
			db.subscribe(SubscriptionOptions.defaults().withFeed(ChangeFeed.VISIBLE), received::add);
			db.transact((transaction) -> transaction.collection(Login.class)
				.update("1", (login) -> new Login(login.id(), "cat", null))).await();
			assertThat(Notes.next(received).changes()).extracting(Change::value)
				.isEqualTo(List.of(new Login("1", "cat", null)));
			assertThat(Notes.next(received).changes()).extracting(Change::value)
				.isEqualTo(db.collection(Login.class).findAll())
				.isEqualTo(List.of(new Login("1", "cat", "s1")));
		}
	}

	/** A reader that knows the row finds in it what the update does not write. */
	@Test
	@Spec("M3.2")
	void anOwnUpdateIsSentWhenTheRowSuppliesWhatItDoesNotWrite() {
		this.stream.append(event("vault", "insert", "1", "{\"owner\":\"ann\",\"code\":\"c1\"}"));
		try (StreamDb db = open()) {
			db.transact((transaction) -> transaction.collection(Vault.class)
				.update("1", (vault) -> new Vault(vault.id(), "bea", vault.code()))).await();
			assertThat(this.stream.items()).last().matches((item) -> !item.path("value").has("code"));
			assertThat(db.collection(Vault.class).findAll()).containsExactly(new Vault("1", "bea", "c1"));
			TransactionHandle<Vault> insert = db
				.transact((transaction) -> transaction.collection(Vault.class).insert(new Vault("2", "cat", "c2")));
			assertThatExceptionOfType(TransactionException.class).as("no row has its code")
				.isThrownBy(insert::await)
				.withMessageContaining("code must be there");
		}
	}

	@Test
	void ownWritesAreMergedWithWhatOthersWrite() {
		try (StreamDb db = open()) {
			db.transact((transaction) -> transaction.collection(Task.class)
				.insert(new Task("1", "wash", "ann", 1, new Place("bath", 1)))).await();
			awaitEnd(db, task("update", "1", "{\"points\":2}"));
			db.transact((transaction) -> transaction.collection(Task.class)
				.update("1", (task) -> new Task(task.id(), task.title(), null, task.points(), task.place()))).await();
			assertThat(tasks(db)).containsExactly(new Task("1", "wash", null, 2, new Place("bath", 1)));
			assertThat(db.syncedSnapshot().collection(Task.class).row("1").value())
				.isEqualTo(new Task("1", "wash", null, 2, new Place("bath", 1)));
		}
	}

	@Test
	void aMergedValueThatDoesNotFitIsQuarantinedAndTheNextOneIsMergedIntoTheLastValidOne() {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\",\"points\":1}"));
		this.stream.append(task("update", "1", "{\"points\":\"many\",\"owner\":\"ann\"}"),
				task("update", "1", "{\"title\":null,\"owner\":\"bea\"}"), task("update", "1", "[]"),
				task("update", "1", "{\"points\":2}"));
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "wash", null, 2, null));
			assertThat(db.quarantinedEvents()).extracting((quarantined) -> quarantined.event().kind())
				.containsExactly(InvalidEvent.Kind.UNBINDABLE_VALUE, InvalidEvent.Kind.INVALID_VALUE,
						InvalidEvent.Kind.NOT_AN_OBJECT);
		}
	}

	@Test
	void aPartialValueOfAnUnknownKeyHasToBeValidByItself() {
		this.stream.append(task("update", "1", "{\"points\":1}"), task("update", "2", "{\"title\":\"wash\"}"));
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("2", "wash", null, null, null));
			assertThat(db.quarantinedEvents()).singleElement()
				.satisfies((quarantined) -> assertThat(quarantined.event().key()).isEqualTo("1"));
		}
	}

	@Test
	void aBatchThatBreaksOffLeavesNothingToMergeInto() {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\",\"points\":1}"));
		this.stream.append(task("update", "1", "{\"points\":2}"), task("update", "1", "{\"owner\":\"ann\"}"),
				delete("1"), task("update", "1", "{\"title\":\"cook\"}"));
		this.stream.cutRead(1000).cutRead(150);
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "cook", null, null, null));
		}
	}

	@Test
	void theFieldsOfAnEventMayComeInAnyOrder() {
		this.stream.append("{\"type\":\"task\",\"key\":\"1\",\"value\":{\"title\":\"wash\",\"owner\":\"ann\"},"
				+ "\"headers\":{\"operation\":\"insert\"}}");
		this.stream.append("{\"value\":{\"points\":1},\"headers\":{\"operation\":\"update\"},\"key\":\"1\","
				+ "\"old_value\":{\"title\":\"old\"},\"type\":\"task\"}");
		this.stream.append("{\"headers\":{\"operation\":\"update\"},\"value\":{\"points\":9},\"value\":"
				+ "{\"points\":2,\"id\":\"7\"},\"type\":\"task\",\"key\":\"1\"}");
		this.stream.append("{\"value\":{\"title\":\"strange\"},\"headers\":{\"operation\":\"update\"},\"key\":\"1\","
				+ "\"type\":\"stranger\"}");
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "wash", "ann", 2, null));
			assertThat(db.quarantinedEvents()).isEmpty();
			assertThat(db.metrics().unknownTypeEvents()).isOne();
		}
	}

	@Test
	void twoNamesOfOnePropertyAreOneProperty() {
		String rest = "\"title\":\"wash\",\"points\":1,\"place\":null}";
		this.stream.append(task("insert", "1", "{\"assignee\":\"ann\"," + rest),
				task("update", "1", "{\"owner\":\"bea\"}"), task("insert", "2", "{\"owner\":\"ann\"," + rest),
				task("update", "2", "{\"assignee\":\"bea\"}"), task("update", "2", "{\"points\":2}"));
		try (StreamDb db = open()) {
			assertThat(tasks(db)).containsExactly(new Task("1", "wash", "bea", 1, null),
					new Task("2", "wash", "bea", 2, null));
		}
	}

	@Test
	void numbersAndStringsStayAsTheyWereWritten() {
		String number = "123456789012345678901234567890";
		this.stream.append(event("exact", "insert", "1", "{\"decimal\":1.10,\"integer\":" + number
				+ ",\"text\":\"\\ud800 \\u0000\\\"\\\\ é\\ud83d\\ude00\",\"exponent\":1.50e2}"));
		this.stream.append(event("exact", "update", "1", "{\"more\":1}"));
		try (StreamDb db = open()) {
			assertThat(db.collection(Exact.class).findAll()).containsExactly(new Exact("1", new BigDecimal("1.10"),
					new BigInteger(number), "\ud800 \u0000\"\\ é\ud83d\ude00", new BigDecimal("1.50e2"), 1));
		}
	}

	@Test
	void listenersAndSubscribersGetTheWholeValue() {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\",\"owner\":\"ann\"}"));
		CompletableFuture<ChangeSet> changes = new CompletableFuture<>();
		CompletableFuture<ChangeEvent<?>> event = new CompletableFuture<>();
		try (StreamDb db = open()) {
			db.subscribe(SubscriptionOptions.defaults(), changes::complete);
			db.addListener(new StreamDbListener() {

				@Override
				public void onEvent(ChangeEvent<?> told) {
					event.complete(told);
				}

			});
			awaitEnd(db, task("update", "1", "{\"points\":1}"));
			Task whole = new Task("1", "wash", "ann", 1, null);
			assertThat(event).succeedsWithin(TIMEOUT).satisfies((told) -> assertThat(told.value()).isEqualTo(whole));
			assertThat(changes).succeedsWithin(TIMEOUT)
				.satisfies((told) -> assertThat(told.changes()).singleElement().satisfies((change) -> {
					assertThat(change.value()).isEqualTo(whole);
					assertThat(change.previous()).isEqualTo(new Task("1", "wash", "ann", null, null));
				}));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "insert", "update", "upsert" })
	@Spec("M3.1")
	void withoutTheSettingAValueIsStoredAsAWhole(String operation) {
		this.stream.append(task("insert", "1", "{\"title\":\"wash\",\"owner\":\"ann\"}"));
		this.stream.append(task(operation, "1", "{\"title\":\"cook\"}"));
		try (StreamDb db = Notes
			.loaded(StreamDb.builder(Notes.stream(this.stream), SCHEMA).live(LiveMode.LONG_POLL).build())) {
			assertThat(tasks(db)).containsExactly(new Task("1", "cook", null, null, null));
		}
	}

	private StreamDb open() {
		return Notes.loaded(StreamDb.builder(Notes.stream(this.stream), SCHEMA)
			.live(LiveMode.LONG_POLL)
			.updateMode(UpdateMode.MERGE)
			.build());
	}

	private void awaitEnd(StreamDb db, String... items) {
		Notes.awaitOffset(db, this.stream.append(items));
	}

	private static List<Task> tasks(StreamDb db) {
		return db.collection(Task.class).findAll();
	}

	private static String task(String operation, String key, String value) {
		return event("task", operation, key, value);
	}

	private static String event(String type, String operation, String key, String value) {
		return "{\"type\":\"%s\",\"key\":\"%s\",\"value\":%s,\"headers\":{\"operation\":\"%s\"}}".formatted(type, key,
				value, operation);
	}

	private static String delete(String key) {
		return "{\"type\":\"task\",\"key\":\"%s\",\"headers\":{\"operation\":\"delete\"}}".formatted(key);
	}

	record Task(String id, @Nullable String title, @JsonAlias("assignee") @Nullable String owner,
			@Nullable Integer points, @Nullable Place place) {
	}

	record Place(String room, @Nullable Integer floor) {
	}

	record Login(String id, String name,
			@JsonProperty(access = JsonProperty.Access.WRITE_ONLY) @Nullable String secret) {
	}

	record Vault(String id, String owner,
			@JsonProperty(access = JsonProperty.Access.WRITE_ONLY) @Nullable String code) {
	}

	record Exact(String id, BigDecimal decimal, BigInteger integer, String text, BigDecimal exponent,
			@Nullable Integer more) {
	}

}
