package io.streamdb.boot.test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.StreamDb;
import io.streamdb.boot.test.server.Fault;
import io.streamdb.boot.test.server.FaultInjector;
import io.streamdb.boot.test.server.InjectedFault;
import io.streamdb.boot.test.server.TestStreamServer;
import io.streamdb.data.mapping.StreamCollection;
import io.streamdb.data.repository.StreamRepository;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.data.annotation.Id;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application whose stream goes wrong.
 */
@SpringBootTest
@AutoConfigureTestStreamServer(stream = "teams/board")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AutoConfigureTestStreamServerTests {

	private static final AtomicReference<InjectedFault> LEFT = new AtomicReference<>();

	@Autowired
	private TestStreamServer server;

	@Autowired
	private FaultInjector faults;

	@Autowired
	private StreamDb db;

	@Autowired
	private StreamRepository<Note, String> notes;

	@Test
	@Order(1)
	void anApplicationUsesTheStreamOfTheServer() {
		this.notes.save(new Note("1", "a"));
		assertThat(this.db.stream().url()).isEqualTo(this.server.url("teams/board"));
		assertThat(this.notes.findById("1")).hasValue(new Note("1", "a"));
	}

	@Test
	@Order(2)
	void whatTheServerRefusesForAWhileIsSaved() {
		InjectedFault busy = this.faults
			.inject(Fault.onStream("teams/board").method("POST").status(503).retryAfter(Duration.ZERO).times(2));
		this.notes.save(new Note("2", "b"));
		assertThat(busy.hits()).isEqualTo(2);
		assertThat(this.notes.findById("2")).hasValue(new Note("2", "b"));
	}

	@Test
	@Order(3)
	void whatTheServerHasTakenInSilenceIsSavedOnce() {
		InjectedFault lost = this.faults.inject(Fault.onStream("teams/board").method("POST").dropResponse());
		long appends = this.server.server().metrics().appends();
		this.notes.save(new Note("3", "c"));
		assertThat(lost.hits()).isOne();
		assertThat(this.server.server().metrics().appends()).isEqualTo(appends + 1);
		assertThat(this.notes.findById("3")).hasValue(new Note("3", "c"));
	}

	@Test
	@Order(4)
	void aFaultIsLeft() {
		LEFT.set(this.faults.inject(Fault.onAnyStream().method("POST").status(400).always()));
	}

	@Test
	@Order(5)
	void theNextTestDoesNotMeetIt() {
		this.notes.save(new Note("5", "e"));
		assertThat(LEFT.get().hits()).isZero();
	}

	@StreamCollection
	record Note(@Id String id, String text) {

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
