package io.streamdb.data.repository;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import io.streamdb.Spec;
import io.streamdb.SubscriptionOptions;
import io.streamdb.client.AppendOptions;
import io.streamdb.data.TestDatabase;
import io.streamdb.data.repository.support.StreamRepositoryFactory;
import io.streamdb.event.Operation;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.Subscription;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.data.core.PropertyReferenceException;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Sort;
import org.springframework.data.repository.CrudRepository;
import org.springframework.data.repository.core.RepositoryCreationException;
import org.springframework.data.repository.query.QueryCreationException;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link StreamRepository} on the embedded server.
 */
class StreamRepositoryIntegrationTests {

	private static final Task WASH = new Task("1", "wash", 3);

	private static final Task COOK = new Task("2", "cook", 8);

	private static final Task READ = new Task("3", "read", 9);

	private final List<ChangeSet> commits = new ArrayList<>();

	private TestDatabase database;

	private TaskRepository tasks;

	private Subscription subscription;

	@BeforeEach
	void open() {
		this.database = new TestDatabase(Task.class);
		this.tasks = new StreamRepositoryFactory(this.database.template()).getRepository(TaskRepository.class);
		this.subscription = this.database.streamDb().subscribe(SubscriptionOptions.defaults(), (changes) -> {
			synchronized (this.commits) {
				this.commits.add(changes);
			}
		});
	}

	@AfterEach
	void close() {
		this.subscription.close();
		this.database.close();
	}

	@Test
	@Spec("T4.4")
	void saveInsertsAndThenUpdates() {
		assertThat(this.tasks.save(WASH)).isEqualTo(WASH);
		assertThat(this.tasks.findById("1")).contains(WASH);
		Task changed = this.tasks.save(WASH.withTitle("iron"));
		assertThat(this.tasks.findById("1")).contains(changed);
		assertThat(this.tasks.count()).isOne();
		assertThat(committedChanges(2)).extracting(Change::operation)
			.containsExactly(Operation.INSERT, Operation.UPDATE);
	}

	@Test
	void whatIsSavedIsInTheSyncedStateWhenSaveReturns() {
		this.tasks.save(WASH);
		assertThat(this.database.streamDb().syncedSnapshot().collection(Task.class).find("1")).contains(WASH);
	}

	@Test
	void saveAllIsOneTransaction() {
		assertThat(this.tasks.saveAll(List.of(WASH, COOK, READ))).containsExactly(WASH, COOK, READ);
		assertThat(this.tasks.findAll()).containsExactly(WASH, COOK, READ);
		List<Change<?>> changes = committedChanges(3);
		assertThat(this.commits).hasSize(1);
		assertThat(changes).extracting((change) -> change.origin().txid()).doesNotContainNull();
		assertThat(changes.stream().map((change) -> change.origin().txid()).distinct()).hasSize(1);
	}

	@Test
	void saveAllThatFailsLeavesNoTrace() {
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(() -> this.tasks.saveAll(List.of(WASH, new Task("", "no key", 1))));
		assertThat(this.tasks.findAll()).isEmpty();
	}

	@Test
	void insertOfAKeyThatIsThereIsRefused() {
		this.tasks.insert(WASH);
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> this.tasks.insert(WASH.withTitle("x")))
			.withMessageContaining("1");
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> this.tasks.insertAsync(WASH));
		assertThat(this.tasks.findById("1")).contains(WASH);
	}

	@Test
	void updateAppliesTheFunction() {
		this.tasks.save(WASH);
		assertThat(this.tasks.update("1", (task) -> task.withTitle(task.title() + "ed"))).extracting(Task::title)
			.isEqualTo("washed");
		assertThat(this.tasks.findById("1")).get().extracting(Task::title).isEqualTo("washed");
	}

	@Test
	void updateOfAnUnknownKeyIsRefused() {
		assertThatExceptionOfType(EmptyResultDataAccessException.class)
			.isThrownBy(() -> this.tasks.update("9", (task) -> task));
		assertThatExceptionOfType(EmptyResultDataAccessException.class)
			.isThrownBy(() -> this.tasks.updateAsync("9", (task) -> task));
	}

	@Test
	void updateThatChangesTheKeyIsRefused() {
		this.tasks.save(WASH);
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(() -> this.tasks.update("1", (task) -> COOK));
		assertThat(this.tasks.findAll()).containsExactly(WASH);
	}

	@Test
	void exceptionOfAnUpdateFunctionReachesTheCaller() {
		this.tasks.save(WASH);
		assertThatIllegalStateException().isThrownBy(() -> this.tasks.update("1", (task) -> {
			throw new IllegalStateException("not now");
		})).withMessage("not now");
	}

	@Test
	void deletesOfWhatIsNotThereAreIgnored() {
		this.tasks.deleteById("9");
		this.tasks.delete(WASH);
		this.tasks.deleteAllById(List.of("8", "9"));
		this.tasks.deleteByIdAsync("9").join();
		assertThat(this.tasks.count()).isZero();
	}

	static List<Named<Consumer<TaskRepository>>> deletesOfCook() {
		return List.of(Named.of("deleteByIdAsync", (tasks) -> tasks.deleteByIdAsync("2").join()),
				Named.of("deleteById", (tasks) -> tasks.deleteById("2")),
				Named.of("deleteAllById", (tasks) -> tasks.deleteAllById(List.of("2"))),
				Named.of("delete", (tasks) -> tasks.delete(COOK)),
				Named.of("deleteAll of entities", (tasks) -> tasks.deleteAll(List.of(COOK))),
				Named.of("deleteAll", CrudRepository::deleteAll));
	}

	@ParameterizedTest
	@MethodSource("deletesOfCook")
	void deletesOfWhatAnotherWriterDeletesFirstAreIgnored(Consumer<TaskRepository> delete) {
		this.tasks.save(COOK);
		CompletableFuture<Void> release = this.database.holdAppendOf(WASH);
		CompletableFuture<Void> deleted = CompletableFuture.runAsync(() -> delete.accept(this.tasks),
				(task) -> new Thread(task).start());
		await().until(() -> !this.tasks.existsById("2"));
		this.database.stream().append(AppendOptions.of("""
				{"type":"task","key":"2","headers":{"operation":"delete"}}""".getBytes(UTF_8))).join();
		await().until(() -> this.database.streamDb().syncedSnapshot().collection(Task.class).find("2").isEmpty());
		release.complete(null);
		assertThat(deleted).succeedsWithin(Duration.ofSeconds(10));
		assertThat(this.tasks.existsById("2")).isFalse();
		await().until(() -> this.database.streamDb().metrics().pendingTransactions() == 0);
	}

	@Test
	void deletesByIdEntityAndAll() {
		this.tasks.saveAll(List.of(WASH, COOK, READ, new Task("4", "run", 1), new Task("5", "rest", 2)));
		this.tasks.deleteById("1");
		this.tasks.delete(COOK);
		assertThat(this.tasks.findAll()).extracting(Task::id).containsExactly("3", "4", "5");
		this.tasks.deleteAllById(List.of("3", "9"));
		this.tasks.deleteAll(List.of(new Task("4", "", 0)));
		assertThat(this.tasks.findAll()).extracting(Task::id).containsExactly("5");
		this.tasks.deleteAll();
		assertThat(this.tasks.findAll()).isEmpty();
	}

	@Test
	void deleteAllIsOneTransaction() {
		this.tasks.saveAll(List.of(WASH, COOK, READ));
		committedChanges(3);
		this.tasks.deleteAll();
		assertThat(committedChanges(6)).hasSize(6);
		assertThat(this.commits).hasSize(2);
	}

	@Test
	void findsByIds() {
		this.tasks.saveAll(List.of(WASH, COOK, READ));
		assertThat(this.tasks.findAllById(List.of("3", "9", "1"))).containsExactly(READ, WASH);
		assertThat(this.tasks.existsById("1")).isTrue();
		assertThat(this.tasks.existsById("9")).isFalse();
	}

	@Test
	void nullsAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.tasks.save(null));
		assertThatIllegalArgumentException().isThrownBy(() -> this.tasks.findById(null));
		assertThatIllegalArgumentException().isThrownBy(() -> this.tasks.update("1", null));
		assertThatIllegalArgumentException().isThrownBy(() -> this.tasks.delete(null));
	}

	@Test
	void countsWhatMatches() {
		this.tasks.saveAll(List.of(WASH, COOK, READ));
		assertThat(this.tasks.count((task) -> task.priority() > 5)).isEqualTo(2);
		assertThat(this.tasks.findAll((task) -> task.priority() > 5)).containsExactly(COOK, READ);
	}

	@Test
	void sortsAndBreaksTiesByFirstInsertion() {
		this.tasks.saveAll(List.of(new Task("z", "b", 1), new Task("y", "a", 1), new Task("x", "c", 0)));
		this.tasks.save(new Task("z", "b", 1, new Task.Person("Ann")));
		assertThat(this.tasks.findAll(Sort.by("title"))).extracting(Task::id).containsExactly("y", "z", "x");
		assertThat(this.tasks.findAll(Sort.by("priority"))).extracting(Task::id).containsExactly("x", "z", "y");
		assertThat(this.tasks.findAll(Sort.by("assignee.name"))).extracting(Task::id).containsExactly("z", "y", "x");
		assertThat(this.tasks.findAll((task) -> task.priority() == 1, Sort.by("title").descending()))
			.extracting(Task::id)
			.containsExactly("z", "y");
	}

	@Test
	void pagesAreStableAndTellTheTotal() {
		List<Task> all = IntStream.range(0, 25).mapToObj((i) -> new Task("t" + i, "same", i % 10)).toList();
		this.tasks.saveAll(all);
		Page<Task> first = this.tasks.findAll(PageRequest.of(0, 10));
		assertThat(first.getTotalElements()).isEqualTo(25);
		assertThat(first.getTotalPages()).isEqualTo(3);
		List<Task> paged = new ArrayList<>(first.getContent());
		paged.addAll(this.tasks.findAll(PageRequest.of(1, 10)).getContent());
		paged.addAll(this.tasks.findAll(PageRequest.of(2, 10)).getContent());
		assertThat(paged).isEqualTo(all);
		assertThat(this.tasks.findAll(PageRequest.of(3, 10))).isEmpty();
		assertThat(this.tasks.findAll(Pageable.unpaged())).hasSize(25);
	}

	@Test
	void pagesOfWhatMatches() {
		this.tasks.saveAll(IntStream.range(0, 25).mapToObj((i) -> new Task("t" + i, "same", i % 10)).toList());
		Page<Task> page = this.tasks.findAll((task) -> task.priority() > 7,
				PageRequest.of(1, 3, Sort.by("priority").descending()));
		assertThat(page.getTotalElements()).isEqualTo(4);
		assertThat(page.getContent()).extracting(Task::id).containsExactly("t18");
		assertThat(this.tasks.findAllUrgent(PageRequest.of(0, 3)).getTotalElements()).isEqualTo(4);
	}

	@Test
	void unknownSortPropertyIsRefused() {
		assertThatExceptionOfType(PropertyReferenceException.class)
			.isThrownBy(() -> this.tasks.findAll(Sort.by("colour")));
		assertThatExceptionOfType(PropertyReferenceException.class)
			.isThrownBy(() -> this.tasks.findAll(PageRequest.of(0, 1, Sort.by("colour"))));
	}

	@Test
	void asynchronousWritesCompleteWhenVisible() {
		assertThat(this.tasks.saveAsync(WASH).join()).isEqualTo(WASH);
		assertThat(this.tasks.insertAsync(COOK).join()).isEqualTo(COOK);
		assertThat(this.tasks.updateAsync("1", (task) -> task.withTitle("iron")).join().title()).isEqualTo("iron");
		this.tasks.deleteByIdAsync("2").join();
		assertThat(this.database.streamDb().syncedSnapshot().collection(Task.class).stream()).extracting(Task::title)
			.containsExactly("iron");
	}

	@Test
	@Spec("T9.4")
	void writesJoinAnAmbientTransactionAndReturnAtOnce() {
		Transaction transaction = this.database.streamDb().beginTransaction();
		CompletableFuture<Task> inserted = transaction.call(() -> {
			this.tasks.save(WASH);
			this.tasks.saveAll(List.of(COOK));
			this.tasks.update("2", (task) -> task.withTitle("bake"));
			assertThat(this.tasks.findById("1")).contains(WASH);
			assertThat(this.tasks.count()).isEqualTo(2);
			return this.tasks.insertAsync(READ);
		});
		assertThat(transaction.state()).isEqualTo(TransactionState.PENDING);
		assertThat(inserted).isNotDone();
		assertThat(this.database.streamDb().syncedSnapshot().collection(Task.class).count()).isZero();
		transaction.commit().await();
		assertThat(inserted.join()).isEqualTo(READ);
		assertThat(this.tasks.findAll()).extracting(Task::title).containsExactly("wash", "bake", "read");
		assertThat(committedChanges(3)).hasSize(3);
		assertThat(this.commits).hasSize(1);
	}

	@Test
	void futureOfARolledBackTransactionFails() {
		Transaction transaction = this.database.streamDb().beginTransaction();
		CompletableFuture<Task> saved = transaction.call(() -> this.tasks.saveAsync(WASH));
		assertThat(transaction.rollback()).isTrue();
		assertThat(saved).failsWithin(Duration.ofSeconds(10))
			.withThrowableOfType(ExecutionException.class)
			.withCauseInstanceOf(org.springframework.dao.TransientDataAccessResourceException.class);
		assertThat(this.tasks.count()).isZero();
	}

	@Test
	void repositoryOfAnEntityNeedsNoInterface() {
		StreamRepository<Task, String> repository = entityRepository();
		repository.save(WASH);
		assertThat(repository.findById("1")).contains(WASH);
		assertThat(repository.findAllById(List.of("1"))).containsExactly(WASH);
		assertThat(repository.saveAll(List.of(COOK))).containsExactly(COOK);
		assertThat(repository.findAll(PageRequest.of(0, 1, Sort.by("title")))).containsExactly(COOK);
		assertThat(repository.update("1", (task) -> task.withTitle("iron")).title()).isEqualTo("iron");
		repository.deleteAll(List.of(COOK));
		repository.deleteById("1");
		assertThat(this.tasks.count()).isZero();
	}

	@SuppressWarnings("unchecked")
	private StreamRepository<Task, String> entityRepository() {
		return new StreamRepositoryFactory(this.database.template(), Task.class).getRepository(StreamRepository.class);
	}

	@Test
	void derivedQueryIsRefusedWithItsNameAndWhatToUse() {
		assertThatExceptionOfType(QueryCreationException.class).isThrownBy(() -> repository(DerivedQueries.class))
			.withMessageContaining("findByTitle")
			.withMessageContaining("findAll(Predicate, Pageable)");
	}

	@Test
	void wrongIdTypeIsRefused() {
		assertThatExceptionOfType(RepositoryCreationException.class).isThrownBy(() -> repository(WrongId.class))
			.withMessageContaining(WrongId.class.getName())
			.withMessageContaining(
					"the id of " + Task.class.getName() + " is a java.lang.String, not a java.lang.Long");
	}

	@Test
	void entityWithoutAnnotationIsRefused() {
		assertThatExceptionOfType(RepositoryCreationException.class).isThrownBy(() -> repository(NoCollection.class))
			.withMessageContaining("java.lang.Object is not annotated with @StreamCollection");
	}

	@Test
	void entityThatIsNoCollectionOfTheDatabaseIsRefused() {
		assertThatExceptionOfType(RepositoryCreationException.class).isThrownBy(() -> repository(OtherRepository.class))
			.withMessageContaining(Other.class.getName() + " is no collection of the database");
	}

	private void repository(Class<?> type) {
		new StreamRepositoryFactory(this.database.template()).getRepository(type);
	}

	private List<Change<?>> committedChanges(int count) {
		await().untilAsserted(() -> assertThat(changes()).hasSizeGreaterThanOrEqualTo(count));
		return changes();
	}

	private List<Change<?>> changes() {
		synchronized (this.commits) {
			return this.commits.stream().<Change<?>>flatMap((commit) -> commit.changes().stream()).toList();
		}
	}

	interface DerivedQueries extends StreamRepository<Task, String> {

		List<Task> findByTitle(String title);

	}

	interface WrongId extends StreamRepository<Task, Long> {

	}

	interface NoCollection extends CrudRepository<Object, String> {

	}

	@io.streamdb.data.mapping.StreamCollection
	record Other(String id) {
	}

	interface OtherRepository extends StreamRepository<Other, String> {

	}

}
