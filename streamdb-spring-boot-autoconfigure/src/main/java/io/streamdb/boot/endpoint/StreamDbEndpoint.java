package io.streamdb.boot.endpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.streamdb.QuarantinedEvent;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbMetrics;
import io.streamdb.StreamDbStatus;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.StateSnapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * {@link Endpoint} that shows the databases, and lets an operator skip an invalid event
 * that one has failed on (SPEC B7, M9).
 */
@Endpoint(id = "streamdb", defaultAccess = Access.READ_ONLY)
public class StreamDbEndpoint {

	private final Map<String, StreamDb> databases;

	/**
	 * Creates an endpoint.
	 * @param databases the databases by their names
	 */
	public StreamDbEndpoint(Map<String, StreamDb> databases) {
		this.databases = new LinkedHashMap<>(databases);
	}

	/**
	 * Describes the databases.
	 * @return the databases as they are now
	 */
	@ReadOperation
	public DatabasesDescriptor databases() {
		Map<String, DatabaseDescriptor> descriptors = new LinkedHashMap<>();
		this.databases.forEach((name, streamDb) -> descriptors.put(name, describe(streamDb)));
		return new DatabasesDescriptor(descriptors);
	}

	/**
	 * Does something to a database, and leaves the rest to it: its status tells what has
	 * come of it. For this the access to the endpoint has to be unrestricted; by default
	 * it is read-only.
	 * @param database the name of the database
	 * @param action what to do
	 * @return the event that is skipped, or {@code null} when there is no such database
	 * @throws IllegalStateException when the database has not failed on an invalid event
	 */
	@WriteOperation
	public @Nullable InvalidEventDescriptor act(@Selector String database, Action action) {
		StreamDb streamDb = this.databases.get(database);
		if (streamDb == null) {
			return null;
		}
		return switch (action) {
			case SKIP_INVALID_EVENT -> describe(streamDb.skipInvalidEvent());
		};
	}

	private static DatabaseDescriptor describe(StreamDb streamDb) {
		StreamDbStatus status = streamDb.status();
		StreamDbMetrics metrics = streamDb.metrics();
		Long lag = (status.lag() != null) ? status.lag().toSeconds() : null;
		return new DatabaseDescriptor(streamDb.stream().url().toString(), status.state().name(), status.offset(), lag,
				describeCollections(streamDb), metrics.pendingTransactions(),
				describeInvalid(metrics.invalidEvents(), streamDb.quarantinedEvents()));
	}

	private static Map<String, CollectionDescriptor> describeCollections(StreamDb streamDb) {
		StateSnapshot snapshot = streamDb.snapshot();
		Map<String, CollectionDescriptor> collections = new TreeMap<>();
		for (CollectionDefinition<?> definition : streamDb.schema().collections()) {
			collections.put(definition.name(),
					new CollectionDescriptor(definition.type(), snapshot.collection(definition.name()).count()));
		}
		return collections;
	}

	private static InvalidDescriptor describeInvalid(long count, List<QuarantinedEvent> last) {
		return new InvalidDescriptor(count, last.stream().map(StreamDbEndpoint::describe).toList());
	}

	private static InvalidEventDescriptor describe(QuarantinedEvent quarantined) {
		return new InvalidEventDescriptor(quarantined.offset(), quarantined.event().type(), quarantined.event().key(),
				quarantined.event().reason());
	}

	/**
	 * What can be done to a database.
	 */
	public enum Action {

		/**
		 * Leave out the invalid event that the database has failed on, and load again
		 * (SPEC M9).
		 */
		SKIP_INVALID_EVENT

	}

	/**
	 * All databases.
	 *
	 * @param databases the databases by their names
	 */
	public record DatabasesDescriptor(Map<String, DatabaseDescriptor> databases) {
	}

	/**
	 * A database.
	 *
	 * @param url the URL of its stream
	 * @param status its state
	 * @param offset the offset up to which the visible state is complete
	 * @param lagSeconds the time since it was last up to date
	 * @param collections the collections by their names
	 * @param pending transactions that are not settled
	 * @param invalid quarantined events
	 */
	public record DatabaseDescriptor(String url, String status, @Nullable String offset, @Nullable Long lagSeconds,
			Map<String, CollectionDescriptor> collections, long pending, InvalidDescriptor invalid) {
	}

	/**
	 * A collection.
	 *
	 * @param type the type of its events
	 * @param count the number of entities
	 */
	public record CollectionDescriptor(String type, int count) {
	}

	/**
	 * The quarantined events.
	 *
	 * @param count how many there were in this process
	 * @param last the last 100, oldest first
	 */
	public record InvalidDescriptor(long count, List<InvalidEventDescriptor> last) {
	}

	/**
	 * A quarantined event.
	 *
	 * @param offset the end offset of its batch
	 * @param type its type
	 * @param key its key
	 * @param reason what is wrong with it
	 */
	public record InvalidEventDescriptor(String offset, String type, @Nullable String key, String reason) {
	}

}
