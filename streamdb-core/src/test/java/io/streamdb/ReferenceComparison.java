package io.streamdb;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.testsupport.NodeTools;
import io.streamdb.testsupport.ReferenceServer;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Appends seeded random histories to the reference server, and compares what a database
 * makes of each with what the reference makes of it, with each key written into its
 * value. Every tenth history goes on while the database follows it.
 */
final class ReferenceComparison {

	static final JsonMapper MAPPER = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private static final Duration TIMEOUT = Duration.ofMinutes(2);

	private final HttpClient http = HttpClient.newHttpClient();

	private final StateSchema schema;

	private final UpdateMode updateMode;

	private final IntFunction<RandomHistory> histories;

	/**
	 * Creates a comparison.
	 * @param updateMode how the database updates; the reference's StreamDB merges, its
	 * MaterializedState replaces
	 * @param histories makes a history from its seed
	 * @param definitions the collections
	 */
	ReferenceComparison(UpdateMode updateMode, IntFunction<RandomHistory> histories,
			CollectionDefinition<?>... definitions) {
		this.schema = StateSchema.of(MAPPER, List.of(definitions));
		this.updateMode = updateMode;
		this.histories = histories;
	}

	/**
	 * Compares histories.
	 * @param count how many
	 * @return how many rows were equal
	 */
	int compare(int count) throws Exception {
		ExecutorService executor = Executors.newCachedThreadPool();
		ExecutorService workers = Executors.newFixedThreadPool(4);
		try (ReferenceServer server = ReferenceServer.start()) {
			List<Future<Map<String, Map<String, Object>>>> states = IntStream.range(0, count)
				.mapToObj((seed) -> workers.submit(() -> materialize(seed, server.url("history-" + seed), executor)))
				.toList();
			for (Future<?> state : states) {
				state.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
			}
			List<String> expected = oracle(server, count);
			int rows = 0;
			for (int seed = 0; seed < count; seed++) {
				Map<String, Map<String, Object>> state = states.get(seed).get();
				assertThat(state).as("seed %d", seed).isEqualTo(state(MAPPER.readTree(expected.get(seed))));
				rows += state.values().stream().mapToInt(Map::size).sum();
			}
			return rows;
		}
		finally {
			workers.shutdownNow();
			executor.shutdownNow();
			assertThat(executor.awaitTermination(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		}
	}

	private List<String> oracle(ReferenceServer server, int count) {
		String urls = IntStream.range(0, count)
			.mapToObj((seed) -> server.url("history-" + seed).toString())
			.collect(Collectors.joining("\n"));
		String definitions = this.schema.collections()
			.stream()
			.map((definition) -> definition.type() + ":" + definition.primaryKey())
			.collect(Collectors.joining(","));
		List<String> arguments = new ArrayList<>(List.of("-", definitions, "--write-keys"));
		if (this.updateMode == UpdateMode.MERGE) {
			arguments.add("--streamdb");
		}
		return NodeTools.runWithInput(urls, TIMEOUT, "oracle.mjs", arguments.toArray(String[]::new)).lines().toList();
	}

	/**
	 * Appends a history and returns what a database makes of it.
	 */
	private Map<String, Map<String, Object>> materialize(int seed, URI url, ExecutorService executor) throws Exception {
		List<String> posts = this.histories.apply(seed).posts();
		boolean live = seed % 10 == 0;
		send("PUT", url, "");
		String offset = null;
		int before = live ? posts.size() / 2 : posts.size();
		for (String post : posts.subList(0, before)) {
			offset = send("POST", url, post);
		}
		DurableStream stream = DurableStream.builder(url).executor(executor).build();
		try (StreamDb db = StreamDb.builder(stream, this.schema)
			.updateMode(this.updateMode)
			.live(live ? LiveMode.AUTO : LiveMode.OFF)
			.executor(executor)
			.build()) {
			db.preload().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
			for (String post : posts.subList(before, posts.size())) {
				offset = send("POST", url, post);
			}
			if (offset != null) {
				db.awaitOffset(offset, TIMEOUT).get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
			}
			assertThat(db.quarantinedEvents()).as("seed %d", seed).isEmpty();
			return state(db, seed);
		}
	}

	private String send(String method, URI url, String body) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(url)
			.method(method, HttpRequest.BodyPublishers.ofString(body))
			.header("content-type", "application/json")
			.build();
		HttpResponse<String> response = this.http.send(request, HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).as("%s: %s", body, response.body()).isBetween(200, 204);
		return response.headers().firstValue("stream-next-offset").orElseThrow();
	}

	private Map<String, Map<String, Object>> state(StreamDb db, int seed) {
		Map<String, Map<String, Object>> state = new TreeMap<>();
		for (CollectionDefinition<?> definition : this.schema.collections()) {
			state.put(definition.type(), rows(db.snapshot().collection(definition.entityClass()), seed));
		}
		return state;
	}

	private static <T> Map<String, Object> rows(CollectionSnapshot<T> collection, int seed) {
		CollectionDefinition<T> definition = collection.definition();
		Map<String, Object> rows = new TreeMap<>();
		collection.rows().forEach((row) -> {
			assertThat(definition.key(row.value())).as("seed %d", seed).isEqualTo(row.key());
			ObjectNode tree = MAPPER.valueToTree(row.value());
			tree.put(definition.primaryKey(), row.key());
			rows.put(row.key(), plain(tree));
		});
		assertThat(rows).as("seed %d", seed).hasSize(collection.count());
		return rows;
	}

	private static Map<String, Map<String, Object>> state(JsonNode expected) {
		Map<String, Map<String, Object>> state = new TreeMap<>();
		expected.properties().forEach((collection) -> {
			Map<String, Object> rows = new TreeMap<>();
			collection.getValue().properties().forEach((row) -> rows.put(row.getKey(), plain(row.getValue())));
			state.put(collection.getKey(), rows);
		});
		return state;
	}

	/**
	 * Makes what a JavaScript program can see of a tree: its numbers are doubles.
	 */
	private static Object plain(JsonNode tree) {
		if (tree.isObject()) {
			Map<String, Object> object = new TreeMap<>();
			tree.properties().forEach((property) -> object.put(property.getKey(), plain(property.getValue())));
			return object;
		}
		if (tree.isArray()) {
			List<Object> array = new ArrayList<>();
			tree.forEach((element) -> array.add(plain(element)));
			return array;
		}
		return tree.isNumber() ? tree.asDouble() : tree.toString();
	}

}
