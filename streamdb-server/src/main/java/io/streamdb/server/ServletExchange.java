package io.streamdb.server;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request that is answered asynchronously. Pulls the body as the connection takes it
 * and never blocks: whoever has news, the connection that can take more or the body that
 * has more, calls {@link #pump()}, and one of them at a time does the work. That makes
 * this the only user of the output stream, as servlets demand.
 */
final class ServletExchange implements AsyncListener, WriteListener {

	private static final Logger logger = LoggerFactory.getLogger(ServletExchange.class);

	/** What fits into the web server's own buffer, so that writing it cannot block. */
	private static final int SMALL = 4096;

	private static final int BUFFER = 16 * 1024;

	private final AsyncContext context;

	private final HttpServletResponse target;

	private final AtomicInteger calls = new AtomicInteger();

	private @Nullable CompletableFuture<ProtocolResponse> answer;

	private volatile @Nullable ResponseBody body;

	private volatile @Nullable ServletOutputStream output;

	/** Whether the web server will call {@link #onWritePossible()}. */
	private volatile boolean awaitingConnection;

	private volatile boolean abandoned;

	private volatile boolean ended;

	private volatile boolean completed;

	private byte @Nullable [] buffer;

	private boolean unflushed;

	ServletExchange(AsyncContext context, HttpServletResponse target) {
		this.context = context;
		this.target = target;
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
		writeHead(response, target);
		byte[] bytes = new byte[(int) response.body().length()];
		if (bytes.length > 0) {
			response.body().read(bytes, 0, bytes.length);
			target.getOutputStream().write(bytes);
		}
		response.body().close();
	}

	private static void writeHead(ProtocolResponse response, HttpServletResponse target) {
		target.setStatus(response.status());
		response.headers().forEach(target::setHeader);
		long length = response.body().length();
		if (length > 0) {
			target.setContentLengthLong(length);
		}
	}

	void begin(CompletableFuture<ProtocolResponse> pending) {
		this.answer = pending;
		this.context.setTimeout(0);
		this.context.addListener(this);
		pending.whenComplete((response, failure) -> {
			if (failure != null) {
				abandon();
			}
			else {
				respond(response);
			}
		});
	}

	private void respond(ProtocolResponse response) {
		try {
			this.body = response.body();
			if (this.ended) {
				response.body().close();
				return;
			}
			writeHead(response, this.target);
			ServletOutputStream stream = this.target.getOutputStream();
			this.output = stream;
			this.awaitingConnection = true;
			stream.setWriteListener(this);
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("A response could not be begun", ex);
			abandon();
		}
	}

	@Override
	public void onWritePossible() {
		this.awaitingConnection = false;
		pump();
	}

	private void pump() {
		if (this.calls.getAndIncrement() != 0) {
			return;
		}
		int handled = 1;
		do {
			try {
				drain();
			}
			catch (IOException ex) {
				// The web server knows it too, and will say so by onError.
				logger.debug("The peer of a read is gone", ex);
				release();
			}
			catch (RuntimeException ex) {
				fail(ex);
			}
			handled = this.calls.addAndGet(-handled);
		}
		while (handled != 0);
	}

	private void drain() throws IOException {
		while (true) {
			ResponseBody source = this.body;
			ServletOutputStream stream = this.output;
			if (this.abandoned) {
				end();
				return;
			}
			if (source == null || stream == null || this.ended || this.awaitingConnection) {
				return;
			}
			this.awaitingConnection = true;
			if (!stream.isReady()) {
				return;
			}
			this.awaitingConnection = false;
			if (this.buffer == null) {
				this.buffer = new byte[BUFFER];
			}
			int count = source.read(this.buffer, 0, this.buffer.length);
			if (count > 0) {
				stream.write(this.buffer, 0, count);
				this.unflushed = true;
			}
			else if (count == ResponseBody.END) {
				end();
			}
			else if (this.unflushed) {
				stream.flush();
				this.unflushed = false;
			}
			else {
				// An idle reader keeps no buffer.
				this.buffer = null;
				source.whenReady(this::pump);
				return;
			}
		}
	}

	private void fail(RuntimeException failure) {
		if (this.abandoned || this.completed) {
			logger.debug("A response was taken away while it was written", failure);
		}
		else {
			logger.error("A response broke off", failure);
		}
		end();
	}

	/**
	 * Ends the exchange from wherever it is noticed that it cannot go on, but not before
	 * whoever is at the output stream has left it.
	 */
	private void abandon() {
		this.abandoned = true;
		pump();
	}

	private void end() {
		release();
		if (this.completed) {
			return;
		}
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
		CompletableFuture<ProtocolResponse> pending = this.answer;
		if (pending != null) {
			pending.cancel(false);
		}
		ResponseBody source = this.body;
		if (source != null) {
			source.close();
		}
	}

	@Override
	public void onError(Throwable failure) {
		abandon();
	}

	@Override
	public void onError(AsyncEvent event) {
		abandon();
	}

	@Override
	public void onTimeout(AsyncEvent event) {
		abandon();
	}

	@Override
	public void onComplete(AsyncEvent event) {
		this.completed = true;
		release();
	}

	@Override
	public void onStartAsync(AsyncEvent event) {
		throw new IllegalStateException("Asynchronous processing is started once");
	}

}
