package io.streamdb.boot.autoconfigure.security;

import io.streamdb.boot.security.AuthorizationManagerStreamAccess;
import io.streamdb.boot.security.StreamAuthorizationContext;
import io.streamdb.server.StreamAccess;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.security.authorization.AuthorizationManager;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the access to the embedded server where Spring Security is on
 * the class path: a bean of type {@code AuthorizationManager<StreamAuthorizationContext>}
 * decides who may do what (SPEC S5). Without one only clients on this machine are served,
 * as without Spring Security.
 */
@AutoConfiguration
@ConditionalOnClass({ AuthorizationManager.class, StreamAccess.class })
public final class StreamDbSecurityAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(StreamAccess.class)
	@Conditional(OnStreamAuthorizationManagerCondition.class)
	AuthorizationManagerStreamAccess streamDbAccess(AuthorizationManager<StreamAuthorizationContext> manager) {
		return new AuthorizationManagerStreamAccess(manager);
	}

}
