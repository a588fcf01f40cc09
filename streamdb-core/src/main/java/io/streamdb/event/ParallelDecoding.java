package io.streamdb.event;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * Decodes one long body with the help of other threads. The calling thread reads the body
 * and splits it, other threads decode the parts, and the calling thread tells the handler
 * of their items, in order. When too many parts are under way it decodes some itself, so
 * it never depends on a thread that does not come, and a bounded number of parts is in
 * memory.
 */
final class ParallelDecoding {

	/** How many parts there are for each thread. */
	private static final int PARTS_PER_THREAD = 2;

	private final PartDecoder decoder;

	private final EventHandler handler;

	private final DecodingThreads threads;

	private final int helpers;

	private final BodySplitter splitter;

	/** What the handler has not been told of, in order. */
	private final Deque<Task> pending = new ArrayDeque<>();

	/** What nobody has begun. */
	private final Queue<Task> waiting = new ConcurrentLinkedQueue<>();

	private final Helper helper = new Helper(this.waiting);

	private boolean refused;

	ParallelDecoding(InputStream body, PartDecoder decoder, EventHandler handler, DecodingThreads threads) {
		this.decoder = decoder;
		this.handler = handler;
		this.threads = threads;
		this.helpers = threads.parallelism() - 1;
		this.splitter = new BodySplitter(body, threads.partBytes());
	}

	/**
	 * Decodes the body.
	 * @throws IOException as the body threw it, or when the thread was interrupted
	 */
	void run() throws IOException {
		try {
			BodyPart part = this.splitter.next();
			while (part != null) {
				Task task = new Task(part);
				this.pending.add(task);
				this.waiting.add(task);
				callHelper();
				tellDecoded();
				while (this.pending.size() > this.helpers * PARTS_PER_THREAD) {
					tellFirst();
				}
				part = this.splitter.next();
			}
			while (!this.pending.isEmpty()) {
				tellFirst();
			}
			this.decoder.decodeRest(this.splitter.rest(), this.splitter.start(), this.handler);
		}
		finally {
			this.waiting.clear();
		}
	}

	private void callHelper() {
		if (this.refused) {
			return;
		}
		try {
			this.threads.execute(this.helper);
		}
		catch (RejectedExecutionException ex) {
			// Then this thread decodes alone.
			this.refused = true;
		}
	}

	private void tellDecoded() throws IOException {
		Task first = this.pending.peek();
		while (first != null && first.done.isDone()) {
			tellFirst();
			first = this.pending.peek();
		}
	}

	/**
	 * Tells of the first part, and decodes it or later ones until it can.
	 */
	private void tellFirst() throws IOException {
		Task first = this.pending.element();
		while (!first.done.isDone()) {
			Task task = this.waiting.poll();
			if (task != null) {
				task.run();
			}
			else {
				await(first);
			}
		}
		this.pending.remove();
		first.tell();
	}

	private void await(Task task) throws IOException {
		try {
			this.threads.await(task.done);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException("Nothing fails this future", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			InterruptedIOException interrupted = new InterruptedIOException(
					"interrupted while the body was being decoded");
			interrupted.initCause(ex);
			throw interrupted;
		}
	}

	/**
	 * Decodes parts, on any thread.
	 */
	interface PartDecoder {

		/**
		 * Decodes a part.
		 * @param part the part
		 * @param handler receives its items
		 */
		void decode(BodyPart part, EventHandler handler);

		/**
		 * Decodes what is left when there are no more parts.
		 * @param rest the text
		 * @param start where in the body it begins
		 * @param handler receives its items
		 * @throws IOException as the body threw it
		 */
		void decodeRest(InputStream rest, BodyPart.Start start, EventHandler handler) throws IOException;

	}

	/**
	 * Decodes what nobody has begun. It may come late, when the body was decoded long
	 * ago, and holds nothing of it by then.
	 *
	 * @param waiting the parts
	 */
	private record Helper(Queue<Task> waiting) implements Runnable {

		@Override
		public void run() {
			Task task = this.waiting.poll();
			while (task != null) {
				task.run();
				task = this.waiting.poll();
			}
		}

	}

	/**
	 * One part.
	 */
	private final class Task {

		private final BodyPart part;

		private final DecodedItems items;

		private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

		private @Nullable Throwable failure;

		Task(BodyPart part) {
			this.part = part;
			this.items = new DecodedItems(part.items());
		}

		/**
		 * Decodes the part. Taken from the queue by one thread, so it runs once.
		 */
		void run() {
			try {
				ParallelDecoding.this.decoder.decode(this.part, this.items);
			}
			catch (Throwable ex) {
				this.failure = ex;
			}
			this.done.complete(null);
		}

		/**
		 * Tells the handler what the part held, up to where it could not be decoded.
		 */
		void tell() {
			ParallelDecoding.this.splitter.recycle(this.part);
			this.items.tell(ParallelDecoding.this.handler);
			if (this.failure instanceof RuntimeException ex) {
				throw ex;
			}
			if (this.failure instanceof Error ex) {
				throw ex;
			}
		}

	}

}
