package io.streamdb.server;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Who may touch a response and when. The web server here does what the servlet
 * specification lets it do at the worst moment.
 */
class ServletExchangeTests {

	private final Container container = new Container();

	private final AtomicBoolean closed = new AtomicBoolean();

	private final ProtocolResponse response = ProtocolResponse.of(200).body(new Body(this.closed));

	static Stream<Consumer<Container>> callbacksThatEndTheExchange() {
		return Stream.of((container) -> container.writeListener.onError(new IOException("Broken pipe")),
				(container) -> container.asyncListener(AsyncListener::onError),
				(container) -> container.asyncListener(AsyncListener::onTimeout),
				(container) -> container.asyncListener(AsyncListener::onComplete));
	}

	@ParameterizedTest
	@MethodSource("callbacksThatEndTheExchange")
	void responseIsNotTakenAwayWhileItIsWritten(Consumer<Container> callback) throws Exception {
		CompletableFuture<ProtocolResponse> answer = new CompletableFuture<>();
		ServletExchange.begin(this.container.context(), this.container.response(), answer);
		this.container.writeListener.onWritePossible();
		this.container.holdsWrites = true;
		Thread writer = new Thread(() -> answer.complete(this.response));
		writer.start();
		this.container.writing.await();
		Thread dispatch = new Thread(() -> {
			callback.accept(this.container);
			this.container.takenAway = true;
		});
		dispatch.start();
		await()
			.until(() -> dispatch.getState() == Thread.State.WAITING || dispatch.getState() == Thread.State.TERMINATED);
		assertThat(dispatch.isAlive()).as("the callback waits for the writer").isTrue();
		this.container.goOn.countDown();
		writer.join();
		dispatch.join();
		assertThat(this.container.tooLate).isEmpty();
		assertThat(this.closed).isTrue();
		assertThat(this.container.completions.get()).isLessThanOrEqualTo(1);
	}

	@ParameterizedTest
	@MethodSource("callbacksThatEndTheExchange")
	void answerThatComesTooLateTouchesNothing(Consumer<Container> callback) throws Exception {
		CompletableFuture<ProtocolResponse> answer = new CompletableFuture<>() {

			@Override
			public boolean cancel(boolean mayInterruptIfRunning) {
				// Is being completed just now.
				return false;
			}

		};
		ServletExchange.begin(this.container.context(), this.container.response(), answer);
		this.container.writeListener.onWritePossible();
		callback.accept(this.container);
		this.container.takenAway = true;
		answer.complete(this.response);
		assertThat(this.container.tooLate).isEmpty();
		assertThat(this.closed).isTrue();
	}

	@Test
	void listenerIsSetByTheThreadOfTheRequest() throws Exception {
		CompletableFuture<ProtocolResponse> answer = new CompletableFuture<>();
		ServletExchange.begin(this.container.context(), this.container.response(), answer);
		WriteListener listener = this.container.writeListener;
		assertThat(listener).isNotNull();
		listener.onWritePossible();
		CompletableFuture.runAsync(() -> answer.complete(this.response)).join();
		assertThat(this.container.writeListener).isSameAs(listener);
		assertThat(this.container.completions).hasValue(1);
		assertThat(this.closed).isTrue();
	}

	@Test
	void answerIsGivenUpWhenTheExchangeCannotBegin() {
		this.container.refusesListeners = true;
		assertThatIllegalStateException().isThrownBy(() -> ServletExchange.begin(this.container.context(),
				this.container.response(), CompletableFuture.completedFuture(this.response)));
		assertThat(this.closed).isTrue();
		CompletableFuture<ProtocolResponse> later = new CompletableFuture<>();
		assertThatIllegalStateException()
			.isThrownBy(() -> ServletExchange.begin(this.container.context(), this.container.response(), later));
		assertThat(later).isCancelled();
	}

	@Test
	void bodyThatTheConnectionTakesNeedsNoThreadToComeBack() throws Exception {
		byte[] bytes = new byte[100_000];
		ServletExchange.begin(this.container.context(), this.container.response(),
				CompletableFuture.completedFuture(ProtocolResponse.of(200).body(new BytesBody(bytes))));
		this.container.writeListener.onWritePossible();
		assertThat(this.container.written).hasValue(bytes.length);
		assertThat(this.container.completions).hasValue(1);
	}

	@Test
	void responseThatTheWebServerTakesAwayIsNoError() throws Exception {
		this.container.recycled = true;
		ListAppender<ILoggingEvent> log = new ListAppender<>();
		Logger logger = (Logger) LoggerFactory.getLogger(ServletExchange.class);
		log.start();
		logger.addAppender(log);
		try {
			ServletExchange.begin(this.container.context(), this.container.response(),
					CompletableFuture.completedFuture(this.response));
			this.container.writeListener.onWritePossible();
		}
		finally {
			logger.detachAppender(log);
		}
		assertThat(log.list).noneMatch((event) -> event.getLevel().isGreaterOrEqual(Level.INFO));
		assertThat(this.closed).isTrue();
		assertThat(this.container.dispatches).hasValue(0);
	}

	@ParameterizedTest
	@ValueSource(classes = { IOException.class, IllegalStateException.class, AssertionError.class })
	void bodyThatFailsBreaksTheResponseOff(Class<? extends Throwable> type) throws Exception {
		Throwable failure = type.getDeclaredConstructor().newInstance();
		ResponseBody broken = new Body(this.closed) {

			@Override
			public int read(byte[] target, int offset, int length) throws IOException {
				if (failure instanceof Error error) {
					throw error;
				}
				if (failure instanceof RuntimeException exception) {
					throw exception;
				}
				throw (IOException) failure;
			}

		};
		ServletExchange.begin(this.container.context(), this.container.response(),
				CompletableFuture.completedFuture(ProtocolResponse.of(200).body(broken)));
		this.container.writeListener.onWritePossible();
		assertThat(this.closed).isTrue();
		assertThat(this.container.dispatches).hasValue(1);
	}

	private static class Body implements ResponseBody {

		private final AtomicBoolean closed;

		private boolean taken;

		Body(AtomicBoolean closed) {
			this.closed = closed;
		}

		@Override
		public long length() {
			return 1;
		}

		@Override
		public int read(byte[] target, int offset, int length) throws IOException {
			if (this.taken) {
				return END;
			}
			this.taken = true;
			target[offset] = 'x';
			return 1;
		}

		@Override
		public void whenReady(Runnable action) {
			throw new IllegalStateException("There is nothing to wait for");
		}

		@Override
		public void close() {
			this.closed.set(true);
		}

	}

	/**
	 * A web server that has one request, and takes its response away at some time. What
	 * is too much for its buffer has to wait for the connection.
	 */
	private static final class Container {

		private static final int BUFFER = 8192;

		final AtomicInteger written = new AtomicInteger();

		final AtomicInteger buffered = new AtomicInteger();

		final CountDownLatch writing = new CountDownLatch(1);

		final CountDownLatch goOn = new CountDownLatch(1);

		final List<String> tooLate = new CopyOnWriteArrayList<>();

		final AtomicInteger completions = new AtomicInteger();

		final AtomicInteger dispatches = new AtomicInteger();

		volatile boolean holdsWrites;

		volatile boolean recycled;

		volatile boolean refusesListeners;

		volatile boolean takenAway;

		volatile WriteListener writeListener;

		private volatile AsyncListener asyncListener;

		AsyncContext context() {
			return proxy(AsyncContext.class, (name, arguments) -> {
				if (name.equals("addListener")) {
					this.asyncListener = (AsyncListener) arguments[0];
				}
				else if (name.equals("complete")) {
					this.completions.incrementAndGet();
				}
				else if (name.equals("dispatch")) {
					this.dispatches.incrementAndGet();
				}
				else if (name.equals("getRequest")) {
					return proxy(HttpServletRequest.class, (called, values) -> null);
				}
				return null;
			});
		}

		HttpServletResponse response() {
			return proxy(HttpServletResponse.class, (name, arguments) -> switch (name) {
				case "getOutputStream" -> new Output();
				case "getBufferSize" -> BUFFER;
				default -> null;
			});
		}

		private <T> T proxy(Class<T> type, Calls calls) {
			return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type },
					(self, method, arguments) -> {
						touched(method.getName());
						return calls.call(method.getName(), arguments);
					}));
		}

		private void touched(String what) {
			if (this.takenAway) {
				this.tooLate.add(what);
			}
		}

		void asyncListener(AsyncCallback callback) {
			try {
				callback.call(this.asyncListener, new AsyncEvent(context()));
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		interface Calls {

			Object call(String name, Object[] arguments);

		}

		interface AsyncCallback {

			void call(AsyncListener listener, AsyncEvent event) throws IOException;

		}

		private final class Output extends ServletOutputStream {

			@Override
			public boolean isReady() {
				touched("isReady");
				if (Container.this.recycled) {
					throw new IllegalStateException("The output buffer object has been recycled");
				}
				return Container.this.buffered.get() <= BUFFER;
			}

			@Override
			public void flush() {
				touched("flush");
				Container.this.buffered.set(0);
			}

			@Override
			public void setWriteListener(WriteListener listener) {
				if (Container.this.refusesListeners || Container.this.writeListener != null) {
					throw new IllegalStateException("No listener");
				}
				Container.this.writeListener = listener;
			}

			@Override
			public void write(int octet) throws IOException {
				touched("write");
				Container.this.written.incrementAndGet();
				Container.this.buffered.incrementAndGet();
				if (Container.this.holdsWrites) {
					Container.this.writing.countDown();
					awaitTheOtherThread();
					touched("write");
					throw new IOException("Broken pipe");
				}
			}

			private void awaitTheOtherThread() {
				try {
					Container.this.goOn.await();
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			}

		}

	}

}
