package io.streamdb.data.repository.several;

import io.streamdb.data.TestDatabase;
import io.streamdb.data.core.StreamDbTemplate;
import io.streamdb.data.repository.config.EnableStreamDbRepositories;
import io.streamdb.data.repository.support.SimpleStreamRepository;
import org.junit.jupiter.api.Test;

import org.springframework.aop.support.AopUtils;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.keyvalue.repository.support.SimpleKeyValueRepository;
import org.springframework.data.map.repository.config.EnableMapRepositories;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that each store takes its own repositories where there are several.
 */
class SeveralStoresTests {

	@Test
	void eachStoreTakesItsOwnRepositories() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Stores.class)) {
			assertThat(AopUtils.getTargetClass(context.getBean(StreamThings.class)))
				.isEqualTo(SimpleStreamRepository.class);
			assertThat(AopUtils.getTargetClass(context.getBean(MapThings.class)))
				.isEqualTo(SimpleKeyValueRepository.class);
			StreamThings things = context.getBean(StreamThings.class);
			things.save(new StreamThing("1"));
			assertThat(things.findAll()).containsExactly(new StreamThing("1"));
			assertThat(context.getBean(MapThings.class).findAll()).isEmpty();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableStreamDbRepositories
	@EnableMapRepositories
	static class Stores {

		@Bean
		TestDatabase database() {
			return new TestDatabase(StreamThing.class);
		}

		@Bean
		StreamDbTemplate streamDbTemplate(TestDatabase database) {
			return database.template();
		}

	}

}
