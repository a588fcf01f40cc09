package io.streamdb.data.repository;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;

/**
 * A repository with an interface.
 */
public interface TaskRepository extends StreamRepository<Task, String> {

	default Page<Task> findAllUrgent(Pageable pageable) {
		return findAll((task) -> task.priority() > 7, pageable);
	}

}
