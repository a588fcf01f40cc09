package io.streamdb.store;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;

import org.jspecify.annotations.Nullable;

/**
 * A {@link RowMap} of few, wide nodes: a get follows one or two references to a leaf and
 * finds its row there, where a hash trie follows two for every level.
 * <p>
 * The upper bits of the hash lead through nodes of 256 references to a leaf, an
 * open-addressing table of up to 64 places, at most five eighths full, that the lower
 * bits find their way in. As in extendible hashing (Fagin et al., 1979), a leaf stands
 * for as many neighbouring references of its node as it is still young, and is split in
 * two when it is full; only a leaf with a single reference gets a node of its own, so
 * nodes are filled evenly and no step ever moves more than one leaf. Rows of equal hashes
 * end up in a leaf that grows without being split; hashes depend on a seed of the
 * process, see {@link KeyHash}.
 * <p>
 * Nodes and leaves are plain arrays, to save an object and a cache miss each. Behind its
 * references each array holds its owner: the builder that made it, which alone may change
 * it, and only until the map is built. A leaf also holds how many rows it has. Leaf and
 * node are told apart by their length.
 */
final class RowTable implements RowMap {

	/** How many bits of the hash a node takes. */
	private static final int BITS = 8;

	private static final int WIDTH = 1 << BITS;

	private static final int MASK = WIDTH - 1;

	/** How many bits of the hash there are for nodes. */
	private static final int DEEPEST = Integer.SIZE / BITS * BITS;

	/** The places of the largest leaf that can still be split. */
	private static final int PLACES = 64;

	private static final int FEWEST_PLACES = 4;

	/** What stands behind the places of a leaf: the owner and the number of rows. */
	private static final int LEAF_EXTRA = 2;

	private static final int NODE_LENGTH = WIDTH + 1;

	/** When there are so few rows a leaf, the table is built anew. */
	private static final int SPARSE = 4;

	static final RowMap EMPTY = new RowTable(newLeaf(FEWEST_PLACES, new Object()), 0, 1);

	private final @Nullable Object[] root;

	private final int size;

	private final int leaves;

	private RowTable(@Nullable Object[] root, int size, int leaves) {
		this.root = root;
		this.size = size;
		this.leaves = leaves;
	}

	@Override
	public int size() {
		return this.size;
	}

	@Override
	public @Nullable RowCell<?> get(RowKey key) {
		return get(this.root, key);
	}

	@Override
	public Iterator<RowCell<?>> iterator() {
		return new RowIterator(this.root);
	}

	@Override
	public Builder builder() {
		return new TableBuilder(this);
	}

	/**
	 * Returns how many leaves there are.
	 */
	int leaves() {
		return this.leaves;
	}

	private static @Nullable RowCell<?> get(@Nullable Object[] root, RowKey key) {
		int hash = key.hashCode();
		@Nullable Object[] at = root;
		for (int path = hash; at.length == NODE_LENGTH; path <<= BITS) {
			at = child(at, path >>> (Integer.SIZE - BITS));
		}
		return (RowCell<?>) at[place(at, key, hash)];
	}

	private static @Nullable Object[] child(@Nullable Object[] node, int index) {
		@Nullable Object[] child = (@Nullable Object[]) node[index];
		if (child == null) {
			throw new IllegalStateException("A node has all of its children");
		}
		return child;
	}

	/**
	 * Finds the place of a key in a leaf: where its row is, or the free one where it
	 * would be.
	 */
	private static int place(@Nullable Object[] leaf, RowKey key, int hash) {
		int mask = places(leaf) - 1;
		int place = hash & mask;
		while (true) {
			RowCell<?> row = (RowCell<?>) leaf[place];
			if (row == null || (row.hashCode() == hash && row.key().equals(key.key()))) {
				return place;
			}
			place = (place + 1) & mask;
		}
	}

	private static int places(@Nullable Object[] leaf) {
		return leaf.length - LEAF_EXTRA;
	}

	private static @Nullable Object[] newLeaf(int places, Object owner) {
		@Nullable Object[] leaf = new Object[places + LEAF_EXTRA];
		leaf[places] = owner;
		leaf[places + 1] = 0;
		return leaf;
	}

	private static int count(@Nullable Object[] leaf) {
		Integer count = (Integer) leaf[leaf.length - 1];
		return (count != null) ? count : 0;
	}

	private static void count(@Nullable Object[] leaf, int count) {
		leaf[leaf.length - 1] = count;
	}

	/**
	 * Puts a row into a leaf that has a place for it and no row of its key. Does not
	 * count it.
	 */
	private static void insert(@Nullable Object[] leaf, RowCell<?> row, int hash) {
		int mask = places(leaf) - 1;
		int place = hash & mask;
		while (leaf[place] != null) {
			place = (place + 1) & mask;
		}
		leaf[place] = row;
	}

	private static boolean isFull(@Nullable Object[] leaf) {
		return (count(leaf) + 1) * 8 > places(leaf) * 5;
	}

	/**
	 * Changes what it has made itself in place, and copies what it has not.
	 */
	private static final class TableBuilder implements Builder {

		private final RowTable base;

		private final Object owner = new Object();

		private @Nullable Object[] root;

		private int size;

		private int leaves;

		TableBuilder(RowTable base) {
			this.base = base;
			this.root = base.root;
			this.size = base.size;
			this.leaves = base.leaves;
		}

		@Override
		public int size() {
			return this.size;
		}

		@Override
		public @Nullable RowCell<?> get(RowKey key) {
			return RowTable.get(this.root, key);
		}

		@Override
		public @Nullable RowCell<?> put(RowCell<?> row) {
			int hash = row.hashCode();
			@Nullable Object[] leaf = ownLeaf(hash);
			int place = place(leaf, row, hash);
			RowCell<?> previous = (RowCell<?>) leaf[place];
			if (previous != null) {
				leaf[place] = row;
				return previous;
			}
			this.size++;
			if (isFull(leaf)) {
				makeRoom(hash);
				leaf = ownLeaf(hash);
				insert(leaf, row, hash);
			}
			else {
				leaf[place] = row;
			}
			count(leaf, count(leaf) + 1);
			return null;
		}

		@Override
		public @Nullable RowCell<?> remove(RowKey key) {
			if (get(key) == null) {
				return null;
			}
			int hash = key.hashCode();
			@Nullable Object[] leaf = ownLeaf(hash);
			int place = place(leaf, key, hash);
			RowCell<?> removed = (RowCell<?>) leaf[place];
			vacate(leaf, place);
			count(leaf, count(leaf) - 1);
			this.size--;
			return removed;
		}

		/**
		 * Frees a place and moves later rows of its run forward, so that no search ends
		 * too soon: the deletion of linear probing (Knuth, vol. 3, algorithm 6.4R), as
		 * the history of txids does it on its own arrays.
		 */
		private static void vacate(@Nullable Object[] leaf, int place) {
			int mask = places(leaf) - 1;
			int hole = place;
			int scan = place;
			while (true) {
				scan = (scan + 1) & mask;
				RowCell<?> row = (RowCell<?>) leaf[scan];
				if (row == null) {
					break;
				}
				int home = row.hashCode() & mask;
				if (((scan - home) & mask) >= ((scan - hole) & mask)) {
					leaf[hole] = row;
					hole = scan;
				}
			}
			leaf[hole] = null;
		}

		/**
		 * Returns the leaf of a hash for changes; what leads there is this builder's own
		 * after that.
		 */
		private @Nullable Object[] ownLeaf(int hash) {
			if (!isOwn(this.root)) {
				this.root = copy(this.root);
			}
			@Nullable Object[] at = this.root;
			for (int path = hash; at.length == NODE_LENGTH; path <<= BITS) {
				int index = path >>> (Integer.SIZE - BITS);
				@Nullable Object[] child = child(at, index);
				if (!isOwn(child)) {
					@Nullable Object[] own = copy(child);
					replace(at, index, child, own);
					child = own;
				}
				at = child;
			}
			return at;
		}

		private boolean isOwn(@Nullable Object[] array) {
			int at = (array.length == NODE_LENGTH) ? WIDTH : places(array);
			return array[at] == this.owner;
		}

		private @Nullable Object[] copy(@Nullable Object[] array) {
			@Nullable Object[] copy = array.clone();
			copy[(copy.length == NODE_LENGTH) ? WIDTH : places(copy)] = this.owner;
			return copy;
		}

		/**
		 * Replaces a child wherever its node refers to it.
		 */
		private static void replace(@Nullable Object[] node, int index, Object child, Object replacement) {
			int from = first(node, index, child);
			for (int i = from; i < WIDTH && node[i] == child; i++) {
				node[i] = replacement;
			}
		}

		private static int first(@Nullable Object[] node, int index, Object child) {
			int from = index;
			while (from > 0 && node[from - 1] == child) {
				from--;
			}
			return from;
		}

		/**
		 * Sees to it that the leaf of a hash has a place: it gets more, or is split.
		 */
		private void makeRoom(int hash) {
			@Nullable Object @Nullable [] node = null;
			int index = 0;
			int depth = 0;
			@Nullable Object[] leaf = this.root;
			for (int path = hash; leaf.length == NODE_LENGTH; path <<= BITS) {
				node = leaf;
				index = path >>> (Integer.SIZE - BITS);
				leaf = child(leaf, index);
				depth += BITS;
			}
			while (isFull(leaf)) {
				if (places(leaf) < PLACES || (depth == DEEPEST && isSingle(node, index, leaf))) {
					@Nullable Object[] larger = larger(leaf);
					if (node == null) {
						this.root = larger;
					}
					else {
						replace(node, index, leaf, larger);
					}
					return;
				}
				if (node == null || isSingle(node, index, leaf)) {
					@Nullable Object[] between = new Object[NODE_LENGTH];
					Arrays.fill(between, 0, WIDTH, leaf);
					between[WIDTH] = this.owner;
					if (node == null) {
						this.root = between;
					}
					else {
						node[index] = between;
					}
					node = between;
					index = (hash << depth) >>> (Integer.SIZE - BITS);
					depth += BITS;
				}
				split(node, index, leaf, depth);
				leaf = child(node, index);
			}
		}

		private static boolean isSingle(@Nullable Object @Nullable [] node, int index, Object leaf) {
			return node != null && (index == 0 || node[index - 1] != leaf)
					&& (index == MASK || node[index + 1] != leaf);
		}

		private @Nullable Object[] larger(@Nullable Object[] leaf) {
			@Nullable Object[] larger = newLeaf(places(leaf) * 2, this.owner);
			int[] hashes = hashes(leaf);
			for (int i = 0; i < hashes.length; i++) {
				RowCell<?> row = (RowCell<?>) leaf[i];
				if (row != null) {
					insert(larger, row, hashes[i]);
				}
			}
			count(larger, count(leaf));
			return larger;
		}

		/**
		 * Returns the hash of each row by its place. Read one right after the other,
		 * since the rows are all over the heap, and the processor then waits for many of
		 * them at once.
		 */
		private static int[] hashes(@Nullable Object[] leaf) {
			int[] hashes = new int[places(leaf)];
			for (int i = 0; i < hashes.length; i++) {
				RowCell<?> row = (RowCell<?>) leaf[i];
				hashes[i] = (row != null) ? row.hashCode() : 0;
			}
			return hashes;
		}

		/**
		 * Splits a leaf by the next bit of the hash, which its node does not look at yet.
		 * @param depth how many bits lead to a child of the node
		 */
		private void split(@Nullable Object[] node, int index, @Nullable Object[] leaf, int depth) {
			int from = first(node, index, leaf);
			int to = from;
			while (to < WIDTH && node[to] == leaf) {
				to++;
			}
			int middle = (from + to) >>> 1;
			@Nullable Object[] lower = newLeaf(PLACES, this.owner);
			@Nullable Object[] upper = newLeaf(PLACES, this.owner);
			int[] hashes = hashes(leaf);
			int lowerCount = 0;
			for (int i = 0; i < hashes.length; i++) {
				RowCell<?> row = (RowCell<?>) leaf[i];
				if (row != null) {
					boolean isLower = (hashes[i] << (depth - BITS)) >>> (Integer.SIZE - BITS) < middle;
					insert(isLower ? lower : upper, row, hashes[i]);
					lowerCount += isLower ? 1 : 0;
				}
			}
			count(lower, lowerCount);
			count(upper, count(leaf) - lowerCount);
			Arrays.fill(node, from, middle, lower);
			Arrays.fill(node, middle, to, upper);
			this.leaves++;
		}

		@Override
		public RowMap build() {
			if (this.size == 0) {
				return EMPTY;
			}
			if (this.leaves > 1 && this.size < this.leaves * SPARSE) {
				TableBuilder denser = new TableBuilder((RowTable) EMPTY);
				new RowIterator(this.root).forEachRemaining(denser::put);
				return new RowTable(denser.root, denser.size, denser.leaves);
			}
			return (this.root == this.base.root) ? this.base : new RowTable(this.root, this.size, this.leaves);
		}

	}

	/**
	 * Walks the leaves from the first reference to the last.
	 */
	private static final class RowIterator implements Iterator<RowCell<?>> {

		private final Deque<Position> nodes = new ArrayDeque<>();

		private @Nullable Object[] leaf;

		private int place;

		private @Nullable RowCell<?> next;

		RowIterator(@Nullable Object[] root) {
			this.leaf = descend(root);
			advance();
		}

		private @Nullable Object[] descend(@Nullable Object[] from) {
			@Nullable Object[] at = from;
			while (at.length == NODE_LENGTH) {
				Position position = new Position(at);
				this.nodes.push(position);
				at = position.take();
			}
			this.place = 0;
			return at;
		}

		private void advance() {
			while (true) {
				while (this.place < places(this.leaf)) {
					Object row = this.leaf[this.place++];
					if (row != null) {
						this.next = (RowCell<?>) row;
						return;
					}
				}
				while (!this.nodes.isEmpty() && this.nodes.element().isAtEnd()) {
					this.nodes.remove();
				}
				if (this.nodes.isEmpty()) {
					this.next = null;
					return;
				}
				this.leaf = descend(this.nodes.element().take());
			}
		}

		@Override
		public boolean hasNext() {
			return this.next != null;
		}

		@Override
		public RowCell<?> next() {
			RowCell<?> current = this.next;
			if (current == null) {
				throw new NoSuchElementException();
			}
			advance();
			return current;
		}

	}

	/**
	 * How far the children of a node were walked.
	 */
	private static final class Position {

		private final @Nullable Object[] node;

		private int index;

		Position(@Nullable Object[] node) {
			this.node = node;
		}

		boolean isAtEnd() {
			return this.index == WIDTH;
		}

		@Nullable Object[] take() {
			@Nullable Object[] child = child(this.node, this.index);
			while (this.index < WIDTH && this.node[this.index] == child) {
				this.index++;
			}
			return child;
		}

	}

}
