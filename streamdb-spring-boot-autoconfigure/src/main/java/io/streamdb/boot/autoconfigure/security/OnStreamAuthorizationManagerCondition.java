package io.streamdb.boot.autoconfigure.security;

import io.streamdb.boot.security.StreamAuthorizationContext;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.ResolvableType;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.security.authorization.AuthorizationManager;

/**
 * Matches when there is an {@code AuthorizationManager<StreamAuthorizationContext>}:
 * other managers, which decide about other things, do not count.
 */
class OnStreamAuthorizationManagerCondition extends SpringBootCondition implements ConfigurationCondition {

	private static final ResolvableType MANAGER = ResolvableType.forClassWithGenerics(AuthorizationManager.class,
			StreamAuthorizationContext.class);

	@Override
	public ConfigurationPhase getConfigurationPhase() {
		return ConfigurationPhase.REGISTER_BEAN;
	}

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("Authorization manager of streams");
		ConfigurableListableBeanFactory beans = context.getBeanFactory();
		String[] names = (beans != null) ? beans.getBeanNamesForType(MANAGER, false, false) : new String[0];
		return (names.length == 0) ? ConditionOutcome.noMatch(message.didNotFind(MANAGER.toString()).atAll())
				: ConditionOutcome.match(message.found("bean").items((Object[]) names));
	}

}
