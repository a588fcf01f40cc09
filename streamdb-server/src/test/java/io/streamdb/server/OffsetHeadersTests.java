package io.streamdb.server;

import java.nio.charset.StandardCharsets;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events that are told their offsets (SPEC S3).
 */
class OffsetHeadersTests {

	private static final String JSON = "application/json";

	private TomcatServer tomcat;

	private StreamClient http;

	private StreamClient inProcess;

	@BeforeEach
	void startTomcat() throws Exception {
		this.tomcat = new TomcatServer(DurableStreamServer.builder().offsetHeaders(true).build(), "/streams");
		this.http = StreamClient.overHttp(this.tomcat);
		this.inProcess = StreamClient.inProcess(this.tomcat.server());
	}

	@AfterEach
	void stopTomcat() throws Exception {
		this.tomcat.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = ';', quoteCharacter = '`', value = {
			"{\"headers\":{\"operation\":\"insert\"}}; {\"headers\":{\"offset\":\"O\",\"operation\":\"insert\"}}",
			"{ \"headers\" : { } , \"key\": 1.0 }; { \"headers\" : {\"offset\":\"O\" } , \"key\": 1.0 }",
			"{\"headers\":{\"a\":{\"offset\":1}}}; {\"headers\":{\"offset\":\"O\",\"a\":{\"offset\":1}}}",
			"{\"headers\":{\"offset\":\"own\"}}; {\"headers\":{\"offset\":\"own\"}}",
			"{\"value\":{\"headers\":{}}}; {\"value\":{\"headers\":{}}}", "{\"headers\":[{}]}; {\"headers\":[{}]}",
			"{\"headers\":null}; {\"headers\":null}",
			"1.50,\"headers\",[{\"headers\":{}}],null; 1.50,\"headers\",[{\"headers\":{}}],null",
			"{\"headers\":{}},{\"headers\":{}}; {\"headers\":{\"offset\":\"O\"}},{\"headers\":{\"offset\":\"O\"}}",
			"{\"k\":\"\u00fc\",\"headers\":{}}; {\"k\":\"\u00fc\",\"headers\":{\"offset\":\"O\"}}" })
	void onlyTheOffsetIsPutIn(String messages, String expected) {
		byte[] told = OffsetHeaders.insert(messages.getBytes(StandardCharsets.UTF_8), "O");
		assertThat(new String(told, StandardCharsets.UTF_8)).isEqualTo(expected);
	}

	@Test
	@Spec("S3.5")
	void eventsOfOneAppendAreToldWhereItEnds() {
		this.http.put("main", JSON, "");
		String first = this.http.post("main", JSON, "[{\"headers\":{}},{\"headers\":{}}]").offset();
		String second = this.http.post("main", JSON, "{\"headers\":{}}").offset();
		String expected = "[" + event(first) + "," + event(first) + "," + event(second) + "]";
		StreamClient.Answer all = this.http.get("main");
		assertThat(all.body()).isEqualTo(expected);
		assertThat(all.offset()).isEqualTo(second);
		assertThat(this.http.get("main?offset=" + first).body()).isEqualTo("[" + event(second) + "]");
		assertThat(this.http.get("main?offset=-1&live=long-poll").body()).isEqualTo(expected);
		assertThat(this.http.get("main?offset=" + second).body()).isEqualTo("[]");
		assertThat(this.http.get("main", "If-None-Match", all.header("ETag")).status()).isEqualTo(304);
	}

	private static String event(String offset) {
		return "{\"headers\":{\"offset\":\"" + offset + "\"}}";
	}

	@Test
	@Spec("S3.5")
	void serverSentEventsAreToldTheirOffsetsToo() throws Exception {
		this.http.put("main", JSON, "");
		String first = this.http.post("main", JSON, "{\"headers\":{}}").offset();
		StringBuilder large = new StringBuilder("[1");
		for (int i = 0; i < 5_000; i++) {
			large.append(",{\"headers\":{}}");
		}
		String last = this.http.post("main", JSON, large.append("]").toString(), "Stream-Closed", "true").offset();
		String events = this.http.get("main?offset=-1&live=sse").body();
		assertThat(events).startsWith("event: data\ndata:[" + event(first));
		assertThat(events.split(event(last).replace("{", "\\{"), -1)).hasSize(5_001);
		assertThat(this.http.get("main?offset=" + first + "&live=sse").body()).startsWith("event: data\ndata:[1,");
	}

	@Test
	@Spec("S3.6")
	void streamIsLeftAsItIs() {
		this.http.put("main", JSON, "{\"headers\":{}}");
		this.http.put("text", "text/plain", "{\"headers\":{}}");
		assertThat(this.inProcess.get("main").body()).isEqualTo("[{\"headers\":{}}]");
		assertThat(this.http.get("text").body()).isEqualTo("{\"headers\":{}}");
	}

}
