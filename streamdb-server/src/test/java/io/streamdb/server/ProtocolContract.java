package io.streamdb.server;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.streamdb.server.StreamClient.Answer;
import io.streamdb.server.store.Offset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the protocol says, of a stream that is reached in one way or another.
 */
abstract class ProtocolContract {

	static final String JSON = "application/json";

	static final String TEXT = "text/plain";

	abstract DurableStreamServer server();

	abstract StreamClient client();

	static DurableStreamServerBuilder builder() {
		return DurableStreamServer.builder()
			.longPollTimeout(Duration.ofSeconds(20))
			.limits(ServerLimits.defaults().withMaxBodyBytes(100_000).withMaxChunkBytes(64));
	}

	@Test
	void createsAStreamAndTellsWhereItIs() {
		Answer created = client().put("new", JSON, "[1,2]");
		assertThat(created.status()).isEqualTo(201);
		assertThat(created.header("Location")).isEqualTo(url("new").toString());
		assertThat(created.header("Content-Type")).isEqualTo(JSON);
		assertThat(created.header("Stream-Closed")).isNull();
		assertThat(Offset.parse(created.offset()).position()).isEqualTo(3);
		Answer again = client().put("new", "Application/JSON; charset=UTF-8", "[3]");
		assertThat(again.status()).isEqualTo(200);
		assertThat(again.header("Location")).isNull();
		assertThat(client().get("new").body()).isEqualTo("[1,2]");
	}

	URI url(String path) {
		return client().urls().apply(path);
	}

	@Test
	void createConflictsWithAStreamOfAnotherKind() {
		client().put("open", JSON, "");
		client().put("shut", JSON, "1", "Stream-Closed", "true");
		assertThat(client().put("open", TEXT, "").status()).isEqualTo(409);
		assertThat(client().put("open", JSON, "", "Stream-Closed", "TRUE").status()).isEqualTo(409);
		Answer closed = client().put("shut", JSON, "");
		assertThat(closed.status()).isEqualTo(409);
		assertThat(closed.header("Stream-Closed")).isEqualTo("true");
		assertThat(client().put("shut", JSON, "", "Stream-Closed", "true").status()).isEqualTo(200);
	}

	@ParameterizedTest
	@CsvSource({ "Stream-TTL, 060", "Stream-TTL, 1.5", "Stream-TTL, -1", "Stream-TTL, 1e3",
			"Stream-TTL, 1000000000000000000", "Stream-Expires-At, tomorrow", "Stream-Expires-At, 2030-01-01",
			"Stream-Forked-From, /__ds/x", "Stream-Forked-From, /a//b", "Stream-Fork-Offset, 0",
			"Stream-Fork-Sub-Offset, 0" })
	void createRefusesWhatMakesNoSense(String header, String value) {
		String mounted = value.startsWith("/") ? url("").getPath() + value.substring(1) : value;
		Answer answer = client().put("limited", JSON, "", header, mounted);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(client().head("limited").status()).isEqualTo(404);
	}

	@ParameterizedTest
	@ValueSource(strings = { "json", "a/b/c", "text plain/x", "/", "text/plain<script>" })
	void createRefusesContentTypesThatAreNone(String contentType) {
		assertThat(client().put("typed", contentType, "").status()).isEqualTo(400);
	}

	@Test
	void createWithoutContentTypeMakesOctets() {
		assertThat(client().send("PUT", "octets", "").header("Content-Type")).isEqualTo("application/octet-stream");
	}

	@Test
	void jsonInAnotherEncodingIsRefused() {
		assertThat(client().put("latin", "application/json; charset=iso-8859-1", "[]").status()).isEqualTo(415);
		assertThat(client().put("zipped", JSON, "[]", "Content-Encoding", "gzip").status()).isEqualTo(415);
		client().put("main", JSON, "");
		assertThat(client().post("main", JSON, "1", "Content-Encoding", "br").status()).isEqualTo(415);
	}

	@Test
	@Spec({ "S3.1", "S3.2", "S3.4" })
	void appendsMessagesAsTheyWereWritten() {
		client().put("exact", JSON, "");
		assertThat(client().post("exact", JSON, " {\"n\" : 1.0, \"b\":12345678901234567890} ").status()).isEqualTo(204);
		client().post("exact", JSON, "[1e400 , [1], \"\\u0041\"]");
		assertThat(client().get("exact").body())
			.isEqualTo("[{\"n\" : 1.0, \"b\":12345678901234567890},1e400,[1],\"\\u0041\"]");
	}

	@Test
	void appendNeedsAStreamABodyAndTheRightType() {
		assertThat(client().post("nowhere", JSON, "1").status()).isEqualTo(404);
		client().put("main", JSON, "");
		assertThat(client().post("main", JSON, "").status()).isEqualTo(400);
		assertThat(client().post("main", JSON, "[]").status()).isEqualTo(400);
		assertThat(client().post("main", JSON, "{").status()).isEqualTo(400);
		assertThat(client().post("main", TEXT, "1").status()).isEqualTo(409);
		assertThat(client().send("POST", "main", "1").status()).isEqualTo(400);
		assertThat(client().get("main").body()).isEqualTo("[]");
	}

	@Test
	@Spec("S6.3")
	void bodyPastTheLimitIsRefusedAndNothingIsDone() {
		client().put("text", TEXT, "");
		assertThat(client().post("text", TEXT, "x".repeat(100_000)).status()).isEqualTo(204);
		Answer tooLarge = client().post("text", TEXT, "x".repeat(100_001));
		assertThat(tooLarge.status()).isEqualTo(413);
		assertThat(tooLarge.body()).contains("100000");
		assertThat(client().put("other", TEXT, "x".repeat(100_001)).status()).isEqualTo(413);
		assertThat(client().get("text").bytes()).hasSize(100_000);
	}

	@Test
	void streamSequenceMustGrowByteForByte() {
		client().put("seq", TEXT, "");
		assertThat(client().post("seq", TEXT, "a", "Stream-Seq", "09").status()).isEqualTo(204);
		assertThat(client().post("seq", TEXT, "b", "Stream-Seq", "10").status()).isEqualTo(204);
		Answer regression = client().post("seq", TEXT, "c", "Stream-Seq", "10");
		assertThat(regression.status()).isEqualTo(409);
		assertThat(regression.header("Stream-Closed")).isNull();
		assertThat(regression.body()).contains("sequence").contains("10");
		assertThat(client().post("seq", TEXT, "c", "Stream-Seq", "1").status()).isEqualTo(409);
		assertThat(client().post("seq", TEXT, "d", "Stream-Seq", "Z").status()).isEqualTo(204);
		assertThat(client().post("seq", TEXT, "e", "Stream-Seq", "a").status()).isEqualTo(204);
		assertThat(client().post("seq", TEXT, "f").status()).isEqualTo(204);
		assertThat(client().get("seq").body()).isEqualTo("abdef");
	}

	@Test
	void namesThatTheServerKeepsHaveALimit() {
		client().put("p", TEXT, "");
		Answer longest = client().post("p", TEXT, "a", "Stream-Seq", "s".repeat(256), "Producer-Id", "p".repeat(256),
				"Producer-Epoch", "0", "Producer-Seq", "0");
		assertThat(longest.status()).isEqualTo(200);
		Answer sequence = client().post("p", TEXT, "b", "Stream-Seq", "t".repeat(257));
		assertThat(sequence.status()).isEqualTo(400);
		assertThat(sequence.body()).contains("Stream-Seq").contains("256");
		Answer producer = client().post("p", TEXT, "b", "Producer-Id", "p".repeat(257), "Producer-Epoch", "0",
				"Producer-Seq", "0");
		assertThat(producer.status()).isEqualTo(400);
		assertThat(producer.body()).contains("Producer-Id").contains("256");
		assertThat(client().get("p").body()).isEqualTo("a");
	}

	@Test
	void closureIsFinalAndComesBeforeOtherConflicts() {
		client().put("shut", JSON, "");
		Answer closed = client().post("shut", JSON, "[1]", "Stream-Closed", "true");
		assertThat(closed.status()).isEqualTo(204);
		assertThat(closed.header("Stream-Closed")).isEqualTo("true");
		for (Answer refused : new Answer[] { client().post("shut", JSON, "2"), client().post("shut", TEXT, "{"),
				client().post("shut", JSON, "[2]", "Stream-Closed", "true"),
				client().post("shut", JSON, "3", "Stream-Seq", "1") }) {
			assertThat(refused.status()).isEqualTo(409);
			assertThat(refused.header("Stream-Closed")).isEqualTo("true");
			assertThat(refused.offset()).isEqualTo(closed.offset());
		}
		Answer closedAgain = client().post("shut", TEXT, "", "Stream-Closed", "true");
		assertThat(closedAgain.status()).isEqualTo(204);
		assertThat(closedAgain.offset()).isEqualTo(closed.offset());
		assertThat(client().head("shut").header("Stream-Closed")).isEqualTo("true");
		assertThat(client().get("shut").body()).isEqualTo("[1]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "false", "yes", "1", "" })
	void onlyTrueCloses(String value) {
		client().put("open", TEXT, "");
		assertThat(client().post("open", TEXT, "a", "Stream-Closed", value).status()).isEqualTo(204);
		assertThat(client().post("open", TEXT, "b").status()).isEqualTo(204);
	}

	@Test
	void producerIsHeldToItsSequence() {
		client().put("p", TEXT, "");
		Answer first = produce("a", 0, 0);
		assertThat(first.status()).isEqualTo(200);
		assertThat(first.header("Producer-Epoch")).isEqualTo("0");
		assertThat(first.header("Producer-Seq")).isEqualTo("0");
		Answer second = produce("b", 0, 1);
		assertThat(second.status()).isEqualTo(200);
		client().post("p", TEXT, "other");
		Answer duplicate = produce("a", 0, 0);
		assertThat(duplicate.status()).isEqualTo(204);
		assertThat(duplicate.header("Producer-Epoch")).isEqualTo("0");
		assertThat(duplicate.header("Producer-Seq")).isEqualTo("1");
		assertThat(duplicate.offset()).isEqualTo(second.offset());
		Answer gap = produce("d", 0, 3);
		assertThat(gap.status()).isEqualTo(409);
		assertThat(gap.header("Producer-Expected-Seq")).isEqualTo("2");
		assertThat(gap.header("Producer-Received-Seq")).isEqualTo("3");
		assertThat(gap.header("Stream-Closed")).isNull();
		assertThat(produce("x", 2, 1).status()).isEqualTo(400);
		assertThat(produce("c", 2, 0).status()).isEqualTo(200);
		Answer stale = produce("x", 1, 0);
		assertThat(stale.status()).isEqualTo(403);
		assertThat(stale.header("Producer-Epoch")).isEqualTo("2");
		assertThat(client().get("p").body()).isEqualTo("abotherc");
	}

	@Test
	void producerThatIsNewMustBeginWithZero() {
		client().put("p", TEXT, "");
		assertThat(produce("x", 0, 1).header("Producer-Expected-Seq")).isEqualTo("0");
		assertThat(produce("a", 7, 0).status()).isEqualTo(200);
	}

	@Test
	void producersRefusedAppendLeavesItsStateAlone() {
		client().put("p", JSON, "");
		assertThat(
				client().post("p", JSON, "{", "Producer-Id", "w", "Producer-Epoch", "0", "Producer-Seq", "0").status())
			.isEqualTo(400);
		assertThat(client()
			.post("p", JSON, "1", "Producer-Id", "w", "Producer-Epoch", "0", "Producer-Seq", "0", "Stream-Seq", "b")
			.status()).isEqualTo(200);
		assertThat(client()
			.post("p", JSON, "2", "Producer-Id", "w", "Producer-Epoch", "0", "Producer-Seq", "1", "Stream-Seq", "a")
			.status()).isEqualTo(409);
		assertThat(client()
			.post("p", JSON, "2", "Producer-Id", "w", "Producer-Epoch", "0", "Producer-Seq", "1", "Stream-Seq", "c")
			.status()).isEqualTo(200);
		assertThat(client()
			.post("p", JSON, "2", "Producer-Id", "w", "Producer-Epoch", "0", "Producer-Seq", "1", "Stream-Seq", "c")
			.status()).isEqualTo(204);
		assertThat(client().get("p").body()).isEqualTo("[1,2]");
	}

	@ParameterizedTest
	@CsvSource(
			value = { "w, 0, NULL", "w, NULL, 0", "NULL, 0, 0", "' ', 0, 0", "w, -1, 0", "w, 0, 1.0", "w, 0, +1",
					"w, 1e3, 0", "w, 9007199254740992, 0", "w, 0, 99999999999999999999", "w, x, 0" },
			nullValues = "NULL")
	void producerHeadersMustBeWholeAndIntegers(String id, String epoch, String sequence) {
		client().put("p", TEXT, "");
		List<String> headers = new ArrayList<>();
		add(headers, "Producer-Id", id);
		add(headers, "Producer-Epoch", epoch);
		add(headers, "Producer-Seq", sequence);
		assertThat(client().post("p", TEXT, "a", headers.toArray(String[]::new)).status()).isEqualTo(400);
		assertThat(client().get("p").bytes()).isEmpty();
	}

	private static void add(List<String> headers, String name, String value) {
		if (value != null) {
			headers.add(name);
			headers.add(value);
		}
	}

	@Test
	void greatestIntegersOfJavaScriptAreFine() {
		client().put("p", TEXT, "");
		assertThat(produce("a", (1L << 53) - 1, 0).status()).isEqualTo(200);
	}

	@Test
	void producerThatClosedMayRepeatItAndNobodyElseMay() {
		client().put("p", TEXT, "");
		produce("a", 0, 0);
		Answer closed = produce("b", 0, 1, "Stream-Closed", "true");
		assertThat(closed.status()).isEqualTo(200);
		assertThat(closed.header("Stream-Closed")).isEqualTo("true");
		Answer repeated = produce("another body", 0, 1, "Stream-Closed", "true");
		assertThat(repeated.status()).isEqualTo(204);
		assertThat(repeated.header("Stream-Closed")).isEqualTo("true");
		assertThat(repeated.header("Producer-Seq")).isEqualTo("1");
		assertThat(repeated.offset()).isEqualTo(closed.offset());
		assertThat(produce("c", 0, 2).status()).isEqualTo(409);
		assertThat(produce("", 0, 2, "Stream-Closed", "true").status()).isEqualTo(409);
		assertThat(client().get("p").body()).isEqualTo("ab");
	}

	@Test
	void producerMayCloseWithoutAnAppend() {
		client().put("p", TEXT, "a");
		Answer closed = produce("", 0, 0, "Stream-Closed", "true");
		assertThat(closed.status()).isEqualTo(204);
		assertThat(closed.header("Producer-Seq")).isEqualTo("0");
		assertThat(produce("", 0, 0, "Stream-Closed", "true").status()).isEqualTo(204);
		assertThat(client().head("p").header("Stream-Closed")).isEqualTo("true");
	}

	private Answer produce(String body, long epoch, long sequence, String... headers) {
		String[] all = new String[headers.length + 6];
		System.arraycopy(headers, 0, all, 6, headers.length);
		all[0] = "Producer-Id";
		all[1] = "writer";
		all[2] = "Producer-Epoch";
		all[3] = Long.toString(epoch);
		all[4] = "Producer-Seq";
		all[5] = Long.toString(sequence);
		return client().post("p", TEXT, body, all);
	}

	@Test
	void readsInChunksOfWholeAppends() {
		client().put("chunks", TEXT, "");
		client().post("chunks", TEXT, "a".repeat(40));
		Answer middle = client().post("chunks", TEXT, "b".repeat(24));
		client().post("chunks", TEXT, "c".repeat(500));
		Answer end = client().post("chunks", TEXT, "d");
		Answer first = client().get("chunks");
		assertThat(first.body()).isEqualTo("a".repeat(40) + "b".repeat(24));
		assertThat(first.offset()).isEqualTo(middle.offset());
		assertThat(first.header("Stream-Up-To-Date")).isNull();
		Answer second = client().get("chunks?offset=" + first.offset());
		assertThat(second.body()).isEqualTo("c".repeat(500));
		assertThat(second.header("Stream-Up-To-Date")).isNull();
		Answer third = client().get("chunks?offset=" + second.offset());
		assertThat(third.body()).isEqualTo("d");
		assertThat(third.offset()).isEqualTo(end.offset());
		assertThat(third.header("Stream-Up-To-Date")).isEqualTo("true");
		assertThat(third.header("Cache-Control")).isEqualTo("private, no-cache");
		Answer fourth = client().get("chunks?offset=" + third.offset());
		assertThat(fourth.status()).isEqualTo(200);
		assertThat(fourth.bytes()).isEmpty();
		assertThat(fourth.offset()).isEqualTo(end.offset());
	}

	@Test
	void closureShowsOnlyAtTheEnd() {
		client().put("shut", TEXT, "a".repeat(64));
		client().post("shut", TEXT, "b", "Stream-Closed", "true");
		Answer first = client().get("shut?offset=-1");
		assertThat(first.header("Stream-Closed")).isNull();
		Answer last = client().get("shut?offset=" + first.offset());
		assertThat(last.header("Stream-Closed")).isEqualTo("true");
		Answer end = client().get("shut?offset=" + last.offset());
		assertThat(end.status()).isEqualTo(200);
		assertThat(end.header("Stream-Closed")).isEqualTo("true");
		assertThat(end.bytes()).isEmpty();
	}

	@Test
	void nowIsTheTail() {
		client().put("main", JSON, "[1]");
		Answer now = client().get("main?offset=now");
		assertThat(now.body()).isEqualTo("[]");
		assertThat(now.offset()).isEqualTo(client().head("main").offset());
		assertThat(now.header("Stream-Up-To-Date")).isEqualTo("true");
		assertThat(now.header("Cache-Control")).isEqualTo("no-store");
		assertThat(now.header("ETag")).isNull();
		client().post("main", JSON, "2", "Stream-Closed", "true");
		assertThat(client().get("main?offset=" + now.offset()).body()).isEqualTo("[2]");
		Answer closed = client().get("main?offset=now");
		assertThat(closed.header("Stream-Closed")).isEqualTo("true");
		assertThat(closed.body()).isEqualTo("[]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "?offset=", "?offset", "?offset=-2", "?offset=0", "?offset=a,b", "?offset=-1&offset=-1",
			"?offset=%2E%2E%2F", "?offset=%00", "?offset=%", "?live=sse", "?live=long-poll", "?live=push&offset=-1",
			"?offset=-1&live=sse&live=sse", "?offset=NOW" })
	void malformedQueriesAreRefused(String query) {
		client().put("main", JSON, "[1]");
		try {
			assertThat(client().get("main" + query).status()).isEqualTo(400);
		}
		catch (IllegalArgumentException ex) {
			assertThat(query).isEqualTo("?offset=%");
		}
	}

	@Test
	void offsetsInsideOfAnAppendOrPastTheTailAreRefused() {
		client().put("main", JSON, "[10,20]");
		Offset tail = Offset.parse(client().head("main").offset());
		for (long position : new long[] { 1, 3, 4, 6, 100 }) {
			assertThat(client().get("main?offset=" + new Offset(tail.incarnation(), position)).status()).isEqualTo(400);
		}
		assertThat(client().get("main?offset=" + new Offset(tail.incarnation(), 0)).body()).isEqualTo("[10,20]");
	}

	@Test
	@Spec("S5.13")
	void offsetsOfAnEarlierLifeAreGone() {
		String before = client().put("main", JSON, "[1]").offset();
		String incarnation = client().head("main").header("Stream-Incarnation");
		assertThat(client().delete("main").status()).isEqualTo(204);
		assertThat(client().get("main?offset=" + before).status()).isEqualTo(404);
		Answer created = client().put("main", JSON, "[2,3]");
		assertThat(created.status()).isEqualTo(201);
		assertThat(created.offset()).isGreaterThan(before);
		assertThat(created.header("Stream-Incarnation")).isGreaterThan(incarnation);
		for (String live : new String[] { "", "&live=sse", "&live=long-poll" }) {
			Answer gone = client().get("main?offset=" + before + live);
			assertThat(gone.status()).isEqualTo(410);
			assertThat(gone.header("Stream-Incarnation")).isEqualTo(created.header("Stream-Incarnation"));
		}
		assertThat(client().get("main").body()).isEqualTo("[2,3]");
	}

	@Test
	void everyAnswerOfAStreamTellsItsIncarnation() {
		String incarnation = client().put("main", TEXT, "a").header("Stream-Incarnation");
		assertThat(incarnation).hasSize(16).containsOnlyDigits();
		assertThat(client().head("main").header("Stream-Incarnation")).isEqualTo(incarnation);
		assertThat(client().get("main").header("Stream-Incarnation")).isEqualTo(incarnation);
		assertThat(client().get("main?offset=now").header("Stream-Incarnation")).isEqualTo(incarnation);
		assertThat(client().post("main", TEXT, "b").header("Stream-Incarnation")).isEqualTo(incarnation);
		assertThat(client().get("main?offset=-1&live=long-poll").header("Stream-Incarnation")).isEqualTo(incarnation);
		assertThat(client().head("main").offset()).startsWith(incarnation + "_");
	}

	@Test
	void etagTellsWhatACacheMayKeep() {
		client().put("main", JSON, "[1]");
		Answer first = client().get("main?offset=-1");
		String etag = first.header("ETag");
		Answer same = client().get("main?offset=-1", "If-None-Match", etag);
		assertThat(same.status()).isEqualTo(304);
		assertThat(same.bytes()).isEmpty();
		assertThat(same.header("ETag")).isEqualTo(etag);
		assertThat(same.offset()).isEqualTo(first.offset());
		assertThat(client().get("main", "If-None-Match", "\"x\", W/" + etag).status()).isEqualTo(304);
		assertThat(client().get("main", "If-None-Match", "*").status()).isEqualTo(304);
		assertThat(client().get("main", "If-None-Match", "\"x\"").status()).isEqualTo(200);
		client().post("main", JSON, "", "Stream-Closed", "true");
		Answer closed = client().get("main", "If-None-Match", etag);
		assertThat(closed.status()).isEqualTo(200);
		assertThat(closed.header("ETag")).isNotEqualTo(etag);
		client().delete("main");
		client().put("main", JSON, "[2]");
		assertThat(client().get("main", "If-None-Match", etag).status()).isEqualTo(200);
	}

	@Test
	void etagTellsWhetherTheChunkEndedAtTheTail() {
		client().put("main", TEXT, "a".repeat(60));
		String start = "main?offset=" + new Offset(Offset.parse(client().head("main").offset()).incarnation(), 0);
		Answer atTail = client().get(start);
		assertThat(atTail.header("Stream-Up-To-Date")).isEqualTo("true");
		client().post("main", TEXT, "b".repeat(60));
		Answer later = client().get(start, "If-None-Match", atTail.header("ETag"));
		assertThat(later.status()).isEqualTo(200);
		assertThat(later.bytes()).isEqualTo(atTail.bytes());
		assertThat(later.header("Stream-Up-To-Date")).isNull();
		assertThat(client().get(start, "If-None-Match", later.header("ETag")).status()).isEqualTo(304);
	}

	@Test
	void onlyWhatFollowsAnOffsetMayBeKept() {
		client().put("main", TEXT, "a".repeat(60));
		Answer tail = client().head("main");
		Offset start = new Offset(Offset.parse(tail.offset()).incarnation(), 0);
		CompletableFuture<Answer> now = client().sendAsync("GET", "main?offset=now&live=long-poll", null);
		awaitReaders(1);
		client().post("main", TEXT, "b".repeat(60));
		client().post("main", TEXT, "c".repeat(60));
		assertThat(now.join().header("Cache-Control")).isEqualTo("private, no-cache");
		for (String live : new String[] { "", "&live=long-poll" }) {
			assertThat(client().get("main?offset=-1" + live).header("Cache-Control")).isEqualTo("private, no-cache");
			for (Object offset : new Object[] { start, tail.offset() }) {
				assertThat(client().get("main?offset=" + offset + live).header("Cache-Control"))
					.isEqualTo("private, max-age=60, stale-while-revalidate=300");
			}
		}
		assertThat(client().get("main").header("Cache-Control")).isEqualTo("private, no-cache");
	}

	@Test
	void headTellsTheTailAndIsNotStored() {
		client().put("main", TEXT + "; charset=utf-8", "abc");
		Answer head = client().head("main");
		assertThat(head.status()).isEqualTo(200);
		assertThat(head.header("Content-Type")).isEqualToIgnoringWhitespace("text/plain;charset=utf-8");
		assertThat(Offset.parse(head.offset()).position()).isEqualTo(3);
		assertThat(head.header("Cache-Control")).isEqualTo("no-store");
		assertThat(head.header("Stream-Closed")).isNull();
		assertThat(client().head("nowhere").status()).isEqualTo(404);
	}

	@Test
	void longPollAnswersAtOnceWhenThereIsSomething() {
		client().put("main", JSON, "[1]");
		Answer answer = client().get("main?offset=-1&live=long-poll");
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.body()).isEqualTo("[1]");
		assertThat(answer.header("Stream-Up-To-Date")).isEqualTo("true");
		long cursor = Long.parseLong(answer.header("Stream-Cursor"));
		assertThat(
				Long.parseLong(client().get("main?offset=-1&live=long-poll&cursor=" + cursor).header("Stream-Cursor")))
			.isBetween(cursor + 1, cursor + 180);
		String beyond = "9".repeat(30);
		assertThat(client().get("main?offset=-1&live=long-poll&cursor=" + beyond).header("Stream-Cursor"))
			.hasSizeGreaterThanOrEqualTo(31);
	}

	@Test
	void longPollWaitsForTheNextAppend() {
		client().put("main", JSON, "[1]");
		CompletableFuture<Answer> answer = client().sendAsync("GET", "main?offset=now&live=long-poll", null);
		awaitReaders(1);
		assertThat(answer).isNotDone();
		Answer appended = client().post("main", JSON, "[2,3]");
		assertThat(answer.join().body()).isEqualTo("[2,3]");
		assertThat(answer.join().offset()).isEqualTo(appended.offset());
		assertThat(answer.join().header("Stream-Cursor")).containsOnlyDigits();
		awaitReaders(0);
	}

	@Test
	void longPollIsOverWhenItsAnswerArrives() {
		client().put("main", JSON, "[1]");
		CompletableFuture<Integer> readers = client().start("GET", "main?offset=now&live=long-poll", null)
			.thenApply((response) -> {
				response.close();
				return server().liveReaders();
			});
		awaitReaders(1);
		client().post("main", JSON, "2");
		assertThat(readers.join()).isZero();
	}

	@Test
	void longPollEndsWhenTheStreamIsClosed() {
		String tail = client().put("main", JSON, "[1]").offset();
		CompletableFuture<Answer> answer = client().sendAsync("GET", "main?offset=" + tail + "&live=long-poll", null);
		awaitReaders(1);
		client().post("main", JSON, "", "Stream-Closed", "true");
		for (Answer closed : new Answer[] { answer.join(), client().get("main?offset=" + tail + "&live=long-poll"),
				client().get("main?offset=now&live=long-poll") }) {
			assertThat(closed.status()).isEqualTo(204);
			assertThat(closed.header("Stream-Closed")).isEqualTo("true");
			assertThat(closed.header("Stream-Up-To-Date")).isEqualTo("true");
			assertThat(closed.offset()).isEqualTo(tail);
		}
	}

	@Test
	void longPollSeesTheLastAppendTogetherWithTheClosure() {
		client().put("main", JSON, "[1]");
		CompletableFuture<Answer> answer = client().sendAsync("GET", "main?offset=now&live=long-poll", null);
		awaitReaders(1);
		client().post("main", JSON, "[2]", "Stream-Closed", "true");
		assertThat(answer.join().body()).isEqualTo("[2]");
		assertThat(answer.join().header("Stream-Closed")).isEqualTo("true");
	}

	@Test
	void longPollEndsWhenTheStreamIsDeleted() {
		client().put("main", JSON, "[1]");
		CompletableFuture<Answer> answer = client().sendAsync("GET", "main?offset=now&live=long-poll", null);
		awaitReaders(1);
		client().delete("main");
		assertThat(answer.join().status()).isEqualTo(404);
		awaitReaders(0);
	}

	@Test
	void deletedStreamIsNotThereAnyMore() {
		client().put("main", JSON, "[1]");
		assertThat(client().delete("main").status()).isEqualTo(204);
		assertThat(client().delete("main").status()).isEqualTo(404);
		assertThat(client().get("main").status()).isEqualTo(404);
		assertThat(client().post("main", JSON, "1").status()).isEqualTo(404);
		assertThat(client().get("main?offset=-1&live=sse").status()).isEqualTo(404);
		assertThat(client().get("main?offset=-1&live=long-poll").status()).isEqualTo(404);
	}

	@Test
	void pathsOfTheProtocolItselfAreNotStreams() {
		for (String method : new String[] { "GET", "PUT", "POST", "DELETE" }) {
			Answer answer = client().send(method, "__ds/subscriptions/1", null);
			assertThat(answer.status()).isEqualTo(501);
		}
		assertThat(client().get("").status()).isEqualTo(404);
	}

	@Test
	void otherMethodsAreRefused() {
		Answer answer = client().send("PATCH", "main", "x");
		assertThat(answer.status()).isEqualTo(405);
		assertThat(answer.header("Allow")).contains("PUT", "POST");
		assertThat(client().send("OPTIONS", "main", null).status()).isEqualTo(204);
	}

	@Test
	void answersAreSafeToBeShownToABrowser() {
		for (Answer answer : new Answer[] { client().put("main", JSON, "[1]"), client().get("main"),
				client().head("main"), client().get("nowhere"), client().get("main?offset=x"),
				client().get("main?offset=-1&live=long-poll"), client().post("main", JSON, "1") }) {
			assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
			assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "text/html", "image/svg+xml", "application/xhtml+xml", "text/xml" })
	void contentThatABrowserWouldRunIsConfined(String contentType) {
		client().put("page", contentType, "<script>alert(1)</script>");
		List<Answer> answers = new ArrayList<>();
		String offset = client().head("page").offset();
		for (String query : new String[] { "", "?offset=-1", "?offset=now", "?offset=" + offset,
				"?offset=-1&live=long-poll", "?offset=wrong" }) {
			answers.add(client().get("page" + query));
		}
		answers.add(client().get("page", "If-None-Match", "*"));
		answers.add(client().send("OPTIONS", "page", null));
		answers.add(client().post("page", contentType, "", "Stream-Closed", "true"));
		answers.add(client().get("page?offset=-1&live=sse"));
		assertThat(answers).extracting((answer) -> answer.header("Content-Security-Policy"))
			.containsOnly("default-src 'none'; frame-ancestors 'none'; sandbox");
	}

	@Test
	void bytesOfOtherTypesAreKeptAsTheyAre() {
		byte[] all = new byte[256];
		for (int i = 0; i < all.length; i++) {
			all[i] = (byte) i;
		}
		client().put("octets", "application/octet-stream", "");
		client().start("POST", "octets", all, "Content-Type", "application/octet-stream").join().close();
		assertThat(client().get("octets").bytes()).isEqualTo(all);
	}

	@Test
	void textKeepsItsBytesToo() {
		client().put("text", TEXT, "grüße\r\n\0");
		assertThat(client().get("text").bytes()).isEqualTo("grüße\r\n\0".getBytes(StandardCharsets.UTF_8));
	}

	void awaitReaders(int count) {
		await().until(() -> server().liveReaders() == count);
	}

	@Test
	void streamTellsWhenItExpires() {
		Answer idle = client().put("idle", TEXT, "", "Stream-TTL", "3600");
		assertThat(idle.status()).isEqualTo(201);
		assertThat(idle.header("Stream-TTL")).isEqualTo("3600");
		assertThat(client().head("idle").header("Stream-TTL")).isEqualTo("3600");
		assertThat(client().head("idle").header("Stream-Expires-At")).isNull();
		client().put("fixed", TEXT, "", "Stream-Expires-At", "2999-01-01T01:00:00+01:00");
		assertThat(client().head("fixed").header("Stream-Expires-At")).isEqualTo("2999-01-01T00:00:00Z");
		assertThat(
				client().put("both", TEXT, "", "Stream-Expires-At", "2999-01-01T00:00:00Z", "Stream-TTL", "1").status())
			.isEqualTo(400);
	}

	@Test
	void createConflictsWithAStreamOfAnotherEnd() {
		client().put("idle", TEXT, "", "Stream-TTL", "3600");
		assertThat(client().put("idle", TEXT, "", "Stream-TTL", "3600").status()).isEqualTo(200);
		assertThat(client().put("idle", TEXT, "", "Stream-TTL", "60").status()).isEqualTo(409);
		assertThat(client().put("idle", TEXT, "").status()).isEqualTo(409);
		client().put("fixed", TEXT, "", "Stream-Expires-At", "2999-01-01T00:00:00Z");
		assertThat(client().put("fixed", TEXT, "", "Stream-Expires-At", "2999-01-01T01:00:00+01:00").status())
			.isEqualTo(200);
		assertThat(client().put("fixed", TEXT, "", "Stream-TTL", "60").status()).isEqualTo(409);
	}

	@ParameterizedTest
	@CsvSource({ "Stream-TTL, 0", "Stream-Expires-At, 2000-01-01T00:00:00Z" })
	void streamWhoseTimeIsOverIsNotThere(String header, String value) {
		assertThat(client().put("brief", TEXT, "x", header, value).status()).isEqualTo(201);
		assertThat(client().get("brief").status()).isEqualTo(404);
		assertThat(client().head("brief").status()).isEqualTo(404);
		assertThat(client().post("brief", TEXT, "x").status()).isEqualTo(404);
		assertThat(client().delete("brief").status()).isEqualTo(404);
		assertThat(client().put("brief", TEXT, "").status()).isEqualTo(201);
	}

	@Test
	void streamWithALongTimeToLiveIsThere() {
		client().put("long", TEXT, "x", "Stream-TTL", "999999999999999999");
		assertThat(client().get("long").body()).isEqualTo("x");
	}

	@Test
	void cachesKeepNothingLongerThanTheStreamIsThere() {
		client().put("brief", TEXT, "x".repeat(64), "Stream-TTL", "5");
		client().post("brief", TEXT, "y".repeat(64));
		client().post("brief", TEXT, "z");
		Answer first = client().get("brief");
		assertThat(client().get("brief?offset=" + first.offset()).header("Cache-Control"))
			.matches("private, max-age=[0-5]");
	}

	private Answer fork(String path, String source, String... headers) {
		List<String> all = new ArrayList<>(List.of("Stream-Forked-From", url(source).getPath()));
		all.addAll(List.of(headers));
		return client().send("PUT", path, "", all.toArray(String[]::new));
	}

	@Test
	void forkBranchesOffWhereItIsTold() {
		String offset = client().put("main", JSON, "[1]").offset();
		client().post("main", JSON, "[2,3]");
		assertThat(fork("tail", "main").status()).isEqualTo(201);
		assertThat(fork("middle", "main", "Stream-Fork-Offset", offset).status()).isEqualTo(201);
		assertThat(fork("inside", "main", "Stream-Fork-Offset", offset, "Stream-Fork-Sub-Offset", "1").status())
			.isEqualTo(201);
		client().post("main", JSON, "4");
		client().post("middle", JSON, "5");
		assertThat(client().get("tail").body()).isEqualTo("[1,2,3]");
		assertThat(client().get("middle").body()).isEqualTo("[1,5]");
		assertThat(client().get("inside").body()).isEqualTo("[1,2]");
		assertThat(client().get("main").body()).isEqualTo("[1,2,3,4]");
		assertThat(client().get("middle?offset=" + offset).body()).isEqualTo("[5]");
		assertThat(client().head("middle").header("Content-Type")).isEqualTo(JSON);
	}

	@ParameterizedTest
	@CsvSource({ "0, ''", "1, 1.50", "2, '1.50,\"a,b\"'", "3, '1.50,\"a,b\",{\"c\":[1, 2]}'",
			"4, '1.50,\"a,b\",{\"c\":[1, 2]},7'" })
	void subOffsetCountsMessagesWhateverTheyAre(int count, String messages) {
		client().put("main", JSON, "[1.50 , \"a,b\",{\"c\":[1, 2]} ,7]");
		assertThat(fork("fork", "main", "Stream-Fork-Offset", "0000000000000000_0000000000000000",
				"Stream-Fork-Sub-Offset", Integer.toString(count))
			.status()).isEqualTo(201);
		assertThat(client().get("fork").body()).isEqualTo("[" + messages + "]");
	}

	@Test
	void forkThatIsNowhereIsRefused() {
		String start = "0000000000000000_0000000000000000";
		client().put("main", TEXT, "hello");
		String earlier = client().head("main").offset();
		client().delete("main");
		client().put("main", TEXT, "hello");
		assertThat(fork("x", "nowhere").status()).isEqualTo(404);
		assertThat(fork("x", "main", "Stream-Fork-Offset", "soon").status()).isEqualTo(400);
		assertThat(fork("x", "main", "Stream-Fork-Offset", earlier).status()).isEqualTo(400);
		assertThat(fork("x", "main", "Stream-Fork-Offset", start, "Stream-Fork-Sub-Offset", "6").status())
			.isEqualTo(400);
		assertThat(fork("x", "main", "Stream-Fork-Offset", start, "Stream-Fork-Sub-Offset", "01").status())
			.isEqualTo(400);
		assertThat(fork("x", "main", "Stream-Fork-Sub-Offset", "1").status()).isEqualTo(400);
		assertThat(fork("x", "main", "Content-Type", JSON).status()).isEqualTo(409);
		String tail = client().head("main").offset();
		String inside = tail.substring(0, tail.length() - 1) + "3";
		assertThat(fork("x", "main", "Stream-Fork-Offset", inside).status()).isEqualTo(400);
		assertThat(client().head("x").status()).isEqualTo(404);
		assertThat(client().delete("main").status()).isEqualTo(204);
		assertThat(client().head("main").status()).isEqualTo(404);
	}

	@Test
	void forkThatIsThereAlreadyIsFoundHoweverMuchItsSourceHasGrown() {
		String offset = client().put("main", TEXT, "a").offset();
		fork("fork", "main");
		client().post("main", TEXT, "b");
		assertThat(fork("fork", "main").status()).isEqualTo(200);
		assertThat(fork("fork", "main", "Stream-Fork-Offset", offset).status()).isEqualTo(200);
		assertThat(fork("fork", "main", "Stream-Fork-Offset", client().head("main").offset()).status()).isEqualTo(409);
		assertThat(fork("fork", "fork").status()).isEqualTo(409);
		assertThat(client().put("fork", TEXT, "").status()).isEqualTo(409);
		client().delete("main");
		assertThat(fork("fork", "main").status()).isEqualTo(200);
	}

	@Test
	void forkEndsAsItsSourceUnlessItIsToldOtherwise() {
		client().put("idle", TEXT, "", "Stream-TTL", "3600");
		client().put("fixed", TEXT, "", "Stream-Expires-At", "2999-01-01T00:00:00Z");
		client().put("main", TEXT, "");
		assertThat(fork("1", "idle").header("Stream-TTL")).isEqualTo("3600");
		assertThat(fork("2", "idle", "Stream-TTL", "7200").header("Stream-TTL")).isEqualTo("7200");
		Answer third = fork("3", "idle", "Stream-Expires-At", "2998-01-01T00:00:00Z");
		assertThat(third.header("Stream-Expires-At")).isEqualTo("2998-01-01T00:00:00Z");
		assertThat(third.header("Stream-TTL")).isNull();
		assertThat(fork("4", "fixed").header("Stream-Expires-At")).isEqualTo("2999-01-01T00:00:00Z");
		Answer fifth = fork("5", "fixed", "Stream-TTL", "60");
		assertThat(fifth.header("Stream-TTL")).isEqualTo("60");
		assertThat(fifth.header("Stream-Expires-At")).isNull();
		Answer sixth = fork("6", "main");
		assertThat(sixth.header("Stream-TTL")).isNull();
		assertThat(sixth.header("Stream-Expires-At")).isNull();
		assertThat(fork("1", "idle").status()).isEqualTo(200);
		assertThat(fork("2", "idle", "Stream-TTL", "60").status()).isEqualTo(409);
	}

	@Test
	void firstContentOfAForkFollowsWhatItInherits() {
		client().put("main", JSON, "[1,2,3]");
		String source = url("main").getPath();
		client().put("fork", JSON, "[7]", "Stream-Forked-From", source, "Stream-Fork-Offset",
				"0000000000000000_0000000000000000", "Stream-Fork-Sub-Offset", "2", "Stream-Closed", "true");
		Answer fork = client().get("fork");
		assertThat(fork.body()).isEqualTo("[1,2,7]");
		assertThat(fork.header("Stream-Closed")).isEqualTo("true");
	}

	@Test
	void streamThatForksNeedIsGoneForItsClients() {
		client().put("main", TEXT, "data");
		fork("fork", "main");
		assertThat(client().delete("main").status()).isEqualTo(204);
		assertThat(client().get("main").status()).isEqualTo(410);
		assertThat(client().get("main?offset=-1&live=sse").status()).isEqualTo(410);
		assertThat(client().head("main").status()).isEqualTo(410);
		assertThat(client().post("main", TEXT, "x").status()).isEqualTo(410);
		assertThat(client().delete("main").status()).isEqualTo(410);
		assertThat(client().put("main", TEXT, "").status()).isEqualTo(409);
		assertThat(fork("other", "main").status()).isEqualTo(409);
		assertThat(client().get("fork").body()).isEqualTo("data");
		assertThat(client().delete("fork").status()).isEqualTo(204);
		await().until(() -> client().head("main").status() == 404);
		assertThat(client().put("main", TEXT, "").status()).isEqualTo(201);
	}

	@Test
	void longPollEndsWhenItsStreamIsKeptForForksOnly() {
		client().put("main", JSON, "[1]");
		fork("fork", "main");
		CompletableFuture<Answer> answer = client().sendAsync("GET", "main?offset=now&live=long-poll", null);
		awaitReaders(1);
		client().delete("main");
		assertThat(answer.join().status()).isEqualTo(410);
	}

	@Test
	@Spec({ "S7.1", "S7.2" })
	void appendWithAConditionIsDoneAtThatTailOnly() {
		String start = client().put("main", JSON, "").offset();
		Answer first = client().post("main", JSON, "1", "If-Match", '"' + start + '"');
		assertThat(first.status()).isEqualTo(204);
		Answer second = client().post("main", JSON, "2", "If-Match", start);
		assertThat(second.status()).isEqualTo(412);
		assertThat(second.offset()).isEqualTo(first.offset());
		assertThat(client().post("main", JSON, "3", "If-Match", second.offset()).status()).isEqualTo(204);
		assertThat(client().post("main", JSON, "4", "If-Match", "*").status()).isEqualTo(400);
		assertThat(client().get("main").body()).isEqualTo("[1,3]");
	}

	@Test
	void scriptsOfLocalOriginsAreToldWhatTheyMaySee() {
		Answer preflight = client().send("OPTIONS", "main", null);
		assertThat(preflight.header("Access-Control-Allow-Methods")).contains("PUT", "DELETE");
		assertThat(preflight.header("Access-Control-Allow-Headers")).contains("If-None-Match", "Producer-Id",
				"Stream-Closed", "Authorization");
		assertThat(client().put("main", JSON, "[1]").header("Access-Control-Allow-Origin")).isNull();
	}

}
