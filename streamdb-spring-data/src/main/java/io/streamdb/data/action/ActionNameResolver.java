package io.streamdb.data.action;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanDefinitionHolder;
import org.springframework.beans.factory.config.DependencyDescriptor;
import org.springframework.beans.factory.support.AutowireCandidateResolver;

/**
 * Suggests the invoker of the action that a field or parameter is named after, where its
 * type fits several. The invoker cannot have the action's name as its own bean name,
 * since that is mostly taken by the action.
 */
final class ActionNameResolver implements AutowireCandidateResolver, BeanFactoryAware {

	private final AutowireCandidateResolver delegate;

	ActionNameResolver(AutowireCandidateResolver delegate) {
		this.delegate = delegate;
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		if (this.delegate instanceof BeanFactoryAware aware) {
			aware.setBeanFactory(beanFactory);
		}
	}

	@Override
	public @Nullable String getSuggestedName(DependencyDescriptor descriptor) {
		String suggested = this.delegate.getSuggestedName(descriptor);
		String name = descriptor.getDependencyName();
		if (suggested == null && name != null && descriptor.getDependencyType() == ActionInvoker.class) {
			return StreamActionPostProcessor.invokerBeanName(name);
		}
		return suggested;
	}

	@Override
	public boolean isAutowireCandidate(BeanDefinitionHolder bean, DependencyDescriptor descriptor) {
		return this.delegate.isAutowireCandidate(bean, descriptor);
	}

	@Override
	public boolean isRequired(DependencyDescriptor descriptor) {
		return this.delegate.isRequired(descriptor);
	}

	@Override
	public boolean hasQualifier(DependencyDescriptor descriptor) {
		return this.delegate.hasQualifier(descriptor);
	}

	@Override
	public @Nullable Object getSuggestedValue(DependencyDescriptor descriptor) {
		return this.delegate.getSuggestedValue(descriptor);
	}

	@Override
	public @Nullable Object getLazyResolutionProxyIfNecessary(DependencyDescriptor descriptor,
			@Nullable String beanName) {
		return this.delegate.getLazyResolutionProxyIfNecessary(descriptor, beanName);
	}

	@Override
	public @Nullable Class<?> getLazyResolutionProxyClass(DependencyDescriptor descriptor, @Nullable String beanName) {
		return this.delegate.getLazyResolutionProxyClass(descriptor, beanName);
	}

	@Override
	public AutowireCandidateResolver cloneIfNecessary() {
		return new ActionNameResolver(this.delegate.cloneIfNecessary());
	}

}
