package io.streamdb.boot.aot;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import io.streamdb.boot.app.Note;
import io.streamdb.boot.app.RenameTask;
import io.streamdb.boot.app.Task;
import io.streamdb.boot.app.TaskRepository;
import io.streamdb.boot.app.TestApplication;
import io.streamdb.boot.autoconfigure.StreamDbAutoConfiguration;
import io.streamdb.boot.autoconfigure.StreamDbRepositoriesAutoConfiguration;
import io.streamdb.boot.autoconfigure.StreamDbServerAutoConfiguration;
import io.streamdb.data.action.ActionInvoker;
import io.streamdb.data.action.ActionRegistry;
import io.streamdb.data.action.StreamAction;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.FileSystemGeneratedFiles;
import org.springframework.aot.generate.GeneratedFiles;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.ResolvableType;
import org.springframework.javapoet.ClassName;
import org.springframework.util.ClassUtils;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that is processed ahead of time, compiled and started.
 */
class AheadOfTimeIntegrationTests {

	@TempDir
	private Path directory;

	@Test
	void applicationStartsFromWhatWasGenerated() throws Exception {
		String initializer = process();
		compile();
		runWithGeneratedClasses(initializer);
	}

	private String process() {
		DefaultGenerationContext generation = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get(Application.class)),
				new FileSystemGeneratedFiles((kind) -> directory(kind)));
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.setAllowBeanDefinitionOverriding(false);
			context.register(Application.class);
			ClassName initializer = new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			generation.writeGeneratedContent();
			return initializer.reflectionName();
		}
	}

	private Path directory(GeneratedFiles.Kind kind) {
		return this.directory.resolve(kind.name());
	}

	private void compile() throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter messages = new StringWriter();
		Path classes = Files.createDirectories(directory(GeneratedFiles.Kind.CLASS));
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8);
				Stream<Path> sources = Files.walk(directory(GeneratedFiles.Kind.SOURCE))) {
			List<Path> java = sources.filter((path) -> path.toString().endsWith(".java")).toList();
			boolean compiled = compiler
				.getTask(messages, files, null,
						List.of("-proc:none", "-cp", System.getProperty("java.class.path"), "-d", classes.toString()),
						null, files.getJavaFileObjectsFromPaths(java))
				.call();
			assertThat(compiled).as(messages.toString()).isTrue();
		}
	}

	/**
	 * Generated classes see what is package-private, so one class loader has to load them
	 * with all others.
	 */
	private void runWithGeneratedClasses(String initializer) throws Exception {
		List<URL> urls = new ArrayList<>();
		urls.add(directory(GeneratedFiles.Kind.CLASS).toUri().toURL());
		for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
			urls.add(Path.of(path).toUri().toURL());
		}
		Thread thread = Thread.currentThread();
		ClassLoader outer = thread.getContextClassLoader();
		try (URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new),
				ClassLoader.getPlatformClassLoader())) {
			thread.setContextClassLoader(loader);
			Class<?> run = loader.loadClass(GeneratedRun.class.getName());
			Constructor<?> constructor = run.getDeclaredConstructor(String.class);
			constructor.setAccessible(true);
			((Runnable) constructor.newInstance(initializer)).run();
		}
		finally {
			thread.setContextClassLoader(outer);
		}
	}

	/**
	 * Starts the application from what was generated, and uses it.
	 *
	 * @param initializer the name of the class that was generated
	 */
	record GeneratedRun(String initializer) implements Runnable {

		@Override
		public void run() {
			try (GenericApplicationContext context = new GenericApplicationContext()) {
				// As Boot does.
				context.setAllowBeanDefinitionOverriding(false);
				generated().initialize(context);
				context.refresh();
				use(context);
			}
		}

		@SuppressWarnings("unchecked")
		private ApplicationContextInitializer<GenericApplicationContext> generated() {
			Class<?> type = ClassUtils.resolveClassName(this.initializer, GeneratedRun.class.getClassLoader());
			return (ApplicationContextInitializer<GenericApplicationContext>) BeanUtils.instantiateClass(type);
		}

		private static void use(GenericApplicationContext context) {
			Board board = context.getBean(Board.class);
			board.tasks.save(new Task("1", "wash"));
			UUID id = UUID.randomUUID();
			board.notes.save(new Note(id, "hello"));
			assertThat(board.notes.findById(id)).contains(new Note(id, "hello"));
			assertThat(board.declared.findAll()).containsExactly(new Task("1", "wash"));
			assertThat(board.tasks).isSameAs(board.declared);
			assertThat(board.rename.invokeAndWait(new Task("1", "iron")).title()).isEqualTo("iron");
			assertThat(board.shout.invokeAndWait(new Loudness("1")).title()).isEqualTo("IRON");
			assertThat(board.other.invokeAndWait(new Loudness("1")).title()).isEqualTo("iron");
			assertThat(context.getBean(ActionRegistry.class).names()).containsExactly("rename", "shout", "whisper");
			board.drafts.save(new Draft("1", "soon"));
			assertThat(board.drafts.findAll()).containsExactly(new Draft("1", "soon"));
			assertThat(board.all).containsOnlyKeys("taskRepository", "taskStreamRepository", "noteStreamRepository",
					"draftStreamRepository");
			assertThat(context.getBeanNamesForType(
					ResolvableType.forClassWithGenerics(StreamRepository.class, Task.class, Long.class)))
				.isEmpty();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ JacksonAutoConfiguration.class, StreamDbServerAutoConfiguration.class,
			StreamDbAutoConfiguration.class, StreamDbRepositoriesAutoConfiguration.class })
	@EntityScan(basePackageClasses = { Task.class, Draft.class })
	@Import({ TestApplication.class, RenameTask.class, Board.class })
	static class Application {

		@Bean
		@StreamAction
		OptimisticAction<Loudness, Task> shout() {
			return (loudness, context) -> update(context, loudness.id(), (title) -> title.toUpperCase(Locale.ROOT));
		}

		@Bean
		@StreamAction
		OptimisticAction<Loudness, Task> whisper() {
			return (loudness, context) -> update(context, loudness.id(), (title) -> title.toLowerCase(Locale.ROOT));
		}

		private static Task update(ActionContext context, String id, UnaryOperator<String> function) {
			return context.collection(Task.class).update(id, (task) -> new Task(id, function.apply(task.title())));
		}

	}

	/** Not public, as what belongs to one package often is. */
	record Loudness(String id) {
	}

	record Board(StreamRepository<Task, String> tasks, StreamRepository<Note, UUID> notes,
			StreamRepository<Draft, String> drafts, TaskRepository declared, ActionInvoker<Task, Task> rename,
			ActionInvoker<Loudness, Task> shout, @Qualifier("whisper") ActionInvoker<Loudness, Task> other,
			Map<String, StreamRepository<?, ?>> all) {
	}

}
