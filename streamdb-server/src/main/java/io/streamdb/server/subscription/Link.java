package io.streamdb.server.subscription;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.Offset;

/**
 * A stream that a subscription follows, and how far it has been worked off. Guarded by
 * the lock of the subscriptions.
 */
final class Link {

	/** What says that nothing of a stream was worked off which is not there yet. */
	static final String NOTHING = "-1";

	final String path;

	/** Whether the pattern matches it. */
	boolean glob;

	/** Whether it was named. */
	boolean explicit;

	/** The last offset that was worked off, or {@code null} while there is no stream. */
	@Nullable Offset acked;

	Link(String path) {
		this.path = path;
	}

	static Link fromJson(JsonObject json) {
		Link link = new Link(json.requiredString("path", "path is missing"));
		link.glob = json.flag("glob");
		link.explicit = json.flag("explicit");
		String offset = json.string("acked");
		link.acked = (offset != null) ? Offset.parse(offset) : null;
		return link;
	}

	/**
	 * Returns the whole link, for the server's own storage.
	 */
	Map<String, @Nullable Object> toJson() {
		return toJson(this.acked);
	}

	/**
	 * Returns what the link is to be.
	 */
	Map<String, @Nullable Object> toJson(@Nullable Offset newAcked) {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("path", this.path);
		json.put("glob", this.glob);
		json.put("explicit", this.explicit);
		json.put("acked", (newAcked != null) ? newAcked.toString() : null);
		return json;
	}

	/**
	 * Returns the link as clients see it (PROTOCOL 6.3).
	 */
	Map<String, @Nullable Object> toPublicJson() {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("path", this.path);
		json.put("link_type", this.explicit ? "explicit" : "glob");
		json.put("acked_offset", ackedText());
		return json;
	}

	String ackedText() {
		return (this.acked != null) ? this.acked.toString() : NOTHING;
	}

}
