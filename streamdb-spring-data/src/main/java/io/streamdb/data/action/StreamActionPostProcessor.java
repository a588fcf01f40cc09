package io.streamdb.data.action;

import java.util.LinkedHashMap;
import java.util.Map;

import javax.lang.model.element.Modifier;

import io.streamdb.data.core.StreamDbOperations;
import io.streamdb.transaction.OptimisticAction;

import org.springframework.beans.factory.BeanDefinitionStoreException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotContribution;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotProcessor;
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
 * When the application is processed ahead of time, this runs then: what it registers is
 * generated as code, and only the choice by name is made again at the start.
 */
public final class StreamActionPostProcessor
		implements BeanDefinitionRegistryPostProcessor, BeanFactoryInitializationAotProcessor {

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
		chooseActionsByName(beanFactory);
	}

	/**
	 * Lets the invoker of an action be chosen by the name of a field or parameter. Called
	 * by generated code.
	 * @param beanFactory has the invokers
	 */
	public static void chooseActionsByName(DefaultListableBeanFactory beanFactory) {
		beanFactory.setAutowireCandidateResolver(new ActionNameResolver(beanFactory.getAutowireCandidateResolver()));
	}

	@Override
	public BeanFactoryInitializationAotContribution processAheadOfTime(ConfigurableListableBeanFactory beanFactory) {
		return (generation, code) -> code.addInitializer(code.getMethods()
			.add("chooseActionsByName",
					(method) -> method.addJavadoc("Let actions be chosen by name.")
						.addModifiers(Modifier.PRIVATE)
						.addParameter(DefaultListableBeanFactory.class, "beanFactory")
						.addStatement("$T.chooseActionsByName(beanFactory)", StreamActionPostProcessor.class))
			.toMethodReference());
	}

	private RootBeanDefinition invokers(Map<String, String> beanNamesByAction) {
		RootBeanDefinition invokers = new RootBeanDefinition(ActionInvokers.class);
		invokers.getConstructorArgumentValues().addIndexedArgumentValue(0, beanNamesByAction);
		invokers.getConstructorArgumentValues()
			.addIndexedArgumentValue(2, new RuntimeBeanReference(this.templateBeanName));
		invokers.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
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
