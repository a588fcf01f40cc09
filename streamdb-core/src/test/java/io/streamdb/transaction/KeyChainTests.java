package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import io.streamdb.event.ChangeEvent;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.OverlayEdit;
import io.streamdb.store.Row;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedBatch;
import io.streamdb.store.SyncedCommit;
import io.streamdb.transaction.KeyChain.UnfitMutationException;
import io.streamdb.transaction.TransactionFixture.Item;
import org.junit.jupiter.api.Test;

import static io.streamdb.transaction.TransactionFixture.delete;
import static io.streamdb.transaction.TransactionFixture.insert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link KeyChain}: what is visible of a key under pending mutations, and how
 * many of them are applied again for it.
 */
class KeyChainTests {

	private final StateStore store = new StateStore(TransactionFixture.SCHEMA);

	@SuppressWarnings("unchecked")
	private final CollectionDefinition<Item> definition = (CollectionDefinition<Item>) this.store.visible()
		.collection(Item.class)
		.definition();

	private final KeyRef<Item> ref = new KeyRef<>(this.definition, "a");

	private final KeyChain chain = new KeyChain(this.ref);

	private final AtomicInteger calls = new AtomicInteger();

	private int position;

	private long order;

	@Test
	void mutationsAreAppliedInTheOrderOfTheirTransactions() throws Exception {
		bring(insert("a", "0"));
		add(appending("1"));
		add(appending("2"));
		assertThat(apply()).isEqualTo("012");
		assertThat(this.chain.size()).isEqualTo(2);
	}

	@Test
	void whatIsAddedOnTopAppliesNothingBelowAgain() throws Exception {
		bring(insert("a", "0"));
		for (int i = 0; i < 100; i++) {
			add(appending("x"));
			apply();
		}
		assertThat(this.calls).hasValue(100);
		add(appending("!"));
		assertThat(apply()).endsWith("x!").hasSize(102);
		assertThat(this.calls).hasValue(101);
	}

	@Test
	void whatIsTakenAwayOnTopAppliesNothingAgain() throws Exception {
		bring(insert("a", "0"));
		add(appending("1"));
		PendingMutation<Item> top = add(appending("2"));
		apply();
		this.chain.remove(top);
		assertThat(apply()).isEqualTo("01");
		assertThat(this.calls).hasValue(2);
	}

	@Test
	void whatIsTakenAwayBelowAppliesAgainWhatIsAboveIt() throws Exception {
		bring(insert("a", "0"));
		add(appending("1"));
		PendingMutation<Item> middle = add(appending("2"));
		add(appending("3"));
		add(appending("4"));
		apply();
		this.chain.remove(middle);
		assertThat(apply()).isEqualTo("0134");
		assertThat(this.calls).as("the one below it is left alone").hasValue(4 + 2);
	}

	@Test
	void whatDoesNotDependOnWhatHasChangedEndsTheChange() throws Exception {
		bring(insert("a", "0"));
		PendingMutation<Item> bottom = add(appending("1"));
		add(KeyMutation.save(new Item("a", "saved")));
		add(appending("2"));
		assertThat(apply()).isEqualTo("saved2");
		int before = this.calls.get();
		this.chain.remove(bottom);
		assertThat(apply()).isEqualTo("saved2");
		assertThat(this.calls).hasValue(before);
	}

	@Test
	void whatTheStreamBringsIsBelowAll() throws Exception {
		bring(insert("a", "0"));
		add(appending("1"));
		add(appending("2"));
		apply();
		bring(insert("a", "9"));
		this.chain.changed(0);
		assertThat(apply()).isEqualTo("912");
	}

	@Test
	void whatIsFrozenStaysAsItWas() throws Exception {
		bring(insert("a", "0"));
		PendingMutation<Item> sent = add(appending("1"));
		add(appending("2"));
		apply();
		sent.owner().send(0, 0);
		bring(insert("a", "9"));
		this.chain.changed(0);
		assertThat(apply()).isEqualTo("012");
		sent.owner().withdraw();
		this.chain.changed(0);
		assertThat(apply()).as("no longer frozen").isEqualTo("912");
	}

	@Test
	void whatDoesNotFitIsNamedAndTheRestGoesOnWithoutIt() throws Exception {
		PendingMutation<Item> insert = add(KeyMutation.insert(new Item("a", "mine")));
		add(KeyMutation.save(new Item("a", "saved")));
		assertThat(apply()).isEqualTo("saved");
		bring(insert("a", "theirs"));
		this.chain.changed(0);
		assertThatExceptionOfType(UnfitMutationException.class).isThrownBy(this::apply).satisfies((ex) -> {
			assertThat(ex.transaction()).isSameAs(insert.owner());
			assertThat(ex.conflict()).hasMessageContaining("another writer has taken the key");
		});
		assertThatExceptionOfType(UnfitMutationException.class).as("as long as it is there").isThrownBy(this::apply);
		this.chain.remove(insert);
		assertThat(apply()).isEqualTo("saved");
		assertThat(this.chain.isEmpty()).isFalse();
	}

	@Test
	void aDeleteHidesWhatIsSyncedAndWithoutItThatIsShownAgain() throws Exception {
		bring(insert("a", "0"));
		PendingMutation<Item> delete = add(KeyMutation.delete());
		assertThat(apply()).isNull();
		this.chain.remove(delete);
		assertThat(this.chain.isEmpty()).isTrue();
		assertThat(apply()).isEqualTo("0");
	}

	@Test
	void aMutationIsFoundByItselfAndNotByItsPlace() {
		PendingMutation<Item> first = add(appending("1"));
		PendingMutation<Item> second = add(appending("2"));
		PendingMutation<Item> stranger = new PendingMutation<>(second.owner(), this.ref, appending("3"));
		assertThat(this.chain.indexOf(first)).isZero();
		assertThat(this.chain.indexOf(second)).isOne();
		assertThat(this.chain.indexOf(stranger)).isNegative();
		this.chain.remove(stranger);
		assertThat(this.chain.size()).isEqualTo(2);
		assertThat(this.chain.get(1)).isSameAs(second);
	}

	/** Whatever happens to it, the chain shows what applying all of it anew would. */
	@Test
	void showsWhatApplyingEverythingAnewShows() {
		for (long seed = 1; seed <= 300; seed++) {
			new KeyChainTests().compare(seed);
		}
	}

	private void compare(long seed) {
		Random random = new Random(seed);
		List<PendingMutation<Item>> model = new ArrayList<>();
		List<KeyMutation<Item>> mutations = new ArrayList<>();
		for (int step = 0; step < 60; step++) {
			switch (random.nextInt(6)) {
				case 0 -> bring(insert("a", "s" + step));
				case 1 -> bring(delete("a"));
				case 2, 3 -> {
					KeyMutation<Item> mutation = switch (random.nextInt(3)) {
						case 0 -> KeyMutation.save(new Item("a", "v" + random.nextInt(2)));
						case 1 -> KeyMutation.deleteIfPresent();
						default -> appending("+" + random.nextInt(3));
					};
					model.add(add(mutation));
					mutations.add(mutation);
				}
				default -> {
					if (!model.isEmpty()) {
						int index = random.nextInt(model.size());
						this.chain.remove(model.remove(index));
						mutations.remove(index);
					}
				}
			}
			if (random.nextBoolean()) {
				this.chain.changed(0);
			}
			else {
				this.chain.changed(0);
				if (!model.isEmpty()) {
					this.chain.changed(random.nextInt(model.size()));
				}
			}
			String shown = null;
			while (true) {
				try {
					shown = apply();
					break;
				}
				catch (UnfitMutationException ex) {
					int index = indexOfOwner(model, ex.transaction());
					assertThat(firstUnfit(mutations)).as("seed %d, step %d", seed, step).isEqualTo(index);
					this.chain.remove(model.remove(index));
					mutations.remove(index);
				}
			}
			assertThat(firstUnfit(mutations)).as("seed %d, step %d", seed, step).isEqualTo(-1);
			assertThat(shown).as("seed %d, step %d", seed, step).isEqualTo(text(anew(mutations)));
		}
	}

	private static int indexOfOwner(List<PendingMutation<Item>> model, PendingTransaction owner) {
		for (int i = 0; i < model.size(); i++) {
			if (model.get(i).owner() == owner) {
				return i;
			}
		}
		throw new AssertionError("It is not in the chain");
	}

	private int firstUnfit(List<KeyMutation<Item>> mutations) {
		for (int i = 0; i < mutations.size(); i++) {
			try {
				anew(mutations.subList(0, i + 1));
			}
			catch (ConflictException ex) {
				return i;
			}
		}
		return -1;
	}

	private Item anew(List<KeyMutation<Item>> mutations) {
		Row<?> synced = this.store.edit().syncedRow(this.definition, "a");
		Item value = (synced != null) ? (Item) synced.value() : null;
		for (KeyMutation<Item> mutation : mutations) {
			value = mutation.applyTo(this.ref, value);
		}
		return value;
	}

	private static String text(Item item) {
		return (item != null) ? item.text() : null;
	}

	private KeyMutation<Item> appending(String text) {
		UnaryOperator<Item> function = (item) -> {
			this.calls.incrementAndGet();
			return new Item(item.id(), item.text() + text);
		};
		return KeyMutation.update(function);
	}

	private PendingMutation<Item> add(KeyMutation<Item> mutation) {
		PendingTransaction owner = new PendingTransaction(new Settlement("t" + this.order));
		owner.order(this.order++);
		PendingMutation<Item> pending = new PendingMutation<>(owner, this.ref, mutation);
		this.chain.add(pending);
		return pending;
	}

	/** Applies the chain, publishes, and returns what is visible then. */
	private String apply() throws UnfitMutationException {
		OverlayEdit edit = this.store.edit();
		this.chain.apply(edit);
		this.store.publish(edit);
		return this.store.visible().collection(Item.class).find("a").map(Item::text).orElse(null);
	}

	/** Publishes what the stream brings, without applying the chain to it. */
	private void bring(ChangeEvent<?> event) {
		SyncedBatch batch = this.store.batch(this.store.synced(), false);
		batch.apply(event);
		SyncedCommit commit = batch.seal(TransactionFixture.offset(++this.position));
		this.store.publish(this.store.edit(commit));
	}

}
