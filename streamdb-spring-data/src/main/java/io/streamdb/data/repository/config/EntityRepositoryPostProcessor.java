package io.streamdb.data.repository.config;

import java.util.Collection;
import java.util.List;

import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.data.mapping.StreamDbPersistentEntity;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.data.repository.support.StreamRepositoryFactoryBean;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Registers a {@link StreamRepository} for each entity, to be injected by its full
 * generic type with no interface written (SPEC B2). They are fallback beans: a declared
 * repository of the same entity is injected instead.
 * <p>
 * Each is two bean definitions. The factory bean is what Spring Data and Boot know: it is
 * customised, measured, and found by the domain type. But a factory bean's generic type
 * is not part of a lenient match, so that a {@code StreamRepository<Task, Long>} would
 * get the repository of a task whose id is a String. Therefore it is no autowire
 * candidate, and a second definition hands out its product with the exact type.
 * <p>
 * Where the application was processed ahead of time, this runs at the start as well, and
 * nothing of it is generated: code of ours could not name entities that are not public.
 */
public final class EntityRepositoryPostProcessor implements BeanDefinitionRegistryPostProcessor {

	private final List<Class<?>> entityClasses;

	private final String templateBeanName;

	/**
	 * Creates a post-processor.
	 * @param entityClasses the entity classes
	 * @param templateBeanName the bean of type
	 * {@link io.streamdb.data.core.StreamDbOperations} that the repositories use
	 */
	public EntityRepositoryPostProcessor(Collection<? extends Class<?>> entityClasses, String templateBeanName) {
		this.entityClasses = List.copyOf(entityClasses);
		this.templateBeanName = templateBeanName;
	}

	/**
	 * Registers the repositories.
	 * @param registry gets the bean definitions
	 * @throws io.streamdb.data.mapping.MissingIdPropertyException when an entity has no
	 * primary key
	 */
	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		StreamDbMappingContext mappingContext = new StreamDbMappingContext();
		for (Class<?> entityClass : this.entityClasses) {
			StreamDbPersistentEntity<?> entity = mappingContext.getRequiredPersistentEntity(entityClass);
			Class<?> idClass = ClassUtils.resolvePrimitiveIfNecessary(entity.getRequiredIdProperty().getType());
			register(entityClass, idClass, registry);
		}
	}

	private void register(Class<?> entityClass, Class<?> idClass, BeanDefinitionRegistry registry) {
		String name = beanName(entityClass, registry);
		String factoryName = name + "Factory";
		ResolvableType type = ResolvableType.forClassWithGenerics(StreamRepository.class, entityClass, idClass);
		registry.registerBeanDefinition(factoryName, factory(entityClass, idClass, type));
		registry.registerBeanDefinition(name, repository(factoryName, type));
	}

	private BeanDefinition factory(Class<?> entityClass, Class<?> idClass, ResolvableType repositoryType) {
		RootBeanDefinition factory = new RootBeanDefinition(StreamRepositoryFactoryBean.class);
		factory.getConstructorArgumentValues().addIndexedArgumentValue(0, StreamRepository.class);
		factory.getPropertyValues().add("entityClass", entityClass);
		factory.getPropertyValues().add("streamDbOperations", new RuntimeBeanReference(this.templateBeanName));
		factory.setTargetType(ResolvableType.forClassWithGenerics(StreamRepositoryFactoryBean.class, repositoryType,
				ResolvableType.forClass(entityClass), ResolvableType.forClass(idClass)));
		factory.setAttribute(FactoryBean.OBJECT_TYPE_ATTRIBUTE, StreamRepository.class);
		factory.setAttribute(BeanRegistrationAotProcessor.IGNORE_REGISTRATION_ATTRIBUTE, true);
		factory.setAutowireCandidate(false);
		factory.setLazyInit(true);
		factory.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
		return factory;
	}

	private BeanDefinition repository(String factoryName, ResolvableType repositoryType) {
		RootBeanDefinition repository = new RootBeanDefinition(StreamRepository.class);
		repository.setFactoryBeanName(BeanFactory.FACTORY_BEAN_PREFIX + factoryName);
		repository.setFactoryMethodName("getObject");
		repository.setTargetType(repositoryType);
		repository.setAttribute(BeanRegistrationAotProcessor.IGNORE_REGISTRATION_ATTRIBUTE, true);
		repository.setFallback(true);
		repository.setLazyInit(true);
		return repository;
	}

	private static String beanName(Class<?> entityClass, BeanDefinitionRegistry registry) {
		String name = StringUtils.uncapitalize(entityClass.getSimpleName()) + "StreamRepository";
		return registry.containsBeanDefinition(name) ? entityClass.getName() + ".StreamRepository" : name;
	}

}
