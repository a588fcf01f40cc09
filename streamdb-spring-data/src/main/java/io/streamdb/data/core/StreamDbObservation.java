package io.streamdb.data.core;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * What is observed of a database (SPEC B7).
 */
public enum StreamDbObservation implements ObservationDocumentation {

	/**
	 * A transaction or action, from the call until it is durable and visible, or has
	 * failed. What joins an ambient transaction is part of that one.
	 */
	TRANSACTION {

		@Override
		public String getName() {
			return "streamdb.transaction";
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinalityKeyNames.values();
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return HighCardinalityKeyNames.values();
		}

	};

	/**
	 * Keys of few values.
	 */
	public enum LowCardinalityKeyNames implements KeyName {

		/** The name of the action, or {@code none}. */
		ACTION {

			@Override
			public String asString() {
				return "streamdb.action";
			}

		}

	}

	/**
	 * Keys of many values.
	 */
	public enum HighCardinalityKeyNames implements KeyName {

		/** The txid. */
		TXID {

			@Override
			public String asString() {
				return "streamdb.txid";
			}

		}

	}

}
