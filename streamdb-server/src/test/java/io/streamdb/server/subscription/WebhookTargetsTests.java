package io.streamdb.server.subscription;

import java.net.InetAddress;
import java.net.URI;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.streamdb.Spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class WebhookTargetsTests {

	private final WebhookTargets production = new WebhookTargets(false);

	private final WebhookTargets development = new WebhookTargets(true);

	@ParameterizedTest
	@ValueSource(strings = { "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
			"127.9.9.9", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
			"192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
			"240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1",
			"64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:a00:1::1",
			"3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1" })
	@Spec("S4.8")
	void addressesThatAreNotPublicAreRefused(String address) throws Exception {
		InetAddress[] addresses = { InetAddress.getByName("93.184.216.34"), InetAddress.getByName(address) };
		assertThat(this.production.objection(URI.create("https://hooks.example"), addresses)).contains("hooks.example");
		assertThat(this.development.objection(URI.create("https://hooks.example"), addresses)).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "1.1.1.1", "93.184.216.34", "100.63.255.255", "100.128.0.1", "169.253.1.1", "172.15.0.1",
			"172.32.0.1", "192.1.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2001:200::1", "2606:4700::1111",
			"2a00:1450::1", "3fff:1000::1" })
	void publicAddressesAreTargets(String address) throws Exception {
		InetAddress[] addresses = { InetAddress.getByName(address) };
		assertThat(this.production.objection(URI.create("https://hooks.example"), addresses)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://hooks.example/x", "http://10.0.0.1/hook", "http://[::1]/x", "ftp://hooks.example",
			"https:///x", "https://", "hooks.example/x", "https://user:secret@hooks.example/",
			"https://hooks.example/#x", "https://127.1/", "https://0x7f.0.0.1/", "https://hooks example/",
			"javascript:alert(1)", "http://localhost.example/", "http://127.0.0.1.example/",
			"http://127.0.0.1@hooks.example/", "" })
	void urlsThatCanBeNoTargetAreRefused(String url) {
		for (WebhookTargets targets : new WebhookTargets[] { this.production, this.development }) {
			assertThatExceptionOfType(SubscriptionException.class).isThrownBy(() -> targets.parse(url))
				.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("WEBHOOK_URL_REJECTED"));
		}
	}

	@Test
	void thisMachineIsForDevelopment() throws Exception {
		for (String url : new String[] { "http://localhost:8080/x", "http://127.0.0.1/x", "HTTP://LOCALHOST/x" }) {
			assertThatExceptionOfType(SubscriptionException.class).isThrownBy(() -> this.production.parse(url))
				.withMessageContaining("development");
			URI local = this.development.parse(url);
			assertThat(this.development.objection(local, InetAddress.getAllByName("127.0.0.1"))).isNull();
			assertThat(this.development.objection(local, InetAddress.getAllByName("10.0.0.1"))).isNotNull();
			assertThat(this.development.objection(local, InetAddress.getAllByName("1.1.1.1"))).isNotNull();
		}
	}

}
