"""A command costs a fixed number of statements, however many rows it moves and however large its instance is.

On PostgreSQL a statement is a round trip and a transaction, so the budget of a command is two: one read, one write.
"""

from collections.abc import Callable

import pytest

from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import Need, UserTaskState
from bpmgrpc.store import Session, Store
from bpmgrpc.store.views import UserTaskFilter
from tests.integration.store.factories import (
    NOW_US,
    ROOT,
    answer,
    changed,
    created,
    deploy,
    make_element,
    make_root,
    make_task,
    request,
    start_with_task,
)

SIZES = (10, 10_000)


def cost(store: Store, work: Callable[[], object]) -> int:
    """How many statements something sends."""
    before = store.statements.count
    work()
    return store.statements.count - before


def fill(session: Session, size: int) -> None:
    """Writes an instance with that many user tasks."""
    session.write(
        created(
            put_elements=[make_element(seq) for seq in range(1, size + 1)],
            new_user_tasks=[make_task(seq) for seq in range(1, size + 1)],
        ),
        None,
    )


@pytest.mark.parametrize("size", SIZES)
def test_load_and_complete_cost_the_same_in_a_large_instance(store: Store, size: int) -> None:
    """Completing one task of 10,000 costs the statements that completing one of 10 costs."""
    with store.writer() as session:
        fill(session, size)
        done = make_task(5, state=UserTaskState.COMPLETED, version=2, end_us=NOW_US)
        later = changed(
            2,
            delete_elements=[5],
            put_elements=[make_element(size + 1)],
            put_user_tasks=[(done, 1)],
            new_user_tasks=[make_task(size + 1)],
            events=[Event(EventType.USER_TASK_COMPLETED, "approve", 5)],
        )
        session.begin()

        read = cost(store, lambda: session.load(ROOT, 5, "user_task", request(), "ann"))
        written = cost(store, lambda: session.write(later, answer()))

        session.commit()
    assert (read, written) == ((1, 1) if store.dialect == "postgresql" else (6, 9))


@pytest.mark.parametrize("size", SIZES)
def test_write_costs_the_same_for_many_rows(store: Store, size: int) -> None:
    """A start that makes 10,000 rows costs the statements of one that makes 10, and its end as well."""
    numbers = range(1, size + 1)
    with store.writer() as session:
        start = created(
            put_elements=[make_element(seq, data={"local": True}) for seq in numbers],
            put_variables=[(seq, "v", "1") for seq in numbers],
            new_user_tasks=[make_task(seq) for seq in numbers],
        )
        session.begin()
        started = cost(store, lambda: session.write(start, None))
        end = changed(
            2,
            delete_elements=list(numbers),
            delete_variable_scopes=list(numbers),
            cancel_user_tasks=list(numbers),
            events=[Event(EventType.INSTANCE_CANCELED)],
        )
        ended = cost(store, lambda: session.write(end, None))
        session.commit()
        left = session.open_user_tasks_of(ROOT)
    assert (started, ended) == ((1, 1) if store.dialect == "postgresql" else (6, 6))
    assert left == []


@pytest.mark.parametrize("size", SIZES)
def test_more_is_one_statement_for_each_kind_of_need(store: Store, size: int) -> None:
    """What the engine asks for besides comes in one statement for each kind, whatever its amount."""
    with store.writer() as session:
        fill(session, size)
        loaded = session.load(ROOT, 0, "root", None)
        assert loaded is not None
        need = Need(
            elements=frozenset(range(1, size)),
            children=frozenset((0,)),
            variables=frozenset((0, f"v{number}") for number in range(size)),
            all_variables=frozenset(range(size)),
            ready=True,
        )

        spent = cost(store, lambda: session.load_more(ROOT, loaded.snapshot, need))

    assert spent == 5
    assert len(loaded.snapshot.elements) == size


def test_claim_is_one_read_and_one_write(store: Store) -> None:
    """Claiming a task costs one round trip to read and one to write; on SQLite a handful of small statements."""
    with store.writer() as session:
        task = start_with_task(session)
        claimed = make_task(1, state=UserTaskState.CLAIMED, assignee="ann", version=2, candidates=task.candidates)
        events = [Event(EventType.USER_TASK_CLAIMED, "approve", 1)]
        session.begin()

        read = cost(store, lambda: session.load_user_task(ROOT, 1, "ann", request()))
        written = cost(store, lambda: session.write_user_task(ROOT, claimed, 1, events, answer(), NOW_US, "ann", False))

        session.commit()
    assert (read, written) == ((1, 1) if store.dialect == "postgresql" else (3, 3))


@pytest.mark.parametrize("size", SIZES)
def test_assignment_of_all_tasks_is_one_write(store: Store, size: int) -> None:
    """Assigning 10,000 tasks is one round trip on PostgreSQL."""
    with store.writer() as session:
        fill(session, size)
        tasks = session.open_user_tasks_of(ROOT)
        assigned = [(make_task(task.seq, version=2), 1) for task in tasks]
        session.begin()

        written = cost(store, lambda: session.write_user_tasks(ROOT, assigned, [], None, NOW_US, "ann"))

        session.commit()
    assert written == (1 if store.dialect == "postgresql" else 3 * size)


def test_start_finds_its_definition_in_one_statement(store: Store) -> None:
    """Finding what to start, with an earlier answer, is one round trip."""
    with store.writer() as session:
        deploy(session)

        assert cost(store, lambda: session.find_definitions("office", "approval", request=request())) == 1


def test_list_that_fits_on_its_page_is_one_statement(store: Store) -> None:
    """The total is counted apart only where the page does not tell it."""
    with store.writer() as session:
        deploy(session)
        for number in range(60):
            start_with_task(session, f"{number:020d}")
    with store.reader() as queries:
        assert cost(store, lambda: queries.list_user_tasks(UserTaskFilter(root_id="0" * 20))) == 1
        assert cost(store, lambda: queries.list_user_tasks(UserTaskFilter(group="sales"))) == 2


def test_jobs_variables_cost_one_statement_for_all_jobs(store: Store) -> None:
    """The variables of many jobs come together."""
    with store.writer() as session:
        roots = [f"{number:020d}" for number in range(50)]
        for root_id in roots:
            session.write(
                created(make_root(root_id), put_elements=[make_element()], put_variables=[(0, "a", "1")]), None
            )

        assert cost(store, lambda: session.job_variables([(root_id, 1) for root_id in roots])) == 1
