package io.streamdb.server.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Ranges of several streams one after the other: what a fork has from its sources, and
 * its own.
 */
final class StitchedRange implements AppendRange {

	private final List<AppendRange> parts = new ArrayList<>(2);

	private int current;

	StitchedRange(AppendRange first) {
		this.parts.add(first);
	}

	void add(AppendRange part) {
		this.parts.add(part);
	}

	@Override
	public int size() {
		return this.parts.stream().mapToInt(AppendRange::size).sum();
	}

	@Override
	public long byteCount() {
		return this.parts.stream().mapToLong(AppendRange::byteCount).sum();
	}

	@Override
	public long end() {
		return this.parts.get(this.parts.size() - 1).end();
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		return this.parts.get(this.current).read(target, offset, length);
	}

	@Override
	public boolean next() throws IOException {
		if (this.parts.get(this.current).next()) {
			return true;
		}
		if (this.current + 1 == this.parts.size()) {
			return false;
		}
		this.current++;
		return true;
	}

	@Override
	public void close() {
		this.parts.forEach(AppendRange::close);
	}

}
