package io.streamdb.client;

import java.lang.reflect.Method;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * Makes the threads of readers, producers and requests where the application brings none:
 * daemon threads named {@code streamdb-…}, virtual ones where the runtime has them (JDK
 * 21 and newer).
 */
public final class StreamThreads {

	private static final @Nullable Method OF_VIRTUAL = virtualThreads();

	private StreamThreads() {
	}

	/**
	 * Returns an executor that starts a thread for every task.
	 * @param name what the threads do; they are called {@code streamdb-<name>-<number>}
	 * @return the executor, which never refuses a task and holds no resources
	 */
	public static Executor perTask(String name) {
		ThreadFactory factory = factory(name);
		return (task) -> factory.newThread(task).start();
	}

	/**
	 * Returns a factory of such threads.
	 * @param name what the threads do; they are called {@code streamdb-<name>-<number>}
	 * @return the factory
	 */
	public static ThreadFactory factory(String name) {
		String prefix = "streamdb-" + name + "-";
		AtomicLong number = new AtomicLong();
		return (task) -> newThread(task, prefix + number.incrementAndGet());
	}

	private static Thread newThread(Runnable task, String name) {
		Thread thread = (OF_VIRTUAL != null) ? newVirtualThread(OF_VIRTUAL, task) : new Thread(task);
		thread.setName(name);
		thread.setDaemon(true);
		return thread;
	}

	private static Thread newVirtualThread(Method ofVirtual, Runnable task) {
		try {
			Object builder = ofVirtual.invoke(null);
			return (Thread) ofVirtual.getReturnType().getMethod("unstarted", Runnable.class).invoke(builder, task);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("This runtime announces virtual threads and does not make them", ex);
		}
	}

	private static @Nullable Method virtualThreads() {
		try {
			Method ofVirtual = Thread.class.getMethod("ofVirtual");
			newVirtualThread(ofVirtual, () -> {
			});
			return ofVirtual;
		}
		catch (NoSuchMethodException | IllegalStateException ex) {
			// JDK 17 has none, and 19 and 20 have them only as a preview.
			return null;
		}
	}

}
