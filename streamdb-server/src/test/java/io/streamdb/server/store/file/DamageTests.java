package io.streamdb.server.store.file;

import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import io.streamdb.Spec;
import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.RecoveredStream;
import io.streamdb.server.store.StorageFullException;
import io.streamdb.server.store.StreamData;
import io.streamdb.server.store.StreamDescription;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A store whose files are not what was written.
 */
class DamageTests {

	private static final long SEED = 7;

	private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

	private static final int STRIDE = Integer.getInteger("streamdb.damage.stride", 11);

	private final SimulatedDisk disk = new SimulatedDisk();

	private final StoreHistory history = new StoreHistory(new Random(SEED), 9_000);

	@Test
	@Spec("S2.7")
	void tornEndIsCutWhereverItIs() throws Exception {
		SimulatedStore store = fill(60);
		StoreHistory.Life life = this.history.create(store.storage());
		store.commit();
		String last = lastSegment();
		int before = this.disk.contents().get(last).length;
		this.history.append(life, 700);
		store.commit();
		Map<String, byte[]> whole = this.disk.contents();
		int after = whole.get(last).length;
		assertThat(after - before).isBetween(700, 900);
		for (int size = before; size <= after; size++) {
			Map<String, byte[]> cut = new TreeMap<>(whole);
			cut.put(last, Arrays.copyOf(whole.get(last), size));
			SimulatedDisk torn = SimulatedDisk.of(cut);
			long tail = tailOf(life, new SimulatedStore(torn, SEED).recover());
			assertThat(tail).as("cut at %d", size).isEqualTo((size == after) ? life.tail() : life.tail() - 700);
			assertThat(torn.contents().get(last)).hasSize((size == after) ? after : before);
		}
	}

	@Test
	@Spec({ "S2.7", "S2.9" })
	void flippedBitIsNeverServedAndNothingElseIsLost() throws Exception {
		fill(150).storage().close();
		Map<String, byte[]> contents = this.disk.contents();
		assertThat(contents.keySet()).anyMatch((name) -> name.endsWith(".index"))
			.anyMatch((name) -> name.endsWith(".data"))
			.anyMatch((name) -> name.endsWith(".log"));
		Random random = new Random(SEED);
		int refused = 0;
		int damaged = 0;
		for (Map.Entry<String, byte[]> file : contents.entrySet()) {
			for (int at = random.nextInt(STRIDE); at < file.getValue().length; at += 1 + random.nextInt(2 * STRIDE)) {
				byte[] flipped = file.getValue().clone();
				flipped[at] ^= (byte) (1 << random.nextInt(8));
				Map<String, byte[]> broken = new TreeMap<>(contents);
				broken.put(file.getKey(), flipped);
				String what = "bit in byte " + at + " of " + file.getKey();
				try {
					SimulatedStore store = new SimulatedStore(SimulatedDisk.of(broken), SEED);
					this.history.checkAndAdopt(store.recover(), store.storage().highestIncarnation());
				}
				catch (StorageDamagedException ex) {
					assertThat(ex).as(what).hasMessageContaining(file.getKey().replaceAll("[.]index|[.].$", ""));
					if (ex.getMessage().contains("The stream")) {
						damaged++;
					}
					else {
						refused++;
					}
				}
				catch (IOException | RuntimeException | AssertionError ex) {
					throw new AssertionError("seed " + SEED + ", " + what, ex);
				}
			}
		}
		assertThat(damaged).isGreaterThan(100);
		assertThat(refused).isGreaterThan(10);
	}

	/** What was written of the last record may end anywhere, and not only at its end. */
	@Test
	@Spec("S2.7")
	void largeAppendOfWhichALaterBlockIsMissingIsCut() throws Exception {
		SimulatedStore store = fill(20);
		StoreHistory.Life life = this.history.create(store.storage());
		store.commit();
		String last = lastSegment();
		int before = this.disk.contents().get(last).length;
		long tail = life.tail();
		this.history.append(life, 3 * EncodedRecord.BLOCK);
		store.commit();
		byte[] whole = this.disk.contents().get(last);
		for (int at = before + 1_000; at < whole.length - 512; at += EncodedRecord.BLOCK / 3) {
			Map<String, byte[]> torn = this.disk.contents();
			Arrays.fill(torn.get(last), at, at + 512, (byte) 0);
			SimulatedDisk found = SimulatedDisk.of(torn);
			assertThat(tailOf(life, new SimulatedStore(found, SEED).recover())).as("without %d", at).isEqualTo(tail);
			assertThat(found.contents().get(last)).as("without %d", at).hasSize(before);
		}
	}

	/** Without the record that an orderly end leaves, each record vouches for others. */
	@Test
	@Spec("S2.7")
	void flippedBitBeforeTheLastWriteIsNotTakenForATornEnd() throws Exception {
		SimulatedStore store = fill(60);
		StoreHistory.Life life = this.history.create(store.storage());
		int last;
		do {
			this.history.append(life, 150);
			store.commit();
			last = this.disk.contents().get(lastSegment()).length;
		}
		while (last < 2_000);
		this.history.append(life, 150);
		store.commit();
		Map<String, byte[]> contents = this.disk.contents();
		String name = lastSegment();
		assertThat(last).isBetween(2_000, contents.get(name).length - 1);
		for (int at = Segment.HEADER; at < last; at += 5) {
			byte[] flipped = contents.get(name).clone();
			flipped[at] ^= 1;
			Map<String, byte[]> broken = new TreeMap<>(contents);
			broken.put(name, flipped);
			SimulatedDisk found = SimulatedDisk.of(broken);
			try {
				SimulatedStore opened = new SimulatedStore(found, SEED);
				this.history.checkAndAdopt(opened.recover(), opened.storage().highestIncarnation());
			}
			catch (StorageDamagedException ex) {
				assertThat(ex).hasMessageContaining(name);
			}
			catch (IOException | RuntimeException | AssertionError ex) {
				throw new AssertionError("bit in byte " + at + " of " + name, ex);
			}
			assertThat(found.contents().get(name)).as("bit in byte %d of %s", at, name)
				.hasSizeGreaterThanOrEqualTo(flipped.length);
		}
	}

	@Test
	@Spec("S2.9")
	void flippedBitIsNeverServedWhereverItIsInALargeAppend() throws Exception {
		SimulatedStore store = fill(20);
		StoreHistory.Life life = this.history.create(store.storage());
		this.history.append(life, 3 * EncodedRecord.BLOCK + 1_000);
		store.commit();
		for (int i = 0; i < 10; i++) {
			this.history.append(life, 2_000);
			store.commit();
			store.keepUp();
		}
		store.storage().close();
		Map<String, byte[]> contents = this.disk.contents();
		Map.Entry<String, byte[]> largest = contents.entrySet()
			.stream()
			.max(Comparator.comparingInt((file) -> file.getValue().length))
			.orElseThrow();
		int length = largest.getValue().length;
		assertThat(length).isBetween(3 * EncodedRecord.BLOCK, 4 * EncodedRecord.BLOCK);
		for (int at = length / 5; at < length * 4 / 5; at += length / 100) {
			byte[] flipped = largest.getValue().clone();
			flipped[at] ^= 1;
			Map<String, byte[]> broken = new TreeMap<>(contents);
			broken.put(largest.getKey(), flipped);
			SimulatedStore found = new SimulatedStore(SimulatedDisk.of(broken), SEED);
			List<RecoveredStream> streams = found.recover();
			assertThatExceptionOfType(StorageDamagedException.class).as("bit in byte %d of %s", at, largest.getKey())
				.isThrownBy(() -> this.history.checkAndAdopt(streams, found.storage().highestIncarnation()))
				.withMessageContaining(largest.getKey());
		}
	}

	/** A record of another store that somebody has sent is no record of this one. */
	@Test
	void nobodyCanSendWhatLooksLikeARecord() throws Exception {
		SimulatedDisk other = new SimulatedDisk();
		SimulatedStore foreign = new SimulatedStore(other, SEED + 1);
		foreign.recover();
		StoreHistory.Life sender = this.history.create(foreign.storage());
		for (int i = 0; i < 10; i++) {
			foreign.commit();
			this.history.append(sender, 8);
		}
		foreign.commit();
		byte[] log = other.contents().get(Segment.logName(1));
		byte[] records = Arrays.copyOfRange(log, Segment.HEADER, log.length);
		SimulatedStore store = new SimulatedStore(this.disk, SEED);
		store.recover();
		StreamData data = store.storage()
			.create(new StreamDescription("log", "application/octet-stream", 1, NOW, null, null, null), null,
					(failure) -> {
					});
		store.commit();
		int before = this.disk.contents().get(lastSegment()).length;
		data.append(new LogRecord(0, records, false, null, null, NOW), (failure) -> {
		});
		store.commit();
		Map<String, byte[]> contents = this.disk.contents();
		byte[] whole = contents.get(lastSegment());
		contents.put(lastSegment(), Arrays.copyOf(whole, whole.length - 8));
		SimulatedDisk torn = SimulatedDisk.of(contents);
		assertThat(new SimulatedStore(torn, SEED).recover()).singleElement()
			.satisfies((stream) -> assertThat(stream.state().tail()).isZero());
		assertThat(torn.contents().get(lastSegment())).hasSize(before);
	}

	@Test
	void oneDamagedCheckpointIsReplacedByItsTwin() throws Exception {
		fill(150).storage().close();
		for (String name : List.of("checkpoint.1", "checkpoint.2")) {
			Map<String, byte[]> broken = this.disk.contents();
			broken.get(name)[40] ^= 1;
			SimulatedDisk found = SimulatedDisk.of(broken);
			SimulatedStore store = new SimulatedStore(found, SEED);
			this.history.checkAndAdopt(store.recover(), store.storage().highestIncarnation());
			store.keepUp();
			assertThat(found.contents().get("checkpoint.1")).isEqualTo(found.contents().get("checkpoint.2"));
		}
		Map<String, byte[]> broken = this.disk.contents();
		broken.get("checkpoint.1")[40] ^= 1;
		broken.get("checkpoint.2")[60] ^= 1;
		assertThatExceptionOfType(StorageDamagedException.class)
			.isThrownBy(() -> new SimulatedStore(SimulatedDisk.of(broken), SEED).recover())
			.withMessageContaining("checkpoint.1");
	}

	@Test
	void checkpointThatIsOlderThanItsTwinIsReplaced() throws Exception {
		SimulatedStore first = fill(50);
		byte[] older = this.disk.contents().get("checkpoint.2");
		first.storage().close();
		fill(100).storage().close();
		Map<String, byte[]> contents = this.disk.contents();
		assertThat(contents.put("checkpoint.2", older)).isNotEqualTo(older);
		SimulatedDisk found = SimulatedDisk.of(contents);
		SimulatedStore store = new SimulatedStore(found, SEED);
		store.recover();
		store.keepUp();
		assertThat(found.contents().get("checkpoint.2")).isEqualTo(found.contents().get("checkpoint.1"));
	}

	@Test
	void missingIndexIsMadeAgain() throws Exception {
		fill(150).storage().close();
		Map<String, byte[]> broken = this.disk.contents();
		assertThat(broken.keySet().removeIf((name) -> name.endsWith(".index"))).isTrue();
		SimulatedDisk found = SimulatedDisk.of(broken);
		SimulatedStore store = new SimulatedStore(found, SEED);
		this.history.checkAndAdopt(store.recover(), store.storage().highestIncarnation());
		for (int seed = 1; seed <= 20; seed++) {
			store = new SimulatedStore(found.afterPowerCut(new Random(seed)), SEED);
			List<RecoveredStream> streams = store.recover();
			this.history.checkAndAdopt(streams, store.storage().highestIncarnation());
		}
	}

	@Test
	void missingFileIsNamed() throws Exception {
		fill(150).storage().close();
		for (String name : this.disk.contents().keySet()) {
			if (name.endsWith(".log") || name.endsWith(".data")) {
				Map<String, byte[]> broken = this.disk.contents();
				broken.remove(name);
				assertThatExceptionOfType(StorageDamagedException.class).as(name)
					.isThrownBy(() -> new SimulatedStore(SimulatedDisk.of(broken), SEED).recover())
					.withMessageContaining(name);
			}
		}
		Map<String, byte[]> broken = this.disk.contents();
		broken.remove("checkpoint.1");
		broken.remove("checkpoint.2");
		assertThatExceptionOfType(StorageDamagedException.class)
			.isThrownBy(() -> new SimulatedStore(SimulatedDisk.of(broken), SEED).recover())
			.withMessageContaining("no checkpoint");
	}

	/** So that complete, rewritten and open segments are there. */
	private SimulatedStore fill(int steps) throws IOException, StorageFullException {
		SimulatedStore store = new SimulatedStore(this.disk, SEED);
		store.recover();
		for (int step = 0; step < steps; step++) {
			this.history.step(store.storage());
			store.commit();
			store.keepUp();
		}
		return store;
	}

	private String lastSegment() {
		return this.disk.contents().keySet().stream().filter((name) -> name.endsWith(".log")).reduce((a, b) -> b).get();
	}

	private static long tailOf(StoreHistory.Life life, List<RecoveredStream> streams) {
		return streams.stream()
			.filter((stream) -> stream.description().equals(life.description()))
			.mapToLong((stream) -> stream.state().tail())
			.findAny()
			.getAsLong();
	}

}
