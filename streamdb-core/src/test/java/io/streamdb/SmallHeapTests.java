package io.streamdb;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Loads a response that is much larger than the heap, in a process of its own: SPEC P2.
 * With the profile for long tests it has 1 GB.
 */
@Timeout(600)
class SmallHeapTests {

	private static final int MEGABYTES = Integer.getInteger("streamdb.small-heap.megabytes", 192);

	@Test
	@Spec("P2.3")
	void aResponseOfManyTimesTheHeapIsLoaded() throws Exception {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx64m", "-cp", System.getProperty("java.class.path"), LargeLoad.class.getName(),
				Integer.toString(MEGABYTES))
			.redirectErrorStream(true)
			.start();
		try {
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
			assertThat(process.exitValue()).as(output).isZero();
			assertThat(output).contains("rows " + LargeLoad.KEYS);
		}
		finally {
			process.destroyForcibly();
		}
	}

}
