package io.streamdb.server.subscription;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a worker reports on a wake (PROTOCOL 7.1 and 7.2).
 *
 * @param wakeId the wake
 * @param generation its generation
 * @param acks how far it has worked off streams
 * @param done whether it ends the wake
 */
record WakeReport(String wakeId, long generation, List<Ack> acks, boolean done) {

	static WakeReport parse(JsonObject body, Predicate<String> paths) {
		List<Ack> acks = new ArrayList<>();
		for (JsonObject ack : body.objects("acks")) {
			String stream = ack.string("stream");
			String path = (stream != null) ? stream : ack.requiredString("path", "An ack needs stream and offset");
			acks.add(new Ack(SubscriptionConfig.path("acks", path, paths),
					ack.requiredString("offset", "An ack needs stream and offset")));
		}
		return new WakeReport(body.requiredString("wake_id", "wake_id is missing"), body.requiredInteger("generation"),
				acks, body.flag("done"));
	}

	/**
	 * How far a stream was worked off.
	 *
	 * @param stream its path
	 * @param offset the last offset
	 */
	record Ack(String stream, String offset) {
	}

}
