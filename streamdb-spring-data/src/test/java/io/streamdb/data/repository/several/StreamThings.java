package io.streamdb.data.repository.several;

import org.springframework.data.repository.ListCrudRepository;

/**
 * Ours by its entity.
 */
public interface StreamThings extends ListCrudRepository<StreamThing, String> {

}
