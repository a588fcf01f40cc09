package io.streamdb.sample.review;

import java.util.UUID;

import io.streamdb.data.repository.StreamRepository;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;

/**
 * The reviews: a declared repository, for what the board adds to the ready-made methods.
 */
interface ReviewRepository extends StreamRepository<Review, UUID> {

	/**
	 * Finds the reviews of one file.
	 * @param path the path of the file
	 * @param page which page
	 * @return the reviews on that page
	 */
	default Page<Review> findAllOfFile(String path, Pageable page) {
		return findAll((review) -> review.path().equals(path), page);
	}

}
