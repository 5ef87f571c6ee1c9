"""What a command sees of the scopes around its target."""

import pytest

from bpmgrpc.engine.state import ElementState, Need
from bpmgrpc.store import Session
from tests.integration.store.factories import (
    DEFINITION,
    ROOT,
    created,
    make_element,
    make_job,
    make_task,
    make_timer,
)

# root ── 1 sub-process ── 2 call activity ── 3 sub-process ── 4 user task
#      └─ 8 join        └─ 5 join          └─ 6 join        ├─ 7 join
#                                                            └─ 9 element that is nobody's concern
ROWS = [
    make_element(1, 0, active=2, data={"local": True}),
    make_element(2, 1, active=1, data={"definition": DEFINITION}),
    make_element(3, 2, active=3, data={"local": True}),
    make_element(4, 3),
    make_element(5, 1, state=ElementState.JOIN),
    make_element(6, 2, state=ElementState.JOIN),
    make_element(7, 3, state=ElementState.JOIN),
    make_element(8, 0, state=ElementState.JOIN),
    make_element(9, 3),
    make_element(10, 0, state=ElementState.READY),
    make_element(11, 9, state=ElementState.JOIN),
]
VARIABLES = [(0, "a", "0"), (1, "a", "1"), (2, "a", "2"), (3, "b", "3"), (2, "c", "2"), (9, "d", "9")]


@pytest.fixture
def nested(session: Session) -> Session:
    """A session on a database with a user task four scopes deep."""
    session.write(
        created(
            put_elements=ROWS,
            put_variables=VARIABLES,
            new_user_tasks=[make_task(4)],
            new_jobs=[make_job(9)],
            new_timers=[make_timer(20, element_seq=3), make_timer(21, element_seq=1)],
        ),
        None,
    )
    return session


def test_target_is_loaded_with_the_scopes_around_it_and_their_joins(nested: Session) -> None:
    """A user task comes with its ancestors and the joins that wait in them, and with nothing else."""
    loaded = nested.load(ROOT, 4, "user_task", None)

    assert loaded is not None
    assert sorted(loaded.snapshot.elements) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert loaded.snapshot.elements[2] == ROWS[1]


def test_target_is_loaded_with_the_variables_around_it(nested: Session) -> None:
    """Variables of all scopes around a user task are there, in all their scopes, and known to be all."""
    loaded = nested.load(ROOT, 4, "user_task", None)

    assert loaded is not None
    snapshot = loaded.snapshot
    assert snapshot.variables == {(s, n): v for s, n, v in VARIABLES if s != 9}
    assert snapshot.names_known == {0, 1, 2, 3, 4}


def test_timer_is_loaded_with_the_joins_inside_its_activity(nested: Session) -> None:
    """A boundary timer of a sub-process brings the joins that wait inside of it."""
    loaded = nested.load(ROOT, 21, "timer", None)

    assert loaded is not None
    assert sorted(loaded.snapshot.elements) == [1, 5, 8]
    assert set(loaded.snapshot.variables) == {(0, "a"), (1, "a")}


def test_element_is_a_target_too(nested: Session) -> None:
    """An element instance is loaded as a target of its own."""
    loaded = nested.load(ROOT, 9, "element", None)

    assert loaded is not None
    assert sorted(loaded.snapshot.elements) == [1, 2, 3, 5, 6, 7, 8, 9, 11]


def test_root_is_loaded_with_its_own_joins_and_variables(nested: Session) -> None:
    """The root comes with what lies in its outermost scope and matters always."""
    loaded = nested.load(ROOT, 0, "root", None)

    assert loaded is not None
    assert sorted(loaded.snapshot.elements) == [8]
    assert loaded.snapshot.variables == {(0, "a"): "0"}


def test_more_elements_are_loaded_by_their_numbers(nested: Session) -> None:
    """Elements that are asked for by number are added; one that is not there is not."""
    loaded = nested.load(ROOT, 0, "root", None)
    assert loaded is not None

    nested.load_more(ROOT, loaded.snapshot, Need(elements=frozenset((4, 9, 99))))

    assert sorted(loaded.snapshot.elements) == [4, 8, 9]


def test_children_come_with_everything_inside_of_them(nested: Session) -> None:
    """The children of a scope come with theirs, and each scope met is known to be complete."""
    loaded = nested.load(ROOT, 0, "root", None)
    assert loaded is not None

    nested.load_more(ROOT, loaded.snapshot, Need(children=frozenset((2,))))

    assert sorted(loaded.snapshot.elements) == [3, 4, 6, 7, 8, 9, 11]
    assert {2, 3, 4, 9} <= loaded.snapshot.children_known
    assert 0 not in loaded.snapshot.children_known
    assert 1 not in loaded.snapshot.children_known


def test_children_of_the_outermost_scope_are_all_elements(nested: Session) -> None:
    """The children of scope 0, with everything inside, are all rows of the root."""
    loaded = nested.load(ROOT, 0, "root", None)
    assert loaded is not None

    nested.load_more(ROOT, loaded.snapshot, Need(children=frozenset((0,))))

    assert loaded.snapshot.elements == {row.seq: row for row in ROWS}
    assert loaded.snapshot.children_known >= {row.seq for row in ROWS} | {0}


def test_ready_elements_are_loaded_wherever_they_are(nested: Session) -> None:
    """READY elements are found in all scopes."""
    loaded = nested.load(ROOT, 4, "user_task", None)
    assert loaded is not None

    nested.load_more(ROOT, loaded.snapshot, Need(ready=True))

    assert loaded.snapshot.elements[10] == ROWS[9]
    assert loaded.snapshot.ready_known


def test_visible_variables_stop_at_the_border_of_a_called_process(nested: Session) -> None:
    """A job sees its own variables and those around it up to its process instance, the innermost of each name."""
    found = nested.job_variables([(ROOT, 9), (ROOT, 4), ("0" * 20, 1)])

    assert found == [{"a": "2", "b": "3", "c": "2", "d": "9"}, {"a": "2", "b": "3", "c": "2"}, {}]


def test_visible_variables_can_be_asked_for_by_name(nested: Session) -> None:
    """Only the variables that are named are returned."""
    assert nested.job_variables([(ROOT, 9)], ["d", "none", "a"]) == [{"a": "2", "d": "9"}]
