package io.streamdb.boot.app;

import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.context.annotation.Configuration;

/**
 * Says where the entities and repositories are.
 */
@Configuration(proxyBeanMethods = false)
@AutoConfigurationPackage
public class TestApplication {

}
