package io.streamdb.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CompactHeaders}: origins tell headers exactly as they were written.
 */
class CompactHeadersTests {

	@Test
	void everyTextComesOutAsItWentIn() {
		List<String> txids = List.of("2ebac47e31cfff9900e85d15822d9a71505dd12b", "1", "",
				"6F9619FF-8B86-D011-B42D-00CF4FC964FF", "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
				"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
				"6f9619ff-8b86-d011-b42d-00cf4fc964f", "6f9619ff_8b86_d011_b42d_00cf4fc964ff",
				"6f9619ff-8b86-d011-b42d-00cf4fc964fg");
		List<String> timestamps = List.of("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.1Z", "2026-11-23T10:00:00.120Z",
				"2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.123456Z", "2026-11-23T10:00:00+00:00",
				"2026-11-23T10:00:00.123+01", "2024-02-29T23:59:59.999Z", "2023-02-29T23:59:59.999Z",
				"1969-12-31T23:59:59.001Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2016-12-31T23:59:60Z",
				"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
				"2026-01-01T24:00:00Z", "2026-01-01t00:00:00Z", "yesterday", "20261123T100000.00Z1", "");
		for (String txid : txids) {
			for (String timestamp : timestamps) {
				assertTells(txid, timestamp);
			}
			assertTells(txid, null);
		}
		assertTells(null, "2026-11-23T10:00:00Z");
		assertTells(null, null);
	}

	@Test
	void randomTxidsAndTimestampsComeOutAsTheyWentIn() {
		Random random = new Random(7);
		for (int i = 0; i < 20_000; i++) {
			String txid = new UUID(random.nextLong(), random.nextLong()).toString();
			String timestamp = Instant.ofEpochMilli(random.nextLong(-60_000_000_000_000L, 250_000_000_000_000L))
				.toString();
			assertTells(txid, timestamp);
			assertThat(CompactHeaders.isCanonicalUuid(txid)).isTrue();
		}
		assertThat(CompactHeaders.canonicalMillis("2026-11-23T10:00:00.123Z"))
			.isEqualTo(Instant.parse("2026-11-23T10:00:00.123Z").toEpochMilli());
	}

	private static void assertTells(String txid, String timestamp) {
		Origin origin = WrittenOrigin.of(new WrittenOrigin.BatchOffset(),
				new EventHeaders(Operation.INSERT, txid, timestamp, Map.of()));
		assertThat(origin.txid()).isEqualTo(txid);
		assertThat(origin.timestamp()).isEqualTo(timestamp);
	}

}
