package io.streamdb.server;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.streamdb.server.store.StreamDeletedException;

/**
 * One request that is answered asynchronously. Pulls the body as the connection takes it
 * and never blocks: whoever has news, the connection that can take more or the body that
 * has more, calls {@link #pump()}, and one of them at a time does the work.
 * <p>
 * When a callback that ends the exchange returns, the web server uses the response for
 * another connection. So everything that touches the response does it under a lock, and
 * only as long as the exchange has not ended; and such a callback ends it under that lock
 * before it returns. The web server has locks of its own, which it holds when it calls
 * back. What is called under our lock must therefore not wait for them: writing without
 * blocking and completing do not, setting the write listener does, unless the thread of
 * the request does it.
 */
final class ServletExchange implements AsyncListener, WriteListener {

	private static final Logger logger = LoggerFactory.getLogger(ServletExchange.class);

	private static final String BROKEN_OFF = ServletExchange.class.getName() + ".BROKEN_OFF";

	/** What fits into the web server's own buffer, so that writing it cannot block. */
	private static final int SMALL = 4096;

	private static final int BUFFER = 16 * 1024;

	private final AsyncContext context;

	private final HttpServletResponse target;

	private final ServletOutputStream output;

	private final CompletableFuture<ProtocolResponse> answer;

	/** Held by whoever is at the response, and never while waiting for anything. */
	private final ReentrantLock lock = new ReentrantLock();

	private final AtomicInteger calls = new AtomicInteger();

	private @Nullable ResponseBody body;

	/** Whether the web server will call {@link #onWritePossible()}. */
	private boolean awaitingConnection = true;

	private volatile boolean abandoned;

	/** Whether the response must not be touched any more. */
	private boolean ended;

	private boolean completed;

	private byte @Nullable [] buffer;

	/**
	 * How much is written before it is flushed. A web server's buffer that is full goes
	 * on to the connection unasked; a thread has to come back when that has taken it, for
	 * every piece of a body. What is flushed as soon as the buffer is full needs that
	 * only when the connection is full. Then some of it is left over, and the exchange
	 * cannot end before the client takes that: so a body that may be given up any time
	 * takes the slow way.
	 */
	private long flushSize;

	private long unflushed;

	private ServletExchange(AsyncContext context, HttpServletResponse target,
			CompletableFuture<ProtocolResponse> answer) throws IOException {
		this.context = context;
		this.target = target;
		this.output = target.getOutputStream();
		this.answer = answer;
	}

	/**
	 * Begins, on the thread of the request.
	 * @param context the context of the request
	 * @param target where the answer goes
	 * @param answer the answer, now or later; its body is closed whatever happens
	 */
	static void begin(AsyncContext context, HttpServletResponse target, CompletableFuture<ProtocolResponse> answer)
			throws IOException {
		try {
			ServletExchange exchange = new ServletExchange(context, target, answer);
			context.setTimeout(0);
			context.addListener(exchange);
			exchange.output.setWriteListener(exchange);
			answer.whenComplete(exchange::answered);
		}
		catch (IOException | RuntimeException ex) {
			giveUp(answer);
			throw ex;
		}
	}

	/**
	 * Gives everything back that an answer holds which nobody will get.
	 */
	static void giveUp(CompletableFuture<ProtocolResponse> answer) {
		answer.thenAccept((response) -> response.body().close());
		answer.cancel(false);
	}

	static ProtocolResponse get(CompletableFuture<ProtocolResponse> answer) throws IOException {
		try {
			return answer.join();
		}
		catch (CompletionException ex) {
			if (ex.getCause() instanceof IOException failure) {
				throw failure;
			}
			throw ex;
		}
	}

	static boolean isSmall(ProtocolResponse response) {
		long length = response.body().length();
		return length >= 0 && length <= SMALL;
	}

	static void writeNow(ProtocolResponse response, HttpServletResponse target) throws IOException {
		try {
			writeHead(response, target);
			byte[] bytes = new byte[(int) response.body().length()];
			if (bytes.length > 0) {
				response.body().read(bytes, 0, bytes.length);
				target.getOutputStream().write(bytes);
			}
		}
		finally {
			response.body().close();
		}
	}

	private static void writeHead(ProtocolResponse response, HttpServletResponse target) {
		target.setStatus(response.status());
		response.headers().forEach(target::setHeader);
		long length = response.body().length();
		if (length > 0) {
			target.setContentLengthLong(length);
		}
	}

	private void answered(@Nullable ProtocolResponse response, @Nullable Throwable failure) {
		if (response == null) {
			logger.debug("There is no response", failure);
			abandon();
			return;
		}
		this.lock.lock();
		try {
			this.body = response.body();
			if (this.ended) {
				response.body().close();
				return;
			}
			int held = this.target.getBufferSize();
			this.flushSize = (response.body().isTimed() || held <= 0) ? Long.MAX_VALUE : held;
			writeHead(response, this.target);
		}
		catch (RuntimeException ex) {
			takenAway(ex);
		}
		finally {
			this.lock.unlock();
		}
		response.body().whenOverdue(this::abandon);
		pump();
	}

	@Override
	public void onWritePossible() {
		this.lock.lock();
		try {
			this.awaitingConnection = false;
			advance();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void pump() {
		if (this.calls.getAndIncrement() != 0) {
			return;
		}
		int handled = 1;
		do {
			this.lock.lock();
			try {
				advance();
			}
			finally {
				this.lock.unlock();
			}
			handled = this.calls.addAndGet(-handled);
		}
		while (handled != 0);
	}

	private void advance() {
		try {
			drain();
		}
		catch (IOException ex) {
			// The web server knows it too, and will say so by onError.
			logger.debug("The peer of a read is gone", ex);
			release();
		}
		catch (BodyFailedException ex) {
			fail(ex.failure());
		}
		catch (RuntimeException ex) {
			takenAway(ex);
		}
	}

	private void drain() throws IOException {
		while (!this.ended) {
			if (this.abandoned) {
				end();
				return;
			}
			ResponseBody source = this.body;
			if (source == null || this.awaitingConnection) {
				return;
			}
			if (!this.output.isReady()) {
				this.awaitingConnection = true;
				return;
			}
			if (this.unflushed == this.flushSize) {
				flush();
				continue;
			}
			if (this.buffer == null) {
				this.buffer = new byte[(int) Math.min(BUFFER, this.flushSize)];
			}
			int count = take(source, this.buffer, (int) Math.min(this.buffer.length, this.flushSize - this.unflushed));
			if (count > 0) {
				this.output.write(this.buffer, 0, count);
				this.unflushed += count;
			}
			else if (count == ResponseBody.END) {
				end();
			}
			else if (this.unflushed > 0) {
				flush();
			}
			else {
				// An idle reader keeps no buffer.
				this.buffer = null;
				await(source);
				return;
			}
		}
	}

	private void flush() throws IOException {
		this.output.flush();
		this.unflushed = 0;
	}

	private static int take(ResponseBody source, byte[] target, int length) {
		try {
			return source.read(target, 0, length);
		}
		catch (IOException | RuntimeException | Error ex) {
			// Not the peer's doing, nor the web server's.
			throw new BodyFailedException(ex);
		}
	}

	private void await(ResponseBody source) {
		try {
			source.whenReady(this::pump);
		}
		catch (RuntimeException | Error ex) {
			throw new BodyFailedException(ex);
		}
	}

	/**
	 * Ends the exchange where the web server does not let the response be used any more:
	 * it does so when it stops, without telling anybody before.
	 */
	private void takenAway(RuntimeException failure) {
		logger.debug("A response was taken away while it was written", failure);
		end();
	}

	private void fail(Throwable failure) {
		if (this.abandoned) {
			logger.debug("A body that nobody waits for any more failed", failure);
			end();
			return;
		}
		if (failure instanceof StreamDeletedException) {
			logger.debug("A response broke off", failure);
		}
		else {
			logger.error("A response broke off", failure);
		}
		breakOff(failure);
	}

	/**
	 * Ends the exchange so that the client notices that there should be more: the web
	 * server would take a response that is completed for whole. It closes the connection
	 * when the request is dispatched again and fails.
	 */
	private void breakOff(Throwable failure) {
		release();
		if (!this.completed) {
			this.completed = true;
			try {
				this.context.getRequest().setAttribute(BROKEN_OFF, failure);
				this.context.dispatch();
			}
			catch (IllegalStateException ex) {
				logger.debug("The web server had ended the exchange already", ex);
			}
		}
	}

	/**
	 * Fails a request that is dispatched again since its response broke off.
	 */
	static void failIfBrokenOff(HttpServletRequest request) throws IOException {
		if (request.getDispatcherType() == DispatcherType.ASYNC
				&& request.getAttribute(BROKEN_OFF) instanceof Throwable failure) {
			throw new IOException("The response broke off", failure);
		}
	}

	/**
	 * Ends the exchange from wherever it is noticed that it cannot go on.
	 */
	private void abandon() {
		this.abandoned = true;
		pump();
	}

	private void end() {
		release();
		if (!this.completed) {
			complete();
		}
	}

	private void complete() {
		this.completed = true;
		try {
			this.context.complete();
		}
		catch (IllegalStateException ex) {
			logger.debug("The web server had ended the exchange already", ex);
		}
	}

	/**
	 * Gives everything back that the read holds, and leaves the connection to the web
	 * server.
	 */
	private void release() {
		this.ended = true;
		this.answer.cancel(false);
		if (this.body != null) {
			this.body.close();
		}
	}

	/**
	 * Ends the exchange before the web server goes on and takes the response away.
	 * Whoever is at the response leaves it soon: nothing there waits, and after every
	 * piece it is seen that the exchange was given up.
	 */
	private void leave() {
		this.abandoned = true;
		this.lock.lock();
		try {
			end();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void onError(Throwable failure) {
		leave();
	}

	@Override
	public void onError(AsyncEvent event) {
		this.abandoned = true;
		this.lock.lock();
		try {
			// Tomcat tells the write listener first. An exchange that it has completed is
			// put into the error state nevertheless, and answered with an error page
			// unless it is completed here too.
			release();
			complete();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void onTimeout(AsyncEvent event) {
		leave();
	}

	@Override
	public void onComplete(AsyncEvent event) {
		this.lock.lock();
		try {
			this.completed = true;
			release();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void onStartAsync(AsyncEvent event) {
		throw new IllegalStateException("Asynchronous processing is started once");
	}

	/**
	 * What is to be written cannot be read.
	 */
	private static final class BodyFailedException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final Throwable failure;

		BodyFailedException(Throwable failure) {
			super(failure);
			this.failure = failure;
		}

		Throwable failure() {
			return this.failure;
		}

	}

}
