package io.streamdb.boot.other.derived;

import java.util.List;

import io.streamdb.data.repository.StreamRepository;

/**
 * A repository with a derived query.
 */
public interface ThingRepository extends StreamRepository<Thing, String> {

	List<Thing> findByName(String name);

}
