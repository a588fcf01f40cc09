package io.streamdb.testsupport;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.streamdb.Spec;
import org.junit.jupiter.api.Disabled;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Which sentences the test classes of one module name with {@link Spec}, held against
 * {@code spec-sentences.txt}: a line is the number, a tab and the sentence in short, and
 * for a sentence that only another module can show, a tab and that module.
 */
public final class SpecCoverage {

	private static final String CORE = "streamdb-core";

	private final Map<String, String> modulesBySentence;

	private final Map<String, List<String>> testsBySentence = new TreeMap<>();

	private final TreeSet<String> withoutTest = new TreeSet<>();

	private SpecCoverage(Map<String, String> modulesBySentence) {
		this.modulesBySentence = modulesBySentence;
	}

	/**
	 * Looks through all test classes that were compiled together with the given one.
	 * @param neighbour a test class of the module
	 * @return what they name
	 */
	public static SpecCoverage of(Class<?> neighbour) {
		SpecCoverage coverage = new SpecCoverage(sentences());
		try {
			Path root = Path.of(neighbour.getProtectionDomain().getCodeSource().getLocation().toURI());
			try (Stream<Path> files = Files.walk(root)) {
				files.map((file) -> root.relativize(file).toString())
					.filter((file) -> file.endsWith(".class") && !file.endsWith("-info.class"))
					.map((file) -> file.substring(0, file.length() - ".class".length()).replaceAll("[/\\\\]", "."))
					.sorted()
					.forEach((name) -> coverage.look(load(name, neighbour.getClassLoader())));
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
		return coverage;
	}

	/**
	 * The sentences that the module has to show and that none of its tests names.
	 * @param module the artifact id of the module
	 * @return their numbers, sorted
	 */
	public TreeSet<String> untested(String module) {
		TreeSet<String> untested = new TreeSet<>();
		this.modulesBySentence.forEach((sentence, shownBy) -> {
			if (shownBy.equals(module) && !this.testsBySentence.containsKey(sentence)) {
				untested.add(sentence);
			}
		});
		return untested;
	}

	/**
	 * What is named and stands in no line of the file.
	 * @return by number, the tests that name it
	 */
	public Map<String, List<String>> unknown() {
		Map<String, List<String>> unknown = new TreeMap<>(this.testsBySentence);
		unknown.keySet().removeAll(this.modulesBySentence.keySet());
		return unknown;
	}

	/**
	 * What names a sentence and shows nothing, because it is no test or is switched off.
	 * @return names of classes and methods
	 */
	public TreeSet<String> annotatedWithoutTest() {
		return this.withoutTest;
	}

	private void look(Class<?> type) {
		Method[] methods = type.getDeclaredMethods();
		note(type, type.getName(), hasTests(type));
		for (Method method : methods) {
			if (!method.isSynthetic()) {
				note(method, type.getName() + "#" + method.getName(), isTest(method));
			}
		}
	}

	private void note(AnnotatedElement element, String name, boolean test) {
		Spec spec = element.getDeclaredAnnotation(Spec.class);
		if (spec == null) {
			return;
		}
		if (!test || AnnotationSupport.isAnnotated(element, Disabled.class)) {
			this.withoutTest.add(name);
			return;
		}
		for (String sentence : spec.value()) {
			this.testsBySentence.merge(sentence, List.of(name),
					(left, right) -> Stream.concat(left.stream(), right.stream()).toList());
		}
	}

	/** Its own ones, or those of a contract that it keeps. */
	private static boolean hasTests(Class<?> type) {
		Class<?> declaring = type;
		while (declaring != null) {
			if (Arrays.stream(declaring.getDeclaredMethods()).anyMatch(SpecCoverage::isTest)) {
				return true;
			}
			declaring = declaring.getSuperclass();
		}
		return false;
	}

	private static boolean isTest(Method method) {
		return AnnotationSupport.isAnnotated(method, Testable.class);
	}

	private static Class<?> load(String name, ClassLoader loader) {
		try {
			return Class.forName(name, false, loader);
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Map<String, String> sentences() {
		InputStream resource = Spec.class.getResourceAsStream("/spec-sentences.txt");
		if (resource == null) {
			throw new IllegalStateException("spec-sentences.txt is not on the class path");
		}
		Map<String, String> modules = new LinkedHashMap<>();
		try (BufferedReader lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
			lines.lines().forEach((line) -> {
				String[] columns = line.split("\t");
				if (columns.length < 2 || columns.length > 3
						|| modules.put(columns[0], (columns.length == 3) ? columns[2] : CORE) != null) {
					throw new IllegalStateException("Not a line of its own in spec-sentences.txt: " + line);
				}
			});
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return modules;
	}

}
