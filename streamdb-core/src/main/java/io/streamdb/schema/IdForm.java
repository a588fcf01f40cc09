package io.streamdb.schema;

import java.util.UUID;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How ids of a class are written as JSON, so that the application's mapper reads them
 * back. The mapper itself is asked only where its answer is not known beforehand.
 */
enum IdForm {

	/** The text of the id. */
	TEXT {

		@Override
		void write(JsonGenerator generator, Object id, JsonMapper mapper) {
			generator.writeString(id.toString());
		}

	},

	/** A number. */
	NUMBER {

		@Override
		void write(JsonGenerator generator, Object id, JsonMapper mapper) {
			generator.writeNumber(((Number) id).longValue());
		}

	},

	/** Whatever the mapper makes of it. */
	MAPPED {

		@Override
		void write(JsonGenerator generator, Object id, JsonMapper mapper) {
			mapper.writeValue(generator, id);
		}

	};

	abstract void write(JsonGenerator generator, Object id, JsonMapper mapper);

	static IdForm of(Class<?> idClass, JsonMapper mapper) {
		if (idClass == String.class) {
			return writesAsText("id", mapper) ? TEXT : MAPPED;
		}
		if (idClass == UUID.class) {
			return writesAsText(new UUID(1, 2), mapper) ? TEXT : MAPPED;
		}
		if (idClass == Long.class) {
			return mapper.valueToTree(1L).isIntegralNumber() ? NUMBER : MAPPED;
		}
		if (idClass == Integer.class) {
			return mapper.valueToTree(1).isIntegralNumber() ? NUMBER : MAPPED;
		}
		return MAPPED;
	}

	private static boolean writesAsText(Object id, JsonMapper mapper) {
		JsonNode tree = mapper.valueToTree(id);
		return tree.isString() && tree.stringValue().equals(id.toString());
	}

}
