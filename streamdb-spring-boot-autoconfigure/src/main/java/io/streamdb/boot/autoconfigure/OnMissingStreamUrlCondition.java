package io.streamdb.boot.autoconfigure;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/**
 * Matches when no URL of a stream is configured (SPEC B8).
 */
class OnMissingStreamUrlCondition extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("Missing stream URL");
		return StringUtils.hasText(context.getEnvironment().getProperty(StreamUrl.PROPERTY))
				? ConditionOutcome.noMatch(message.because(StreamUrl.PROPERTY + " is set"))
				: ConditionOutcome.match(message.because(StreamUrl.PROPERTY + " is not set"));
	}

}
