package io.streamdb.schema;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule.SetupContext;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.ValueInstantiators;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.introspect.AnnotatedWithParams;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Makes a mapper call the constructors of records and immutable classes through a method
 * handle that takes the array of arguments as it is. Jackson itself adapts a handle to
 * the number of arguments again for every object, which is most of the cost of making
 * one. Nothing else changes: which constructor is called, with what, and what becomes of
 * what it throws.
 */
final class DirectCreators extends ValueInstantiators.Base {

	private DirectCreators() {
	}

	static JsonMapper applyTo(JsonMapper mapper) {
		return mapper.rebuild().addModule(new DirectCreatorsModule()).build();
	}

	@Override
	public ValueInstantiator modifyValueInstantiator(DeserializationConfig config, BeanDescription.Supplier description,
			ValueInstantiator instantiator) {
		// Whatever is not exactly Jackson's own may do more than call a constructor.
		return (instantiator.getClass() == StdValueInstantiator.class)
				? new DirectInstantiator((StdValueInstantiator) instantiator) : instantiator;
	}

	private static final class DirectCreatorsModule extends SimpleModule {

		DirectCreatorsModule() {
			super("streamdb-direct-creators");
		}

		@Override
		public void setupModule(SetupContext context) {
			context.addValueInstantiators(new DirectCreators());
		}

	}

	private static final class DirectInstantiator extends StdValueInstantiator {

		/** Set once, by whichever thread comes first. */
		private volatile @Nullable MethodHandle creator;

		private volatile boolean unavailable;

		DirectInstantiator(StdValueInstantiator original) {
			super(original);
		}

		@Override
		public Object createFromObjectWith(DeserializationContext context, Object[] arguments) {
			MethodHandle handle = creator();
			if (handle == null) {
				return super.createFromObjectWith(context, arguments);
			}
			try {
				return (Object) handle.invokeExact(arguments);
			}
			catch (Exception ex) {
				return context.handleInstantiationProblem(this._valueClass, arguments, rewrapCtorProblem(context, ex));
			}
			catch (Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new IllegalStateException("A constructor threw what is neither an exception nor an error", ex);
			}
		}

		/**
		 * Finds the handle when the first object is made: Jackson has made the
		 * constructor accessible by then.
		 */
		private @Nullable MethodHandle creator() {
			MethodHandle known = this.creator;
			if (known == null && !this.unavailable) {
				known = find(this._withArgsCreator);
				this.creator = known;
				this.unavailable = (known == null);
			}
			return known;
		}

		private static @Nullable MethodHandle find(@Nullable AnnotatedWithParams creator) {
			if (creator == null) {
				return null;
			}
			try {
				MethodHandles.Lookup lookup = MethodHandles.lookup();
				MethodHandle handle = null;
				if (creator.getAnnotated() instanceof Constructor<?> constructor) {
					handle = lookup.unreflectConstructor(constructor);
				}
				else if (creator.getAnnotated() instanceof Method method) {
					handle = lookup.unreflect(method);
				}
				return (handle != null) ? handle.asFixedArity()
					.asSpreader(Object[].class, creator.getParameterCount())
					.asType(MethodType.methodType(Object.class, Object[].class)) : null;
			}
			catch (IllegalAccessException ex) {
				// It is for Jackson to call, which may reach further.
				return null;
			}
		}

	}

}
