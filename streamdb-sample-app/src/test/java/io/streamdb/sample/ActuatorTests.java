package io.streamdb.sample;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.test.web.servlet.client.RestTestClient.BodyContentSpec;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureRestTestClient
class ActuatorTests {

	@Autowired
	private RestTestClient client;

	@Test
	void tellsTheHealthOfTheDatabaseWithDetails() {
		get("/actuator/health").jsonPath("$.status")
			.isEqualTo("UP")
			.jsonPath("$.components.streamdb.status")
			.isEqualTo("UP")
			.jsonPath("$.components.streamdb.details")
			.isMap();
	}

	@Test
	void tellsTheDatabase() {
		String main = "$.databases.main";
		get("/actuator/streamdb").jsonPath(main + ".status")
			.isEqualTo("LIVE")
			.jsonPath(main + ".url")
			.value(String.class, (url) -> assertThat(url).endsWith("/main"))
			.jsonPath(main + ".collections.file.type")
			.isEqualTo("file")
			.jsonPath(main + ".collections.file.count")
			.isEqualTo(Oracle.ofSmallHistory().end().files())
			.jsonPath(main + ".collections.commit.count")
			.isEqualTo(Oracle.ofSmallHistory().commits())
			.jsonPath(main + ".invalid.count")
			.isEqualTo(0);
	}

	@Test
	void listsTheMetersOfTheDatabase() {
		get("/actuator/metrics").jsonPath("$.names[*]")
			.value((names) -> assertThat(names.toString()).contains("streamdb."));
	}

	private BodyContentSpec get(String uri) {
		return this.client.get().uri(uri).exchange().expectStatus().isOk().expectBody();
	}

}
