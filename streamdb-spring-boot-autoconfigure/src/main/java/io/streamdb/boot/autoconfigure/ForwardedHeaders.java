package io.streamdb.boot.autoconfigure;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Whether the application takes a request's origin from forwarding headers, in one of the
 * ways in which Boot and Spring can be told to (SPEC S5).
 */
final class ForwardedHeaders {

	private static final String STRATEGY = "server.forward-headers-strategy";

	private static final String[] VALVE_PROPERTIES = { "server.tomcat.remoteip.remote-ip-header",
			"server.tomcat.remoteip.protocol-header" };

	private static final String FILTER = "org.springframework.web.filter.ForwardedHeaderFilter";

	private static final String FILTER_REGISTRATION = "org.springframework.boot.web.servlet.FilterRegistrationBean";

	private ForwardedHeaders() {
	}

	static boolean areTrusted(Environment environment, ListableBeanFactory beanFactory) {
		return isStrategySet(environment) || isValveConfigured(environment) || isFilterRegistered(beanFactory);
	}

	private static boolean isStrategySet(Environment environment) {
		String strategy = property(environment, STRATEGY);
		if (StringUtils.hasText(strategy)) {
			return !strategy.equalsIgnoreCase("none");
		}
		CloudPlatform platform = CloudPlatform.getActive(environment);
		return platform != null && platform.isUsingForwardHeaders();
	}

	private static boolean isValveConfigured(Environment environment) {
		for (String property : VALVE_PROPERTIES) {
			if (StringUtils.hasText(property(environment, property))) {
				return true;
			}
		}
		return false;
	}

	private static boolean isFilterRegistered(ListableBeanFactory beanFactory) {
		ClassLoader classLoader = ForwardedHeaders.class.getClassLoader();
		if (!ClassUtils.isPresent(FILTER, classLoader)) {
			return false;
		}
		Class<?> filter = ClassUtils.resolveClassName(FILTER, classLoader);
		Class<?> registration = ClassUtils.resolveClassName(FILTER_REGISTRATION, classLoader);
		return beanFactory.getBeanNamesForType(filter, true, false).length > 0 || beanFactory
			.getBeanNamesForType(ResolvableType.forClassWithGenerics(registration, filter), true, false).length > 0;
	}

	private static String property(Environment environment, String name) {
		return Binder.get(environment).bind(name, String.class).orElse("");
	}

}
