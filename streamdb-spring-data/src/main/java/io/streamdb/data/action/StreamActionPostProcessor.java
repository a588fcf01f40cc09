package io.streamdb.data.action;

import java.util.LinkedHashMap;
import java.util.Map;

import io.streamdb.data.core.StreamDbOperations;
import io.streamdb.transaction.OptimisticAction;

import org.springframework.beans.factory.BeanDefinitionStoreException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.ResolvableType;
import org.springframework.util.StringUtils;

/**
 * Registers an {@link ActionInvoker} for each {@link StreamAction} bean, and an
 * {@link ActionRegistry} for all. The invoker of the action {@code claim} is the bean
 * {@code claimInvoker}, is qualified with {@code claim}, and is chosen for a field or
 * parameter named {@code claim} where its type fits several.
 * <p>
 * Where the application was processed ahead of time, this runs at the start as well, and
 * nothing of it is generated: code of ours could not name parameters that are not public.
 */
public final class StreamActionPostProcessor implements BeanDefinitionRegistryPostProcessor {

	/** The name of the {@link ActionRegistry} bean. */
	public static final String REGISTRY_BEAN_NAME = "streamActionRegistry";

	private final String templateBeanName;

	/**
	 * Creates a post-processor.
	 * @param templateBeanName the bean of type {@link StreamDbOperations} that the
	 * actions use
	 */
	public StreamActionPostProcessor(String templateBeanName) {
		this.templateBeanName = templateBeanName;
	}

	/**
	 * Registers the invokers.
	 * @param registry gets the bean definitions
	 * @throws BeanDefinitionStoreException when two actions have one name, or a bean is
	 * no action
	 */
	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		if (!(registry instanceof DefaultListableBeanFactory beanFactory)) {
			throw new IllegalStateException("Actions need a DefaultListableBeanFactory, not " + registry);
		}
		Map<String, String> beanNamesByAction = findActions(beanFactory);
		registry.registerBeanDefinition(REGISTRY_BEAN_NAME, invokers(beanNamesByAction));
		beanNamesByAction.forEach((action, beanName) -> register(action, beanName, beanFactory));
		beanFactory.setAutowireCandidateResolver(new ActionNameResolver(beanFactory.getAutowireCandidateResolver()));
	}

	private RootBeanDefinition invokers(Map<String, String> beanNamesByAction) {
		RootBeanDefinition invokers = new RootBeanDefinition(ActionInvokers.class);
		invokers.getConstructorArgumentValues().addIndexedArgumentValue(0, beanNamesByAction);
		invokers.getConstructorArgumentValues()
			.addIndexedArgumentValue(2, new RuntimeBeanReference(this.templateBeanName));
		invokers.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
		invokers.setAttribute(BeanRegistrationAotProcessor.IGNORE_REGISTRATION_ATTRIBUTE, true);
		return invokers;
	}

	private static Map<String, String> findActions(ConfigurableListableBeanFactory beanFactory) {
		Map<String, String> beanNamesByAction = new LinkedHashMap<>();
		for (String beanName : beanFactory.getBeanDefinitionNames()) {
			// Not getBeanNamesForAnnotation, which may create factory beans this early.
			StreamAction annotation = beanFactory.findAnnotationOnBean(beanName, StreamAction.class, false);
			if (annotation == null || beanFactory.getMergedBeanDefinition(beanName).isAbstract()) {
				continue;
			}
			String action = StringUtils.hasText(annotation.name()) ? annotation.name() : beanName;
			String other = beanNamesByAction.putIfAbsent(action, beanName);
			if (other != null) {
				throw new BeanDefinitionStoreException(
						"The beans '%s' and '%s' are both the action '%s'; give one another @StreamAction name"
							.formatted(other, beanName, action));
			}
		}
		return beanNamesByAction;
	}

	private static void register(String action, String beanName, DefaultListableBeanFactory beanFactory) {
		RootBeanDefinition invoker = new RootBeanDefinition(ActionInvoker.class);
		invoker.setFactoryBeanName(REGISTRY_BEAN_NAME);
		invoker.setFactoryMethodName("invoker");
		invoker.getConstructorArgumentValues().addIndexedArgumentValue(0, action);
		invoker.setAttribute(BeanRegistrationAotProcessor.IGNORE_REGISTRATION_ATTRIBUTE, true);
		invoker.setTargetType(invokerType(action, beanName, beanFactory));
		invoker.addQualifier(new AutowireCandidateQualifier(Qualifier.class, action));
		beanFactory.registerBeanDefinition(invokerBeanName(action), invoker);
	}

	static String invokerBeanName(String action) {
		return action + "Invoker";
	}

	private static ResolvableType invokerType(String action, String beanName,
			ConfigurableListableBeanFactory beanFactory) {
		ResolvableType declared = beanFactory.getMergedBeanDefinition(beanName).getResolvableType();
		Class<?> type = beanFactory.getType(beanName, false);
		ResolvableType beanType = (declared.resolve() != null) ? declared : ResolvableType.forClass(type);
		ResolvableType actionType = beanType.as(OptimisticAction.class);
		if (actionType == ResolvableType.NONE) {
			throw new BeanDefinitionStoreException(
					"The bean '%s', annotated with @StreamAction, is a %s; it has to be an %s".formatted(beanName,
							beanType, OptimisticAction.class.getName()));
		}
		if (actionType.hasUnresolvableGenerics()) {
			throw new BeanDefinitionStoreException(
					"The types of the action '%s' are not known; let the class, or the return type of the method, of the bean '%s' say OptimisticAction<P, R> with both types"
						.formatted(action, beanName));
		}
		return ResolvableType.forClassWithGenerics(ActionInvoker.class, actionType.getGenerics());
	}

}
