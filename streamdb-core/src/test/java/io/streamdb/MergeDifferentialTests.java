package io.streamdb;

import java.util.LinkedHashMap;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.testsupport.EnabledWithNode;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Seeded random histories of partial updates on the reference server: what StreamDB makes
 * of each in the mode {@link UpdateMode#MERGE} is what the TypeScript StreamDB makes of
 * it (SPEC M3).
 */
@EnabledWithNode
class MergeDifferentialTests {

	private static final int HISTORIES = 300;

	private final ReferenceComparison comparison = new ReferenceComparison(UpdateMode.MERGE, RandomHistory::partial,
			CollectionDefinition.of(Open.class).build(), CollectionDefinition.of(Numbered.class).build());

	@Test
	@Spec("M3.2")
	void mergesAsTheReferenceDoes() throws Exception {
		assertThat(this.comparison.compare(HISTORIES)).isGreaterThan(HISTORIES * 5);
	}

	/** Takes objects of any shape under the keys of numbers. */
	static class Numbered {

		private long id;

		private final Map<String, JsonNode> properties = new LinkedHashMap<>();

		public long getId() {
			return this.id;
		}

		public void setId(long id) {
			this.id = id;
		}

		@JsonAnyGetter
		public Map<String, JsonNode> getProperties() {
			return this.properties;
		}

		@JsonAnySetter
		public void setProperty(String name, JsonNode value) {
			this.properties.put(name, value);
		}

	}

}
