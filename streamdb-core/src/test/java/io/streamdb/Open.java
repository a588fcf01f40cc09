package io.streamdb;

import java.util.LinkedHashMap;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import tools.jackson.databind.JsonNode;

/**
 * Takes objects of any shape.
 */
class Open {

	private String id = "";

	private final Map<String, JsonNode> properties = new LinkedHashMap<>();

	public String getId() {
		return this.id;
	}

	public void setId(String id) {
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
