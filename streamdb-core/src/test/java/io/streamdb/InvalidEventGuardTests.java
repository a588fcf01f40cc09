package io.streamdb;

import java.time.Clock;
import java.util.List;

import io.streamdb.event.InvalidEvent;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.StateStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link InvalidEventGuard}: SPEC M9.
 */
class InvalidEventGuardTests {

	private final StateStore store = new StateStore(StateSchema.of());

	private final InvalidEventGuard guard = new InvalidEventGuard(InvalidEventPolicy.FAIL, Clock.systemUTC());

	@Test
	void anotherEventAtTheSamePlaceIsNotSkipped() {
		failsOn("1", "1", "2");
		assertThat(this.guard.skip().event().key()).isEqualTo("1");
		failsOn("2", "2", "1");
		failsOn("2", "1", "2");
	}

	@Test
	void theSameEventAtAnotherPlaceIsNotSkipped() {
		failsOn("1", "1", "1");
		this.guard.skip();
		assertThatNoException().isThrownBy(() -> this.guard.check(batch("1"), "1"));
		this.guard.applied(1);
		failsOn("1", "1");
	}

	@Test
	void whatIsSkippedAheadIsBounded() {
		String[] keys = new String[InvalidEventGuard.LIMIT + 1];
		for (int i = 0; i < keys.length; i++) {
			keys[i] = "k" + i;
		}
		for (int i = 0; i < InvalidEventGuard.LIMIT; i++) {
			failsOn("k" + i, keys);
			this.guard.skip();
		}
		failsOn("k1000", keys);
		assertThatIllegalStateException().isThrownBy(this.guard::skip)
			.withMessageContaining("note 'k1000'")
			.withMessageContaining("QUARANTINE");
	}

	private void failsOn(String key, String... keys) {
		assertThatExceptionOfType(InvalidEventFailure.class).isThrownBy(() -> this.guard.check(batch(keys), "1"))
			.withMessageContaining("note '" + key + "'");
	}

	private BatchInProgress batch(String... keys) {
		BatchInProgress batch = new BatchInProgress(this.store.batch(this.store.empty(), false),
				new Listeners(List.of()), (txid) -> false, (txid) -> false, 1);
		for (String key : keys) {
			batch.invalid(new InvalidEvent(InvalidEvent.Kind.INVALID_VALUE, "note", key, null, "wrong", null));
		}
		assertThat(batch.items()).isEqualTo(keys.length);
		return batch;
	}

}
