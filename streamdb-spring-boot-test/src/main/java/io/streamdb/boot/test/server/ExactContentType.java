package io.streamdb.boot.test.server;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/**
 * Sends content types as the stream server gives them. Tomcat leaves out the space before
 * a charset, which means the same; but the reference's server sends what it was given,
 * and suites compare the text.
 */
final class ExactContentType extends HttpServletResponseWrapper {

	private final HttpServletRequest request;

	ExactContentType(HttpServletRequest request, HttpServletResponse response) {
		super(response);
		this.request = request;
	}

	@Override
	public void setHeader(String name, String value) {
		if (name.equalsIgnoreCase("Content-Type") && value.indexOf(';') >= 0) {
			ConnectionValve.setHeader(this.request, name, value);
		}
		else {
			super.setHeader(name, value);
		}
	}

}
