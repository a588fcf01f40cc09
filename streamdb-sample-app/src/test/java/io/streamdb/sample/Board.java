package io.streamdb.sample;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import java.util.stream.Stream;

import io.streamdb.StreamDb;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.sample.history.SourceFile;
import io.streamdb.sample.review.Review;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ResolvableType;
import org.springframework.test.web.servlet.client.RestTestClient;

/**
 * A review board that a test starts itself, on a port of its own: for tests of the start,
 * or of several boards at once.
 */
public final class Board implements AutoCloseable {

	private final ConfigurableApplicationContext context;

	private Board(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Starts a board.
	 * @param properties its properties, {@code name=value}
	 * @return the board, when it is ready
	 */
	public static Board start(String... properties) {
		String[] arguments = Arrays.stream(properties).map((property) -> "--" + property).toArray(String[]::new);
		return new Board(SpringApplication.run(ReviewBoardApplication.class, arguments));
	}

	/**
	 * Starts a board on the stream of another.
	 * @param other the board whose embedded server has the stream
	 * @param properties further properties
	 * @return the board, when it is ready
	 */
	public static Board startOnStreamOf(Board other, String... properties) {
		return start(Stream.concat(Stream.of("streamdb.url=" + other.url("/streams/main")), Arrays.stream(properties))
			.toArray(String[]::new));
	}

	/**
	 * Waits for what others have to do first: with the patience that a busy machine
	 * needs.
	 * @return an await
	 */
	public static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(30));
	}

	/**
	 * Returns the address of a path.
	 * @param path the path
	 * @return the URL
	 */
	public URI url(String path) {
		return URI.create("http://localhost:" + this.context.getEnvironment().getProperty("local.server.port") + path);
	}

	/**
	 * Returns a client of the board.
	 * @return a client over real HTTP
	 */
	public RestTestClient client() {
		return RestTestClient.bindToServer().baseUrl(url("").toString()).build();
	}

	/**
	 * Returns the database.
	 * @return the database
	 */
	public StreamDb db() {
		return this.context.getBean(StreamDb.class);
	}

	/**
	 * Returns the repository of the reviews.
	 * @return the repository
	 */
	public StreamRepository<Review, UUID> reviews() {
		return this.context
			.<StreamRepository<Review, UUID>>getBeanProvider(
					ResolvableType.forClassWithGenerics(StreamRepository.class, Review.class, UUID.class))
			.getObject();
	}

	/**
	 * Returns the digest of the files that the board holds.
	 * @return the digest, to be compared with the oracle's
	 */
	public String sha256() {
		return Oracle.sha256(db().collection(SourceFile.class).findAll());
	}

	@Override
	public void close() {
		this.context.close();
	}

}
