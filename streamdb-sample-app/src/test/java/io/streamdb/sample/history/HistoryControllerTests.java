package io.streamdb.sample.history;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.streamdb.sample.FilePage;
import io.streamdb.sample.Oracle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.test.web.servlet.client.RestTestClient.BodyContentSpec;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureRestTestClient
class HistoryControllerTests {

	private static final Oracle oracle = Oracle.ofSmallHistory();

	@Autowired
	private RestTestClient client;

	@Test
	void servesTheFilesThatGitHolds() {
		FilePage files = files("size=500");
		assertThat(files.page().totalElements()).isEqualTo(oracle.end().files());
		assertThat(Oracle.sha256(files.content())).isEqualTo(oracle.end().sha256());
	}

	@Test
	void servesEveryPropertyOfAFile() {
		get("/api/files?prefix=.github/workflows/snapshots.yml").jsonPath("$.content.length()")
			.isEqualTo(1)
			.jsonPath("$.content[0]")
			.value((file) -> assertThat(file).hasToString(
					"{path=.github/workflows/snapshots.yml, blob=a50c9f6587213b2759aeedf1b92de48976682798, mode=100644, "
							+ "commit=25095d15c1575c7029872f420031f3699bc3938d, author=a31, "
							+ "changedAt=2026-08-05T14:11:46Z, revision=5}"))
			.jsonPath("$.page")
			.value((page) -> assertThat(page).hasToString("{size=20, number=0, totalElements=1, totalPages=1}"));
	}

	@Test
	void findsFilesByThePrefixOfTheirPath() {
		assertThat(files("size=500&prefix=src/main/").content()).isNotEmpty()
			.allSatisfy((file) -> assertThat(file.path()).startsWith("src/main/"));
		assertThat(files("prefix=nowhere/").content()).isEmpty();
	}

	@Test
	void servesPagesThatDoNotOverlapAndMakeUpTheWhole() {
		Set<String> paths = new HashSet<>();
		int pages = (oracle.end().files() + 49) / 50;
		for (int number = 0; number < pages; number++) {
			FilePage page = files("size=50&sort=author&page=" + number);
			assertThat(page.page().totalPages()).isEqualTo(pages);
			assertThat(page.content()).allSatisfy((file) -> assertThat(paths.add(file.path())).isTrue());
		}
		assertThat(paths).hasSize(oracle.end().files());
		assertThat(files("size=50&page=" + pages).content()).isEmpty();
	}

	@Test
	void sortsFilesByPathUnlessToldOtherwise() {
		assertThat(files("size=500").content()).extracting(SourceFile::path).isSorted();
		assertThat(files("size=500&sort=revision,desc&sort=path").content()).isSortedAccordingTo(
				Comparator.comparingInt(SourceFile::revision).reversed().thenComparing(SourceFile::path));
	}

	@Test
	void boundsTheSizeOfAPage() {
		assertThat(files("size=1000000").page().size()).isEqualTo(500);
	}

	@ParameterizedTest
	@ValueSource(strings = { "files", "commits", "authors", "reviews" })
	void refusesToSortByAnUnknownProperty(String collection) {
		this.client.get()
			.uri("/api/" + collection + "?sort=colour")
			.exchange()
			.expectStatus()
			.isEqualTo(HttpStatus.BAD_REQUEST)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.detail")
			.value(String.class, (detail) -> assertThat(detail).startsWith("Cannot sort:").contains("colour"));
	}

	@Test
	void servesCommitsWithTheNewestFirst() {
		get("/api/commits?size=1").jsonPath("$.page.totalElements")
			.isEqualTo(oracle.commits())
			.jsonPath("$.content[0]")
			.value((commit) -> assertThat(commit).hasToString("{id=" + oracle.end().commit()
					+ ", author=a31, at=2026-08-05T14:11:46Z, added=10, modified=3, deleted=0}"));
	}

	@Test
	void servesAuthorsWithTheBusiestFirst() {
		AuthorPage authors = this.client.get()
			.uri("/api/authors?size=500")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(AuthorPage.class)
			.returnResult()
			.getResponseBody();
		assertThat(authors).isNotNull();
		assertThat(authors.content()).hasSize(oracle.authors())
			.isSortedAccordingTo(Comparator.comparingInt(Author::commits).reversed());
		assertThat(authors.content().stream().mapToInt(Author::commits).sum()).isEqualTo(oracle.commits());
	}

	private FilePage files(String query) {
		FilePage page = this.client.get()
			.uri("/api/files?" + query)
			.exchange()
			.expectStatus()
			.isOk()
			.expectHeader()
			.contentTypeCompatibleWith(MediaType.APPLICATION_JSON)
			.expectBody(FilePage.class)
			.returnResult()
			.getResponseBody();
		assertThat(page).isNotNull();
		return page;
	}

	private BodyContentSpec get(String uri) {
		return this.client.get().uri(uri).exchange().expectStatus().isOk().expectBody();
	}

	record AuthorPage(List<Author> content) {
	}

}
