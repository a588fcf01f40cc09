package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import io.streamdb.Spec;
import io.streamdb.client.StreamMetadata;
import io.streamdb.transaction.TransactionFixture.Item;
import io.streamdb.transaction.TransactionFixture.Sent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static io.streamdb.transaction.TransactionFixture.insert;
import static io.streamdb.transaction.TransactionFixture.items;
import static io.streamdb.transaction.TransactionFixture.offset;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for acknowledgements of a stream that was created again, where the server names
 * its incarnations (SPEC M10, T4): one counts for the stream that has given it.
 */
@Timeout(60)
class RecreatedStreamTests {

	private final TransactionFixture fixture = new TransactionFixture();

	/** What to run when the stream turns out to be the one that is read. */
	private final List<Runnable> doubts = new ArrayList<>();

	@BeforeEach
	void readTheFirstStream() {
		this.fixture.pipeline.tell(new StreamWitness() {

			@Override
			public void missing() {
				throw new AssertionError("Nobody has said so");
			}

			@Override
			public void doubted(Consumer<StreamMetadata> same) {
				RecreatedStreamTests.this.doubts.add(() -> same.accept(TransactionFixture.tail(later())));
			}

		});
		begin("1");
	}

	@AfterEach
	void close() {
		this.fixture.close();
	}

	private void begin(String incarnation) {
		this.fixture.pipeline.streamAsked();
		this.fixture.pipeline.streamNamed(incarnation);
	}

	private TransactionHandle<Item> insertItem(String key) {
		return this.fixture.transactions.transact((transaction) -> items(transaction).insert(new Item(key, "x")));
	}

	private String later() {
		return offset(this.fixture.position() + 3);
	}

	@Test
	@Spec({ "M10.6", "T4.12" })
	void whatTheNewStreamHasAcknowledgedBeforeItWasNoticedStaysUntilItIsReadThere() {
		TransactionHandle<Item> handle = insertItem("a");
		Sent sent = this.fixture.encodeNext();
		sent.acknowledge(later(), "2");
		assertThat(this.doubts).as("somebody has to look").hasSize(1);
		this.fixture.pipeline.streamReplaced();
		begin("2");
		this.fixture.bring(insert("b", "y"));
		assertThat(handle.outcome()).isEmpty();
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "b");
		this.fixture.bring(sent.events());
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "b");
	}

	@Test
	@Spec("M10.6")
	void whatTheNewStreamHasIsCompleteWithItsFirstStateThatReachesTheOffset() {
		TransactionHandle<Item> handle = insertItem("a");
		this.fixture.encodeNext().acknowledge(offset(this.fixture.position() + 1), "2");
		this.fixture.pipeline.streamReplaced();
		begin("2");
		this.fixture.bring(insert("a", "overwritten since"));
		assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.fixture.visible()).containsEntry("a", "overwritten since");
	}

	@Test
	@Spec({ "M10.6", "T4.14" })
	void whatOnlyTheOldStreamHasLeavesWithIt() {
		TransactionHandle<Item> handle = insertItem("a");
		this.fixture.encodeNext().acknowledge(later(), "1");
		assertThat(this.doubts).isEmpty();
		this.fixture.pipeline.streamReplaced();
		begin("2");
		this.fixture.bring(insert("b", "y"));
		assertAbandoned(handle);
	}

	@Test
	@Spec({ "M10.6", "T4.14" })
	void whatTheOldStreamHasAcknowledgedBeforeTheNewOneIsAskedForLeavesWithTheOldOne() {
		TransactionHandle<Item> handle = insertItem("a");
		Sent sent = this.fixture.encodeNext();
		this.fixture.pipeline.streamReplaced();
		sent.acknowledge(later(), "1");
		begin("2");
		this.fixture.bring(insert("b", "y"));
		assertAbandoned(handle);
	}

	@Test
	@Spec({ "M10.6", "T4.12", "T4.14" })
	void whatMayBeOfAStreamBeforeOrAfterTheOneThatIsLoadedStaysUntilTheServerIsAsked() {
		TransactionHandle<Item> handle = insertItem("a");
		Sent sent = this.fixture.encodeNext();
		this.fixture.pipeline.streamReplaced();
		begin("2");
		sent.acknowledge(later(), "another");
		this.fixture.bring(insert("b", "y"));
		assertThat(handle.outcome()).isEmpty();
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "b");
		this.doubts.get(0).run();
		assertAbandoned(handle);
	}

	@Test
	@Spec({ "M10.6", "T4.12", "T4.14" })
	void anAcknowledgementOfAnEarlierStreamThatComesLateIsKnownWhenTheServerIsAsked() {
		this.fixture.bring(insert("b", "y"));
		TransactionHandle<Item> handle = insertItem("a");
		this.fixture.encodeNext().acknowledge(offset(1), "0");
		assertThat(handle.outcome()).as("the offset is that of another stream").isEmpty();
		this.doubts.get(0).run();
		assertAbandoned(handle);
	}

	@Test
	@Spec({ "M10.6", "T4.12" })
	void onlyWhatTheServerSaysAfterAnAcknowledgementDecidesAboutIt() {
		TransactionHandle<Item> first = insertItem("a");
		TransactionHandle<Item> second = insertItem("b");
		this.fixture.encodeNext().acknowledge(later(), "0");
		this.fixture.encodeNext().acknowledge(later(), "2");
		this.doubts.get(0).run();
		assertThat(first.outcome()).isEmpty();
		assertThat(second.outcome()).isEmpty();
		assertThat(this.fixture.visible()).containsOnlyKeys("a", "b");
		this.fixture.pipeline.streamReplaced();
		this.doubts.get(1).run();
		begin("2");
		this.fixture.bring(insert("c", "y"));
		assertThat(first.outcome()).contains(TransactionOutcome.DURABLE);
		assertThat(second.outcome()).isEmpty();
		assertThat(this.fixture.visible()).containsOnlyKeys("b", "c");
	}

	private void assertAbandoned(TransactionHandle<Item> handle) {
		assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
		assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(handle::await)
			.withMessageContaining("was deleted since");
		assertThat(this.fixture.visible()).containsOnlyKeys("b");
	}

}
