package io.streamdb.data.action;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

import io.streamdb.data.core.StreamDbOperations;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * The invokers of all actions of a bean factory.
 */
final class ActionInvokers implements ActionRegistry {

	private final Map<String, ActionInvoker<?, ?>> invokers = new TreeMap<>();

	ActionInvokers(Map<String, String> beanNamesByAction, BeanFactory beanFactory, StreamDbOperations operations) {
		beanNamesByAction.forEach(
				(action, beanName) -> this.invokers.put(action, create(action, beanName, beanFactory, operations)));
	}

	private static ActionInvoker<?, ?> create(String action, String beanName, BeanFactory beanFactory,
			StreamDbOperations operations) {
		Supplier<OptimisticAction<Object, Object>> bean = SingletonSupplier.of(() -> action(beanName, beanFactory));
		return new DefaultActionInvoker<>(action, bean, operations);
	}

	@SuppressWarnings("unchecked")
	private static OptimisticAction<Object, Object> action(String beanName, BeanFactory beanFactory) {
		OptimisticAction<Object, Object> action = beanFactory.getBean(beanName, OptimisticAction.class);
		// A proxy overrides every method, which is no mutate of the action's own.
		return (AopUtils.isAopProxy(action) && persistsByDefault(AopProxyUtils.ultimateTargetClass(action)))
				? action::onMutate : action;
	}

	private static boolean persistsByDefault(Class<?> targetClass) {
		return OptimisticAction.class.isAssignableFrom(targetClass)
				&& ClassUtils.getMethod(targetClass, "mutate", Object.class, ActionContext.class)
					.getDeclaringClass() == OptimisticAction.class;
	}

	@Override
	public Set<String> names() {
		return Collections.unmodifiableSet(this.invokers.keySet());
	}

	@Override
	@SuppressWarnings("unchecked")
	public <P extends @Nullable Object, R extends @Nullable Object> ActionInvoker<P, R> invoker(String name) {
		ActionInvoker<?, ?> invoker = this.invokers.get(name);
		if (invoker == null) {
			throw new IllegalArgumentException("There is no action '%s'; there are %s".formatted(name, names()));
		}
		return (ActionInvoker<P, R>) invoker;
	}

}
