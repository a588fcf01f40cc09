package io.streamdb.simulation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import io.streamdb.simulation.Entities.Account;
import io.streamdb.simulation.Entities.Ticket;
import io.streamdb.simulation.StreamHistory.Place;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import io.streamdb.transaction.TransactionState;
import org.jspecify.annotations.Nullable;

/**
 * A transaction in the eyes of the oracle: what it does to rows, and what became of it.
 */
final class Tx {

	final Replica replica;

	final int number;

	final List<Op> ops;

	/** Whether an action's own {@code mutate} brings it to the stream, or does not. */
	final boolean custom;

	/** In whose {@code mutate} it is committed. */
	@Nullable Tx within;

	@Nullable Transaction transaction;

	@Nullable TransactionHandle<?> handle;

	/** The place in the order of commits; 0 while it was never shown. */
	int order;

	/** What is sent, from when that is decided; absent values are deletes. */
	@Nullable Map<String, Optional<String>> frozen;

	/** What it does on top of the state that was looked at last. */
	Map<String, Optional<String>> results = Map.of();

	/** Whether it left the overlay for good, though it has not ended. */
	boolean gone;

	/** Whether it stands where its database could not read, so that it may not know. */
	boolean unseen;

	/** Whether it did not fit the state when it left the overlay. */
	boolean conflicted;

	/** Where its end is in the stream. */
	@Nullable Place appended;

	int appends;

	/**
	 * In which life of the stream it failed: another one knows nothing of the fences of
	 * that one, and takes what was on its way for long.
	 */
	int failedIn = Integer.MAX_VALUE;

	/** Which life of the stream its database showed then. */
	int committedIn;

	Tx(Replica replica, int number, List<Op> ops, boolean custom) {
		this.replica = replica;
		this.number = number;
		this.ops = ops;
		this.custom = custom;
	}

	String txid() {
		return (this.transaction != null) ? this.transaction.txid() : "none yet";
	}

	TransactionState state() {
		return (this.transaction != null) ? this.transaction.state() : TransactionState.PENDING;
	}

	Optional<TransactionOutcome> outcome() {
		return (this.handle != null) ? this.handle.outcome() : Optional.empty();
	}

	/**
	 * Returns whether it writes a key that another one writes.
	 */
	boolean meets(Tx other) {
		return this.ops.stream().anyMatch((op) -> other.ops.stream().anyMatch((one) -> one.key.equals(op.key)));
	}

	/**
	 * Applies it to rows.
	 * @param rows the rows
	 * @return what it does to each key, or {@code null} when it does not fit
	 */
	@Nullable Map<String, Optional<String>> applyTo(Map<String, String> rows) {
		if (this.frozen != null) {
			return this.frozen;
		}
		Map<String, Optional<String>> done = new LinkedHashMap<>();
		Map<String, String> seen = new TreeMap<>(rows);
		for (Op op : this.ops) {
			String before = seen.get(op.key);
			if (op.needs != null && op.needs != (before != null)) {
				return null;
			}
			String after = op.after(before);
			if (Op.CONFLICT.equals(after)) {
				return null;
			}
			if (after != null) {
				seen.put(op.key, after);
			}
			else {
				seen.remove(op.key);
			}
			done.put(op.key, Optional.ofNullable(after));
		}
		return done;
	}

	@Override
	public String toString() {
		return "tx" + this.number + (this.custom ? "c" : "") + "(" + txid().substring(0, 4) + ")" + this.ops;
	}

	/**
	 * One mutation.
	 *
	 * @param kind what it does
	 * @param key type and key
	 * @param mark what it leaves in the value
	 * @param needs whether the key must be there or must not, or {@code null}
	 */
	record Op(Kind kind, String key, String mark, @Nullable Boolean needs) {

		static final String CONFLICT = "conflict";

		enum Kind {

			INSERT, UPDATE, SAVE, DELETE

		}

		static Op of(Kind kind, String key, String mark) {
			return new Op(kind, key, mark, switch (kind) {
				case INSERT -> false;
				case UPDATE, DELETE -> true;
				case SAVE -> null;
			});
		}

		String type() {
			return this.key.substring(0, this.key.indexOf('/'));
		}

		Object id() {
			String id = this.key.substring(this.key.indexOf('/') + 1);
			return type().equals("ticket") ? Integer.valueOf(id) : id;
		}

		/**
		 * Returns the row after it.
		 */
		@Nullable String after(@Nullable String before) {
			return switch (this.kind) {
				case DELETE -> null;
				case INSERT, SAVE -> type().equals("ticket") ? this.mark : this.mark + "|0";
				case UPDATE -> updated(String.valueOf(before));
			};
		}

		private String updated(String before) {
			if (before.contains("locked")) {
				return CONFLICT;
			}
			if (type().equals("ticket")) {
				return marked(before);
			}
			int bar = before.lastIndexOf('|');
			return marked(before.substring(0, bar)) + "|" + (Integer.parseInt(before.substring(bar + 1)) + 1);
		}

		String marked(String text) {
			String all = text + "." + this.mark;
			return (all.length() > 24) ? all.substring(all.length() - 24) : all;
		}

		/**
		 * Does it in a transaction of the database.
		 */
		void applyTo(Transaction transaction) {
			if (type().equals("ticket")) {
				var tickets = transaction.collection(Ticket.class);
				switch (this.kind) {
					case INSERT -> tickets.insert(new Ticket((Integer) id(), this.mark));
					case SAVE -> tickets.save(new Ticket((Integer) id(), this.mark));
					case DELETE -> tickets.delete(id());
					case UPDATE -> tickets.update(id(), (ticket) -> new Ticket(ticket.id(), text(ticket.text())));
				}
			}
			else {
				var accounts = transaction.collection(Account.class);
				switch (this.kind) {
					case INSERT -> accounts.insert(new Account((String) id(), this.mark, 0));
					case SAVE -> accounts.save(new Account((String) id(), this.mark, 0));
					case DELETE -> accounts.delete(id());
					case UPDATE -> accounts.update(id(),
							(account) -> new Account(account.id(), text(account.text()), account.count() + 1));
				}
			}
		}

		private String text(String before) {
			if (before.contains("locked")) {
				throw new IllegalStateException("locked");
			}
			return marked(before);
		}

		@Override
		public String toString() {
			return this.kind + " " + this.key + " " + this.mark;
		}

	}

}
