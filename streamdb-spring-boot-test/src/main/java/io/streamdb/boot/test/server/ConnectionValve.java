package io.streamdb.boot.test.server;

import java.io.IOException;

import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Gives filters what the Servlet API does not have: the end of the connection, and
 * headers that the web server leaves as they are.
 */
final class ConnectionValve extends ValveBase {

	private static final String RESPONSE = ConnectionValve.class.getName() + ".RESPONSE";

	ConnectionValve() {
		super(true);
	}

	@Override
	public void invoke(Request request, Response response) throws IOException, ServletException {
		request.setAttribute(RESPONSE, response.getCoyoteResponse());
		getNext().invoke(request, response);
	}

	/**
	 * Ends the connection. What was not flushed is not sent.
	 */
	static void dropConnection(ServletRequest request) {
		response(request).action(ActionCode.CLOSE_NOW, null);
	}

	/**
	 * Sets a header that the web server does not look at.
	 */
	static void setHeader(ServletRequest request, String name, String value) {
		response(request).getMimeHeaders().setValue(name).setString(value);
	}

	private static org.apache.coyote.Response response(ServletRequest request) {
		if (request.getAttribute(RESPONSE) instanceof org.apache.coyote.Response response) {
			return response;
		}
		throw new IllegalStateException("The request did not come through a ConnectionValve");
	}

}
