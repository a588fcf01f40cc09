package io.streamdb.schema;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes every property be written, nulls too, whatever the mapper's settings and the
 * annotations of a class say (SPEC T4): readers that merge updates into what they have
 * would keep the old value of a property that is missing.
 */
final class CompleteInclusion extends NopAnnotationIntrospector {

	private static final JsonInclude.Value ALWAYS = JsonInclude.Value.construct(JsonInclude.Include.ALWAYS,
			JsonInclude.Include.ALWAYS);

	private CompleteInclusion() {
	}

	static JsonMapper applyTo(JsonMapper mapper) {
		JsonMapper.Builder builder = mapper.rebuild();
		return builder.changeDefaultPropertyInclusion((inclusion) -> ALWAYS)
			.annotationIntrospector(
					AnnotationIntrospector.pair(new CompleteInclusion(), builder.annotationIntrospector()))
			.build();
	}

	@Override
	public JsonInclude.Value findPropertyInclusion(MapperConfig<?> config, Annotated annotated) {
		return ALWAYS;
	}

}
