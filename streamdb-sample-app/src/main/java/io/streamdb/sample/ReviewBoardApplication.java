package io.streamdb.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/**
 * The review board.
 */
@SpringBootApplication
@ConfigurationPropertiesScan
public class ReviewBoardApplication {

	public static void main(String[] args) {
		SpringApplication.run(ReviewBoardApplication.class, args);
	}

}
