package io.streamdb.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One connection to a web server, on which everything is written by hand: paths, headers
 * and framing that no client would send.
 */
final class RawConnection implements AutoCloseable {

	private final Socket socket = new Socket();

	private final InputStream input;

	RawConnection(int port) throws IOException {
		this(port, 64 * 1024);
	}

	RawConnection(int port, int receiveBuffer) throws IOException {
		this.socket.setReceiveBufferSize(receiveBuffer);
		this.socket.setSoTimeout(30_000);
		this.socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
		this.input = new BufferedInputStream(this.socket.getInputStream());
	}

	/** Sends lines of a head, the empty line at its end, and a body. */
	RawConnection send(String head, String body) throws IOException {
		write(head.strip().replace("\n", "\r\n") + "\r\n\r\n" + body);
		return this;
	}

	void write(String text) throws IOException {
		this.socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
		this.socket.getOutputStream().flush();
	}

	/** Reads a response whose length is known. */
	Response receive() throws IOException {
		Response head = receiveHead();
		String length = head.headers().get("content-length");
		byte[] body = (length != null) ? this.input.readNBytes(Integer.parseInt(length)) : new byte[0];
		return new Response(head.status(), head.headers(), new String(body, StandardCharsets.UTF_8));
	}

	Response receiveHead() throws IOException {
		Response head = receiveAnyHead();
		return (head.status() == 100) ? receiveAnyHead() : head;
	}

	private Response receiveAnyHead() throws IOException {
		String[] status = readLine().split(" ");
		Map<String, String> headers = new LinkedHashMap<>();
		for (String line = readLine(); !line.isEmpty(); line = readLine()) {
			int colon = line.indexOf(':');
			headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
		}
		return new Response(Integer.parseInt(status[1]), headers, "");
	}

	/** Reads until some text has come, and returns everything up to its end. */
	String readUntil(String text) throws IOException {
		byte[] end = text.getBytes(StandardCharsets.UTF_8);
		ByteArrayOutputStream read = new ByteArrayOutputStream();
		byte[] last = new byte[end.length];
		for (int count = 1; true; count++) {
			int octet = this.input.read();
			if (octet < 0) {
				throw new IOException("The connection ended after: " + read.toString(StandardCharsets.UTF_8));
			}
			read.write(octet);
			System.arraycopy(last, 1, last, 0, last.length - 1);
			last[last.length - 1] = (byte) octet;
			if (count >= end.length && Arrays.equals(last, end)) {
				return read.toString(StandardCharsets.UTF_8);
			}
		}
	}

	/** Reads a body of chunks to its end. */
	String receiveChunks() throws IOException {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		for (int size = Integer.parseInt(readLine(), 16); size > 0; size = Integer.parseInt(readLine(), 16)) {
			body.writeBytes(this.input.readNBytes(size));
			readLine();
		}
		readLine();
		return body.toString(StandardCharsets.UTF_8);
	}

	InputStream input() {
		return this.input;
	}

	private String readLine() throws IOException {
		String line = readUntil("\r\n");
		return line.substring(0, line.length() - 2);
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	record Response(int status, Map<String, String> headers, String body) {
	}

}
