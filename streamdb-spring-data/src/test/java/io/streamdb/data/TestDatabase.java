package io.streamdb.data;

import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import io.streamdb.StreamDb;
import io.streamdb.client.DurableStream;
import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;
import io.streamdb.data.core.StreamDbTemplate;
import io.streamdb.data.mapping.StateSchemaFactory;
import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.schema.StateSchema;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.transaction.Transaction;
import tools.jackson.databind.json.JsonMapper;

/**
 * A database on an embedded server, in this process.
 */
public final class TestDatabase implements AutoCloseable {

	private final DurableStreamServer server = DurableStreamServer.builder().build();

	private final StreamDb streamDb;

	private final StreamDbTemplate template;

	private volatile Supplier<CompletableFuture<Void>> sending = () -> CompletableFuture.completedFuture(null);

	/**
	 * Creates a database that is loaded.
	 * @param entities its entities
	 */
	public TestDatabase(Class<?>... entities) {
		StreamDbMappingContext mappingContext = new StreamDbMappingContext();
		mappingContext.setInitialEntitySet(Set.of(entities));
		mappingContext.afterPropertiesSet();
		StateSchema schema = new StateSchemaFactory(mappingContext, JsonMapper.builder().build(), null, Set.of())
			.create();
		this.streamDb = StreamDb.builder(stream(this::sendWhenReleased), schema)
			.createIfMissing(true)
			.txIdTimeout(Duration.ofSeconds(30))
			.build();
		this.streamDb.preload().join();
		this.template = new StreamDbTemplate(this.streamDb, mappingContext);
	}

	/**
	 * Returns a handle on the stream of its own, to write as others do.
	 * @return the handle
	 */
	public DurableStream stream() {
		return stream(this.server.transport());
	}

	private static DurableStream stream(StreamTransport transport) {
		return DurableStream.builder(URI.create("http://localhost/main")).transport(transport).build();
	}

	/**
	 * Saves an entity, and holds its append back on the way to the server, so that
	 * transactions after it wait to be sent.
	 * @param entity the entity
	 * @return to be completed, to let the append go
	 */
	public CompletableFuture<Void> holdAppendOf(Object entity) {
		CompletableFuture<Void> released = new CompletableFuture<>();
		CompletableFuture<Void> held = new CompletableFuture<>();
		this.sending = () -> {
			held.complete(null);
			return released;
		};
		this.template.executeAsync((transaction) -> save(entity, transaction));
		held.join();
		return released;
	}

	@SuppressWarnings("unchecked")
	private static <T> T save(T entity, Transaction transaction) {
		return transaction.collection((Class<T>) entity.getClass()).save(entity);
	}

	private CompletableFuture<TransportResponse> sendWhenReleased(TransportRequest request) {
		StreamTransport transport = this.server.transport();
		return request.method().equals("POST") ? this.sending.get().thenCompose((nothing) -> transport.send(request))
				: transport.send(request);
	}

	public StreamDb streamDb() {
		return this.streamDb;
	}

	public StreamDbTemplate template() {
		return this.template;
	}

	@Override
	public void close() {
		this.streamDb.close();
		this.server.close();
	}

}
