package io.streamdb.data.repository.several;

import org.springframework.data.keyvalue.repository.KeyValueRepository;

/**
 * Another store's by its type.
 */
public interface MapThings extends KeyValueRepository<MapThing, String> {

}
