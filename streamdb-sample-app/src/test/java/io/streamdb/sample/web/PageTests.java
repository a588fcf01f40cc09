package io.streamdb.sample.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureRestTestClient
class PageTests {

	private static final Pattern reference = Pattern.compile("(?:src|href)=\"([^\"]+)\"");

	@Autowired
	private RestTestClient client;

	@Test
	void isServedAtTheRootWithAllThatItRefersTo() {
		String page = get("/");
		assertThat(page).contains("<title>Review board</title>");
		assertThat(reference.matcher(page).results().map((match) -> match.group(1)).distinct())
			.containsExactlyInAnyOrder("icon.svg", "board.css", "board.js")
			.allSatisfy((file) -> assertThat(get("/" + file)).isNotEmpty());
	}

	@Test
	void refusesWhatIsNotItsOwn() {
		assertThat(get("/")).contains("content=\"default-src 'self';");
	}

	@ParameterizedTest
	@MethodSource("files")
	void asksNoOtherServerAndTakesNoDataForMarkup(Resource file) throws IOException {
		String content = file.getContentAsString(StandardCharsets.UTF_8).replace("http://www.w3.org/2000/svg", "");
		assertThat(content).doesNotContain("http:", "https:", "innerHTML", "outerHTML", "insertAdjacentHTML",
				"document.write", "eval(");
	}

	private static Resource[] files() throws IOException {
		Resource[] files = new PathMatchingResourcePatternResolver().getResources("classpath:static/*");
		assertThat(Arrays.stream(files).map(Resource::getFilename)).contains("index.html", "board.js");
		return files;
	}

	private String get(String uri) {
		byte[] body = this.client.get()
			.uri(uri)
			.accept(MediaType.ALL)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.returnResult()
			.getResponseBodyContent();
		return new String(body, StandardCharsets.UTF_8);
	}

}
