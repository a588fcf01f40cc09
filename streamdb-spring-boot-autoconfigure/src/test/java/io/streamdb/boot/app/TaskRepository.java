package io.streamdb.boot.app;

import io.streamdb.data.repository.StreamRepository;

/**
 * A declared repository.
 */
public interface TaskRepository extends StreamRepository<Task, String> {

}
