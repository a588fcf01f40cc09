package io.streamdb.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Puts the batches of a producer together: which messages go together, and the body that
 * they make (SPEC P5). Only for the producer's thread.
 */
final class BatchAssembly {

	private final ProducerQueue queue;

	private final ProducerOptions options;

	private final boolean json;

	/** Up to which message each goes alone, since the server refused them together. */
	private long alone;

	BatchAssembly(ProducerQueue queue, ProducerOptions options, boolean json) {
		this.queue = queue;
		this.options = options;
		this.json = json;
	}

	/**
	 * Takes messages for a batch. Those that cannot be encoded fail.
	 * @return the messages; none when none could be encoded
	 */
	List<ProducerMessage> take() {
		List<ProducerMessage> batch = new ArrayList<>();
		long size = 0;
		ProducerMessage message = this.queue.take(batch.isEmpty());
		while (message != null) {
			Throwable failure = message.encode();
			int length = message.bytes().length + 1;
			if (failure != null) {
				this.queue.fail(List.of(message), failure);
			}
			else if (!batch.isEmpty() && size + length > this.options.maxBatchBytes()) {
				this.queue.giveBack(List.of(message), null);
				break;
			}
			else {
				size += length;
				batch.add(message);
				if (message.isClosing() || batch.size() == this.options.maxBatchMessages()
						|| message.index() <= this.alone) {
					break;
				}
			}
			message = this.queue.take(batch.isEmpty());
		}
		return batch;
	}

	/**
	 * Takes messages one at a time that the server has refused together.
	 * @param refused the messages, in order
	 */
	void takeEachAlone(List<ProducerMessage> refused) {
		this.alone = refused.get(refused.size() - 1).index();
	}

	/**
	 * Returns the body of a batch.
	 * @param batch its messages
	 * @return the body; empty when it only closes the stream
	 */
	byte[] body(List<ProducerMessage> batch) {
		ByteArrayOutputStream body = new ByteArrayOutputStream(
				batch.stream().mapToInt((message) -> message.bytes().length + 1).sum() + 1);
		if (!this.json || batch.get(0).bytes().length == 0) {
			batch.forEach((message) -> body.writeBytes(message.bytes()));
			return body.toByteArray();
		}
		char separator = '[';
		for (ProducerMessage message : batch) {
			body.write(separator);
			body.writeBytes(message.bytes());
			separator = ',';
		}
		body.write(']');
		return body.toByteArray();
	}

	/**
	 * Returns the body of a batch that is only a fence.
	 * @return the body, or {@code null} when the producer has no fence item
	 */
	byte @Nullable [] fence() {
		String item = this.options.fence();
		return (item != null) ? (this.json ? "[" + item + "]" : item).getBytes(StandardCharsets.UTF_8) : null;
	}

}
