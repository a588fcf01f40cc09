package io.streamdb.sample.history;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionException;

import io.streamdb.StreamDb;
import io.streamdb.StreamDbMetrics;
import io.streamdb.client.AppendResult;
import io.streamdb.client.IdempotentProducer;
import io.streamdb.client.ProducerOptions;
import io.streamdb.server.DurableStreamServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.stereotype.Component;

/**
 * Fills the board when it starts for the first time, on an embedded stream that is empty.
 * The history's events are appended to the stream as they are, one append a transaction;
 * the database materialises them like everything else in the stream. The application is
 * ready when they are visible.
 * <p>
 * An import that was stopped half-way goes on with the next start. It sends everything
 * again, under the same producer id: the stream takes what it does not have yet.
 */
@Component
class HistoryImport implements ApplicationRunner {

	private static final Logger logger = LoggerFactory.getLogger(HistoryImport.class);

	private static final Duration VISIBLE_TIMEOUT = Duration.ofMinutes(1);

	private static final int TRANSACTIONS_PER_MESSAGE = 5_000;

	private static final String PRODUCER_ID = "history-import";

	private final StreamDb db;

	private final ObjectProvider<DurableStreamServer> embedded;

	private final BoardProperties properties;

	HistoryImport(StreamDb db, ObjectProvider<DurableStreamServer> embedded, BoardProperties properties) {
		this.db = db;
		this.embedded = embedded;
		this.properties = properties;
	}

	@Override
	public void run(ApplicationArguments arguments) {
		DurableStreamServer server = this.embedded.getIfAvailable();
		if (server == null) {
			logger.info("Serving what {} holds, and importing nothing", this.db.stream().url());
			if (this.properties.importFile() != null) {
				logger.warn(
						"'board.import' is ignored: '{}' would be imported into an embedded stream only, and 'streamdb.url' is set",
						this.properties.importFile());
			}
		}
		else {
			importOnce(new ImportProgress(server));
		}
	}

	private void importOnce(ImportProgress progress) {
		if (isEmpty(this.db.metrics())) {
			progress.begin();
		}
		if (progress.isUnderWay()) {
			importHistory();
			progress.end();
		}
	}

	private static boolean isEmpty(StreamDbMetrics metrics) {
		return metrics.events() + metrics.unknownTypeEvents() + metrics.invalidEvents() + metrics.controlEvents()
				+ metrics.ignoredItems() == 0;
	}

	private void importHistory() {
		Resource history = history();
		logger.info("Importing {}", history.getDescription());
		int transactions = 0;
		int found = 0;
		String offset = null;
		try (HistoryReader reader = new HistoryReader(history);
				IdempotentProducer producer = this.db.stream().producer(options())) {
			for (String events = reader.next(); events != null; events = reader.next()) {
				AppendResult appended = append(producer, events, reader);
				offset = appended.offset();
				transactions++;
				found += appended.duplicate() ? 1 : 0;
				if (transactions % TRANSACTIONS_PER_MESSAGE == 0) {
					logger.info("Imported {} transactions", transactions);
				}
			}
		}
		if (offset != null) {
			this.db.awaitOffset(offset, VISIBLE_TIMEOUT).join();
		}
		logger.info("Imported all {} transactions of {}, {} of them by an earlier start", transactions,
				history.getDescription(), found);
	}

	private static ProducerOptions options() {
		ProducerOptions defaults = ProducerOptions.defaults();
		return new ProducerOptions(PRODUCER_ID, defaults.epoch(), defaults.claimEpoch(), defaults.linger(),
				defaults.maxBatchBytes(), defaults.maxBatchMessages(), defaults.deliveryTimeout());
	}

	private Resource history() {
		if (this.properties.importFile() != null) {
			return new FileSystemResource(this.properties.importFile());
		}
		return new ClassPathResource("history/small-history.ndjson.gz");
	}

	private static AppendResult append(IdempotentProducer producer, String events, HistoryReader reader) {
		try {
			// Waiting for each one keeps it to one append a transaction.
			return producer.append(() -> events.getBytes(StandardCharsets.UTF_8)).join();
		}
		catch (CompletionException ex) {
			throw reader.failure("the stream refused it", ex.getCause());
		}
	}

}
