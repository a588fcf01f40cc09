package io.streamdb.store;

import java.util.LinkedHashMap;
import java.util.Map;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import org.jspecify.annotations.Nullable;

/**
 * Two small collections, and events of them.
 */
final class Fixtures {

	static final CollectionDefinition<Item> ITEMS = CollectionDefinition.of(Item.class).build();

	static final CollectionDefinition<Tag> TAGS = CollectionDefinition.of(Tag.class).build();

	static final StateSchema SCHEMA = StateSchema.of(ITEMS, TAGS);

	private Fixtures() {
	}

	static ChangeEvent<?> item(Operation operation, String key, String text) {
		return item(operation, key, text, null);
	}

	static ChangeEvent<?> item(Operation operation, String key, String text, @Nullable String txid) {
		return new ChangeEvent<>("item", key, (operation != Operation.DELETE) ? new Item(key, text) : null, null,
				new EventHeaders(operation, txid, null, Map.of()));
	}

	static ChangeEvent<?> tag(Operation operation, String key) {
		return new ChangeEvent<>("tag", key, (operation != Operation.DELETE) ? new Tag(key) : null, null,
				new EventHeaders(operation));
	}

	/** Publishes events as one batch. */
	static SyncedCommit commit(StateStore store, String offset, ChangeEvent<?>... events) {
		return publish(store, store.batch(store.synced(), false), offset, events);
	}

	/** Publishes a reset and the events after it as one batch. */
	static SyncedCommit reset(StateStore store, String offset, ChangeEvent<?>... events) {
		SyncedBatch batch = store.batch(store.synced(), false);
		batch.reset();
		return publish(store, batch, offset, events);
	}

	private static SyncedCommit publish(StateStore store, SyncedBatch batch, String offset, ChangeEvent<?>... events) {
		for (ChangeEvent<?> event : events) {
			batch.apply(event);
		}
		SyncedCommit commit = batch.seal(offset);
		store.publish(store.edit(commit));
		return commit;
	}

	static Map<String, String> texts(StateSnapshot snapshot) {
		Map<String, String> texts = new LinkedHashMap<>();
		snapshot.collection(Item.class)
			.rowsInInsertionOrder()
			.forEach((row) -> texts.put(row.key(), row.value().text()));
		return texts;
	}

	record Item(String id, String text) {
	}

	record Tag(String id) {
	}

}
