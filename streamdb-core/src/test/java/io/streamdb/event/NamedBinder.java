package io.streamdb.event;

import java.util.List;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;

/**
 * Binds values of a type to nothing but their text.
 */
record NamedBinder(String type) implements EntityBinder {

	@Override
	public Object id(String key) {
		return key;
	}

	@Override
	public String idName() {
		return "id";
	}

	@Override
	public boolean isIdName(String name) {
		return name.equals("id");
	}

	@Override
	public void writeId(JsonGenerator generator, Object id) {
		generator.writeString((String) id);
	}

	@Override
	public StreamReadConstraints constraints() {
		return StreamReadConstraints.defaults();
	}

	@Override
	public ObjectReadContext readContext(JsonParser parser) {
		return ObjectReadContext.empty();
	}

	@Override
	public Object bind(JsonParser value) {
		return value.getString();
	}

	@Override
	public boolean hasId(Object entity, Object id) {
		return true;
	}

	@Override
	public List<String> violations(Object entity) {
		return List.of();
	}

}
