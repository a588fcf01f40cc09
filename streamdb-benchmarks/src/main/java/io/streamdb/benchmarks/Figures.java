package io.streamdb.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The figures of several runs, by what was measured.
 */
final class Figures {

	private final Map<String, List<Double>> values = new LinkedHashMap<>();

	/**
	 * Adds the figures that a run has printed.
	 */
	void add(String output) {
		output.lines()
			.filter((line) -> line.startsWith("{"))
			.map(Figure::parse)
			.forEach((figure) -> this.values.computeIfAbsent(figure.metric(), (metric) -> new ArrayList<>())
				.add(figure.value()));
	}

	double median(String metric) {
		List<Double> found = this.values.get(metric);
		if (found == null) {
			throw new IllegalStateException("No figure for " + metric + ", only for " + this.values.keySet());
		}
		double[] sorted = found.stream().mapToDouble(Double::doubleValue).sorted().toArray();
		return sorted[sorted.length / 2];
	}

	/**
	 * Formats a figure for people.
	 */
	static String text(double value) {
		return (value >= 100) ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.3g", value);
	}

}
