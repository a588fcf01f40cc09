package io.streamdb.benchmarks;

import java.util.Arrays;

import tools.jackson.databind.json.JsonMapper;

/**
 * One measured figure, printed as one line of JSON like the reference's benchmarks do.
 *
 * @param metric what was measured
 * @param value the figure
 * @param unit its unit
 */
record Figure(String metric, double value, String unit) {

	private static final JsonMapper MAPPER = JsonMapper.builder().build();

	static Figure parse(String line) {
		return MAPPER.readValue(line, Figure.class);
	}

	static Figure percentile(String metric, long[] nanos, double quantile) {
		long[] sorted = nanos.clone();
		Arrays.sort(sorted);
		long value = sorted[Math.min(sorted.length - 1, (int) (sorted.length * quantile))];
		return new Figure(metric, value / 1e6, "ms");
	}

	String toLine() {
		return MAPPER.writeValueAsString(this);
	}

}
