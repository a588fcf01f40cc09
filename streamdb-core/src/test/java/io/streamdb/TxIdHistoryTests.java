package io.streamdb;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TxIdHistory}, {@link TxIdLog} and {@link TxIdHash}: SPEC M7.
 */
class TxIdHistoryTests {

	@RepeatedTest(20)
	@Spec("M7.10")
	void remembersAtLeastWhatWasSeenLastAndNothingElse(RepetitionInfo repetition) {
		long seed = repetition.getCurrentRepetition();
		Random random = new Random(seed);
		int capacity = 1 + random.nextInt(3000);
		TxIdHistory history = new TxIdHistory(capacity);
		List<String> sightings = new ArrayList<>();
		for (int i = 0; i < 3 * capacity + 50; i++) {
			String txid = (random.nextInt(4) == 0 && !sightings.isEmpty())
					? sightings.get(random.nextInt(sightings.size())) : "tx" + i;
			sightings.add(txid);
			TxIdHash hash = TxIdHash.of(txid);
			history.add(hash.high(), hash.low());
			assertThat(history.contains(hash)).as("seed " + seed).isTrue();
			assertThat(history.size()).isLessThanOrEqualTo(capacity);
		}
		Set<String> remembered = new LinkedHashSet<>(
				sightings.subList(Math.max(0, sightings.size() - capacity), sightings.size()));
		for (String txid : new HashSet<>(sightings)) {
			assertThat(history.contains(TxIdHash.of(txid))).as("seed " + seed + " " + txid)
				.isEqualTo(remembered.contains(txid));
		}
		assertThat(history.size()).isEqualTo(remembered.size());
		assertThat(history.contains(TxIdHash.of("never seen"))).isFalse();
	}

	@Test
	@Spec("M7.8")
	void countsWhatItForgetsEarly() {
		TxIdHistory history = new TxIdHistory(4);
		for (String txid : List.of("a", "b", "b", "b")) {
			add(history, txid);
		}
		assertThat(history.earlyEvictions()).isZero();
		add(history, "c");
		assertThat(history.contains(TxIdHash.of("a"))).isFalse();
		assertThat(history.earlyEvictions()).isEqualTo(1);
		TxIdHistory exact = new TxIdHistory(4);
		for (String txid : List.of("a", "b", "c", "d", "e", "f")) {
			add(exact, txid);
		}
		assertThat(exact.earlyEvictions()).as("as many as promised were remembered").isZero();
	}

	@Test
	@Spec({ "M7.7", "M7.10" })
	void theLastMillionIsRemembered() {
		TxIdHistory history = new TxIdHistory(BatchApplier.REMEMBERED_TXIDS);
		int forgotten = 200_000;
		int all = 1_000_000 + forgotten;
		for (int i = 0; i < all; i++) {
			add(history, "tx" + i);
		}
		assertThat(history.size()).isEqualTo(1_000_000);
		for (int i = 0; i < all; i += 1000) {
			assertThat(history.contains(TxIdHash.of("tx" + i))).isEqualTo(i >= forgotten);
		}
	}

	@Test
	void theLogKeepsTheLastOnesInOrder() {
		TxIdLog log = new TxIdLog(100);
		for (int i = 0; i < 250; i++) {
			log.add(new TxIdHash(i, -i));
		}
		TxIdLog later = new TxIdLog(100);
		later.add(new TxIdHash(250, -250));
		log.addAll(later);
		List<Long> highs = new ArrayList<>();
		log.forEach((high, low) -> {
			assertThat(low).isEqualTo(-high);
			highs.add(high);
		});
		assertThat(log.size()).isEqualTo(100);
		assertThat(highs).hasSize(100).startsWith(151L).endsWith(250L).isSorted();
	}

	@Test
	void hashesTellTxidsApart() {
		Set<TxIdHash> hashes = new HashSet<>();
		for (int i = 0; i < 20_000; i++) {
			hashes.add(TxIdHash.of("tx-" + i));
		}
		hashes.add(TxIdHash.of(""));
		hashes.add(TxIdHash.of("\u0000"));
		hashes.add(TxIdHash.of("AaAa"));
		hashes.add(TxIdHash.of("BBBB"));
		hashes.add(TxIdHash.of("AaBB"));
		assertThat(hashes).hasSize(20_005);
		assertThat(TxIdHash.of("tx-1")).isEqualTo(TxIdHash.of(new String("tx-1")));
	}

	private static void add(TxIdHistory history, String txid) {
		TxIdHash hash = TxIdHash.of(txid);
		history.add(hash.high(), hash.low());
	}

}
