package io.streamdb;

import java.util.List;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.testsupport.EnabledWithNode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Seeded random histories on the reference server: what StreamDB holds of each is what
 * the reference's own {@code MaterializedState} holds (SPEC M1 to M3, M8).
 */
@EnabledWithNode
class DifferentialTests {

	private static final int HISTORIES = 600;

	private final ReferenceComparison comparison = new ReferenceComparison(UpdateMode.REPLACE, RandomHistory::whole,
			CollectionDefinition.of(Open.class).build(),
			CollectionDefinition.of(Shaped.class).primaryKey("ref").build(),
			CollectionDefinition.of(Numbered.class).name("numbers").build());

	@Test
	@Spec({ "M3.1", "M3.3", "M3.4", "M3.5" })
	void holdsWhatTheReferenceHolds() throws Exception {
		assertThat(this.comparison.compare(HISTORIES)).isGreaterThan(HISTORIES * 5);
	}

	record Shaped(String ref, @Nullable String text, long number, @Nullable Boolean flag, List<String> tags,
			@Nullable Part part) {
	}

	record Part(String name, double weight) {
	}

	record Numbered(long id, int count, @Nullable JsonNode more) {
	}

}
