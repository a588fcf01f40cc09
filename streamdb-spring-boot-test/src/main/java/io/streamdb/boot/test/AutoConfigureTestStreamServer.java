package io.streamdb.boot.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Lets the application under test use a stream of a
 * {@link io.streamdb.boot.test.server.TestStreamServer TestStreamServer}, over HTTP, that
 * goes wrong as the test wants:
 *
 * <pre class="code">
 * &#64;SpringBootTest
 * &#64;AutoConfigureTestStreamServer
 * class BoardTests {
 *
 *     &#64;Autowired
 *     FaultInjector faults;
 *
 *     &#64;Autowired
 *     StreamRepository&lt;Task, String&gt; tasks;
 *
 *     &#64;Test
 *     void aTaskIsSavedOnceAlthoughTheAnswerIsLost() {
 *         this.faults.inject(Fault.onStream("main").method("POST").dropResponse());
 *         …
 *     }
 *
 * }
 * </pre>
 *
 * The server starts before the context and ends after it. It is a bean, and so are its
 * faults, which are cleared after each test. The property {@code streamdb.url} is the URL
 * of the stream, which is there and empty at the begin.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface AutoConfigureTestStreamServer {

	/**
	 * The path of the stream that the application uses.
	 * @return the path, not encoded and without a slash at its begin
	 */
	String stream() default "main";

}
