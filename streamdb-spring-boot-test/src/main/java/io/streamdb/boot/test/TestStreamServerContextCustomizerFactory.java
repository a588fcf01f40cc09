package io.streamdb.boot.test;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Finds the tests with {@link AutoConfigureTestStreamServer}.
 */
final class TestStreamServerContextCustomizerFactory implements ContextCustomizerFactory {

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> attributes) {
		AutoConfigureTestStreamServer annotation = TestContextAnnotationUtils.findMergedAnnotation(testClass,
				AutoConfigureTestStreamServer.class);
		return (annotation != null) ? new TestStreamServerContextCustomizer(annotation.stream()) : null;
	}

}
