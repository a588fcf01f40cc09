package io.streamdb.boot.autoconfigure;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

import io.streamdb.boot.app.TestApplication;
import io.streamdb.boot.autoconfigure.security.StreamDbSecurityAutoConfiguration;
import io.streamdb.boot.security.AuthorizationManagerStreamAccess;
import io.streamdb.boot.security.StreamAuthorizationContext;
import io.streamdb.server.StreamAccess;
import io.streamdb.server.StreamOperation;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.context.ServerPortInfoApplicationContextInitializer;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authorization.AuthorityAuthorizationManager;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.core.context.SecurityContextHolder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the access to the embedded server that Spring Security decides (SPEC S5).
 */
class StreamDbSecurityAutoConfigurationTests {

	private final HttpClient client = HttpClient.newHttpClient();

	private final WebApplicationContextRunner contextRunner = new WebApplicationContextRunner(
			AnnotationConfigServletWebServerApplicationContext::new)
		.withConfiguration(AutoConfigurations.of(TomcatServletWebServerAutoConfiguration.class,
				StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class,
				StreamDbSecurityAutoConfiguration.class))
		.withUserConfiguration(TestApplication.class)
		.withInitializer(new ServerPortInfoApplicationContextInitializer())
		.withPropertyValues("server.port=0");

	@Test
	void authorizationManagerDecidesWhoMayDoWhat() {
		this.contextRunner.withUserConfiguration(SecuredStreams.class).run((context) -> {
			assertThat(context).hasSingleBean(StreamAccess.class).hasSingleBean(AuthorizationManagerStreamAccess.class);
			HttpResponse<String> unknown = read(context, null);
			assertThat(unknown.statusCode()).isEqualTo(401);
			assertThat(unknown.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
			assertThat(read(context, "guest").statusCode()).isEqualTo(403);
			assertThat(read(context, "reader").statusCode()).isEqualTo(200);
			assertThat(append(context, "reader").statusCode()).isEqualTo(403);
			assertThat(append(context, "writer").statusCode()).isEqualTo(204);
			assertThat(read(context, "abstained").statusCode()).isEqualTo(403);
			assertThat(read(context, "denied").statusCode()).isEqualTo(403);
			assertThat(read(context, "expired").statusCode()).isEqualTo(401);
		});
	}

	@Test
	void onlyThisMachineIsServedWithoutAnAuthorizationManagerOfStreams() {
		this.contextRunner.withUserConfiguration(OtherManager.class).run((context) -> {
			assertThat(context).doesNotHaveBean(StreamAccess.class);
			assertThat(read(context, null).statusCode()).isEqualTo(200);
			assertThat(send(request(context).header("X-Forwarded-For", "10.0.0.1")).statusCode()).isEqualTo(403);
		});
	}

	@Test
	void accessOfTheApplicationIsTaken() {
		StreamAccess own = StreamAccess.everybody();
		this.contextRunner.withUserConfiguration(SecuredStreams.class)
			.withBean(StreamAccess.class, () -> own)
			.run((context) -> assertThat(context).getBean(StreamAccess.class).isSameAs(own));
	}

	@Test
	void springSecurityMayBeAbsent() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(AuthorizationManager.class))
			.run((context) -> assertThat(read(context, null).statusCode()).isEqualTo(200));
	}

	private HttpResponse<String> read(ApplicationContext context, @Nullable String user) throws Exception {
		HttpRequest.Builder request = request(context);
		return send((user != null) ? request.header("X-User", user) : request);
	}

	private HttpResponse<String> append(ApplicationContext context, String user) throws Exception {
		return send(request(context).header("X-User", user)
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("[{}]")));
	}

	private static HttpRequest.Builder request(ApplicationContext context) {
		Integer port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
		return HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/streams/main"));
	}

	private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
		return this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	@Configuration(proxyBeanMethods = false)
	static class SecuredStreams {

		@Bean
		AuthorizationManager<StreamAuthorizationContext> streamAuthorization() {
			AuthorizationManager<StreamAuthorizationContext> readers = AuthorityAuthorizationManager
				.hasAnyAuthority("reader", "writer");
			AuthorizationManager<StreamAuthorizationContext> writers = AuthorityAuthorizationManager
				.hasAuthority("writer");
			return (authentication, context) -> switch (String.valueOf(context.request().headers("X-User"))) {
				case "[abstained]" -> null;
				case "[denied]" -> throw new AccessDeniedException("on purpose");
				case "[expired]" -> throw new AuthenticationCredentialsNotFoundException("on purpose");
				default -> ((context.operation() == StreamOperation.READ) ? readers : writers).authorize(authentication,
						context);
			};
		}

		/** Stands for the filters of Spring Security. */
		@Bean
		Filter authentication() {
			return (request, response, chain) -> {
				String user = ((HttpServletRequest) request).getHeader("X-User");
				if (user != null) {
					SecurityContextHolder.getContext()
						.setAuthentication(new TestingAuthenticationToken(user, "secret", user));
				}
				try {
					chain.doFilter(request, response);
				}
				finally {
					SecurityContextHolder.clearContext();
				}
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OtherManager {

		@Bean
		AuthorizationManager<String> otherAuthorization() {
			return AuthorityAuthorizationManager.hasAuthority("admin");
		}

	}

}
