package io.streamdb.data.core;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.streamdb.data.TestDatabase;
import io.streamdb.data.repository.Task;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.TransactionHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DuplicateKeyException;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link StreamDbObservation}.
 */
class StreamDbObservationIntegrationTests {

	private static final Task WASH = new Task("1", "wash", 1);

	private final TestObservationRegistry observations = TestObservationRegistry.create();

	private final TestDatabase database = new TestDatabase(Task.class);

	private final StreamDbTemplate template = this.database.template();

	@BeforeEach
	void observe() {
		this.template.setObservationRegistry(this.observations);
	}

	@AfterEach
	void close() {
		this.database.close();
	}

	@Test
	void writeIsObserved() {
		this.template.insert(WASH);
		await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(this.observations)
			.hasNumberOfObservationsEqualTo(1)
			.hasSingleObservationThat()
			.hasNameEqualTo("streamdb.transaction")
			.hasLowCardinalityKeyValue("streamdb.action", "none")
			.hasHighCardinalityKeyValueWithKey("streamdb.txid")
			.hasBeenStarted()
			.hasBeenStopped()
			.doesNotHaveError());
	}

	@Test
	void actionIsObservedWithItsNameUntilItIsVisible() {
		OptimisticAction<Task, Task> add = (task, context) -> context.collection(Task.class).insert(task);
		TransactionHandle<Task> handle = this.template.invoke("add", add, WASH);
		handle.await();
		await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(this.observations)
			.hasSingleObservationThat()
			.hasLowCardinalityKeyValue("streamdb.action", "add")
			.hasHighCardinalityKeyValue("streamdb.txid", handle.txid())
			.hasBeenStopped());
	}

	@Test
	void failureIsObserved() {
		this.template.insert(WASH);
		this.observations.clear();
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> this.template.insert(WASH));
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasSingleObservationThat()
			.hasBeenStopped()
			.hasError();
	}

	@Test
	void whatJoinsATransactionIsPartOfItsObservation() {
		this.template.execute((transaction) -> this.template.insert(WASH));
		await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(this.observations)
			.hasNumberOfObservationsEqualTo(1)
			.hasSingleObservationThat()
			.hasBeenStopped());
	}

}
