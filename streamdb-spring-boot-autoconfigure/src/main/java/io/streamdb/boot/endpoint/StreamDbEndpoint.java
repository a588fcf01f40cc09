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

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * {@link Endpoint} that shows the databases (SPEC B7).
 */
@Endpoint(id = "streamdb")
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
		return new InvalidDescriptor(count,
				last.stream()
					.map((quarantined) -> new InvalidEventDescriptor(quarantined.offset(), quarantined.event().type(),
							quarantined.event().key(), quarantined.event().reason()))
					.toList());
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
