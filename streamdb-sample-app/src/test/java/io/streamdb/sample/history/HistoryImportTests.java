package io.streamdb.sample.history;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.streamdb.sample.Board;
import io.streamdb.sample.Oracle;
import io.streamdb.sample.Oracle.Checkpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class HistoryImportTests {

	private static final Oracle oracle = Oracle.ofSmallHistory();

	@TempDir
	private Path directory;

	@Test
	void importsTheBundledHistoryOnFirstStart() {
		try (Board board = Board.start()) {
			assertThat(board.sha256()).isEqualTo(oracle.end().sha256());
			assertThat(board.db().collection(SourceFile.class).count()).isEqualTo(oracle.end().files());
			assertThat(board.db().collection(Commit.class).count()).isEqualTo(oracle.commits());
			assertThat(board.db().collection(Author.class).findAll()).hasSize(oracle.authors())
				.extracting(Author::commits)
				.satisfies((commits) -> assertThat(commits.stream().mapToInt(Integer::intValue).sum())
					.isEqualTo(oracle.commits()));
			assertThat(board.db().metrics().events()).isEqualTo(oracle.events());
			assertThat(board.db().metrics().invalidEvents()).isZero();
		}
	}

	@Test
	void importsItAgainAfterARestartSinceTheEmbeddedStreamIsInMemory() {
		Board.start().close();
		try (Board board = Board.start()) {
			assertThat(board.sha256()).isEqualTo(oracle.end().sha256());
			assertThat(board.db().metrics().events()).isEqualTo(oracle.events());
		}
	}

	@Test
	void keepsTransactionsTimestampsAndBytesOfTheHistory() throws Exception {
		try (Board board = Board.start()) {
			String stream = get(board.url("/streams/main?offset=-1"));
			assertThat(stream).isEqualTo("["
					+ String.join(",",
							Oracle.smallHistory().stream().map((line) -> line.substring(1, line.length() - 1)).toList())
					+ "]");
			Commit newest = board.db().collection(Commit.class).find(oracle.end().commit()).orElseThrow();
			assertThat(board.db().snapshot().collection(Commit.class).row(newest.id()).origin()).satisfies((origin) -> {
				assertThat(origin.txid()).isEqualTo(newest.id());
				assertThat(origin.timestamp()).isEqualTo(newest.at().toString());
			});
		}
	}

	@ParameterizedTest
	@MethodSource("checkpoints")
	void holdsWhatGitHoldsAfterPartOfTheHistory(Checkpoint checkpoint) throws IOException {
		Path part = Files.write(this.directory.resolve("part.ndjson"),
				Oracle.smallHistory().subList(0, checkpoint.afterTransactions()));
		try (Board board = Board.start("board.import=" + part)) {
			assertThat(board.sha256()).isEqualTo(checkpoint.sha256());
			assertThat(board.db().collection(SourceFile.class).count()).isEqualTo(checkpoint.files());
			assertThat(board.db().collection(Commit.class).find(checkpoint.commit())).isPresent();
		}
	}

	@Test
	void importsACompressedFile() throws IOException {
		Path file = this.directory.resolve("history.gz");
		try (var bytes = new ClassPathResource("history/small-history.ndjson.gz").getInputStream()) {
			Files.copy(bytes, file);
		}
		try (Board board = Board.start("board.import=" + file)) {
			assertThat(board.sha256()).isEqualTo(oracle.end().sha256());
		}
	}

	@Test
	void doesNotStartWithABadFileAndNamesTheLine() throws IOException {
		List<String> lines = Oracle.smallHistory().subList(0, 2);
		Path file = Files.write(this.directory.resolve("bad.ndjson"), List.of(lines.get(0), lines.get(1), "[{]"));
		assertThatExceptionOfType(HistoryImportException.class)
			.isThrownBy(() -> Board.start("board.import=" + file).close())
			.withMessageStartingWith("Cannot import line 3 of file [" + file + "]: it is not JSON, at column 3");
	}

	@Test
	void doesNotStartWithAFileThatDoesNotExist() {
		Path file = this.directory.resolve("missing.ndjson");
		assertThatExceptionOfType(HistoryImportException.class)
			.isThrownBy(() -> Board.start("board.import=" + file).close())
			.withMessageStartingWith("Cannot import file [" + file + "]: there is no such file");
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void importsNothingIntoTheStreamOfAnotherServerAndSaysSo(CapturedOutput output) throws IOException {
		Path nothing = Files.createFile(this.directory.resolve("nothing.ndjson"));
		Path ignored = this.directory.resolve("ignored.ndjson");
		try (Board server = Board.start("board.import=" + nothing);
				Board board = Board.startOnStreamOf(server, "board.import=" + ignored)) {
			assertThat(server.db().metrics().events()).isZero();
			assertThat(board.db().metrics().events()).isZero();
			assertThat(board.db().collection(SourceFile.class).count()).isZero();
			assertThat(output).containsOnlyOnce("'board.import' is ignored")
				.contains("'" + ignored + "' would be imported into an embedded stream only");
		}
	}

	private static List<Checkpoint> checkpoints() {
		return oracle.checkpoints();
	}

	private static String get(URI url) throws Exception {
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString(StandardCharsets.UTF_8))
			.body();
	}

}
