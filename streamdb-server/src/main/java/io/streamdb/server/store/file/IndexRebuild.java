package io.streamdb.server.store.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the index of a segment again from its records.
 */
final class IndexRebuild {

	private static final Logger logger = LoggerFactory.getLogger(IndexRebuild.class);

	private final Disk disk;

	private final FileStreams streams;

	IndexRebuild(Disk disk, FileStreams streams) {
		this.disk = disk;
		this.streams = streams;
	}

	void rebuild(Segment segment) throws IOException {
		logger.warn("The file {} in {} is missing or too short: making it again from {}", segment.indexName(),
				this.disk.name(), segment.fileName());
		Map<Long, TreeMap<Long, Long>> offsets = offsets(segment);
		List<Wanted> wanted = new ArrayList<>();
		for (FileStreamData stream : this.streams.all()) {
			for (Run run : stream.runs()) {
				if (run instanceof SealedRun sealed && run.segment() == segment) {
					wanted.add(new Wanted(stream, sealed));
				}
			}
		}
		wanted.sort(Comparator.comparing((run) -> run.run().firstEntry()));
		this.disk.delete(segment.indexName());
		int pages = segment.indexPages();
		try (DiskFile file = this.disk.create(segment.indexName())) {
			IndexPages.Writer index = new IndexPages.Writer(new FileAppender(file, 0, 1 << 16), segment);
			for (Wanted run : wanted) {
				fill(index, run.run().firstEntry());
				write(run, offsets, segment, index);
			}
			fill(index, pages * IndexPages.ENTRIES);
			index.finish();
			ForceFailedException.force(file);
		}
		ForceFailedException.force(this.disk);
	}

	private Map<Long, TreeMap<Long, Long>> offsets(Segment segment) throws IOException {
		Map<Long, TreeMap<Long, Long>> offsets = new HashMap<>();
		try (DiskFile file = this.disk.open(segment.fileName())) {
			LogReader reader = new LogReader(file, segment);
			long at = Segment.HEADER;
			while (at < segment.size()) {
				RecordHeader header = reader.header(at);
				if (header == null) {
					throw new StorageDamagedException("The file " + segment.fileName() + " in " + this.disk.name()
							+ " is damaged at byte " + at + ", and its index is missing: restore both from a backup");
				}
				if (header.payloadLength() > 0 && header.kind() != RecordKind.ACCESSES) {
					offsets.computeIfAbsent(header.incarnation(), (incarnation) -> new TreeMap<>())
						.put(header.position(), at);
				}
				at += header.recordLength();
			}
		}
		return offsets;
	}

	/** What lies between belonged to streams that are gone. */
	private static void fill(IndexPages.Writer index, int count) throws IOException {
		while (index.count() < count) {
			index.add(0, 0);
		}
	}

	private void write(Wanted wanted, Map<Long, TreeMap<Long, Long>> offsets, Segment segment, IndexPages.Writer index)
			throws IOException {
		SealedRun run = wanted.run();
		Map<Long, Long> appends = offsets.getOrDefault(wanted.stream().incarnation(), new TreeMap<>())
			.subMap(run.first(), run.end());
		if (appends.size() != run.count()) {
			throw new StorageDamagedException("The file " + segment.fileName() + " in " + this.disk.name() + " has "
					+ appends.size() + " appends of the stream " + wanted.stream().description().path()
					+ " and should have " + run.count() + ": restore it from a backup");
		}
		for (Map.Entry<Long, Long> append : appends.entrySet()) {
			index.add((int) (append.getKey() - run.first()), append.getValue().intValue());
		}
	}

	private record Wanted(FileStreamData stream, SealedRun run) {
	}

}
