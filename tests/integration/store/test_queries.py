"""What is asked for by its id: tasks, instances, variables, active elements, history."""

import json

import pytest

from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import ElementState, UserTaskState
from bpmgrpc.errors import InvalidArgument, NotFound
from bpmgrpc.store import Store
from bpmgrpc.store.history import CODES, read_events, write_events
from bpmgrpc.store.paging import PageRequest
from bpmgrpc.store.queries import MAX_ACTIVE_ELEMENTS
from tests.integration.store.factories import (
    DEFINITION,
    NOW_US,
    ROOT,
    changed,
    created,
    deploy,
    make_element,
    make_root,
    make_task,
    root_id,
)


def test_what_is_not_there_is_not_found(store: Store) -> None:
    """An unknown task or instance is an error that carries its id as callers know it."""
    with store.reader() as queries:
        with pytest.raises(NotFound) as task:
            queries.get_user_task(ROOT, 7)
        with pytest.raises(NotFound) as variables:
            queries.user_task_variables(ROOT, 7)
        with pytest.raises(NotFound) as root:
            queries.get_process_instance(ROOT)
        with pytest.raises(NotFound) as called:
            queries.get_process_instance(ROOT, 3)
        with pytest.raises(NotFound):
            queries.list_history(ROOT)

    assert task.value.metadata == variables.value.metadata == {"user_task_id": f"{ROOT}-7"}
    assert root.value.metadata == {"process_instance_id": ROOT}
    assert called.value.metadata == {"process_instance_id": f"{ROOT}-3"}


def test_task_sees_variables_up_to_its_process_instance(store: Store) -> None:
    """An open task sees the innermost variable of each name, large values included, and nothing of its caller."""
    large = json.dumps("x" * 100_000)
    with store.writer() as session:
        session.write(
            created(
                put_elements=[
                    make_element(1, data={"definition": DEFINITION}),
                    make_element(2, 1, data={"local": True}),
                    make_element(3, 2, data={"local": True}),
                ],
                put_variables=[(0, "outside", "0"), (1, "a", "1"), (1, "b", large), (2, "a", "2"), (3, "c", "3")],
                new_user_tasks=[make_task(3, instance=1)],
            ),
            None,
        )
    with store.reader() as queries:
        assert list(queries.user_task_variables(ROOT, 3).items()) == [("a", "2"), ("b", large), ("c", "3")]
        assert queries.user_task_variables(ROOT, 3, ["c", "outside", "c"]) == {"c": "3"}


def test_ended_task_sees_the_variables_of_its_instance(store: Store) -> None:
    """Of an ended task the scopes have gone; its process instance's variables are shown."""
    with store.writer() as session:
        ended = make_task(3, state=UserTaskState.COMPLETED, end_us=NOW_US)
        session.write(created(put_variables=[(0, "b", "1"), (0, "a", "2")], new_user_tasks=[ended]), None)
    with store.reader() as queries:
        assert list(queries.user_task_variables(ROOT, 3).items()) == [("a", "2"), ("b", "1")]
        assert queries.user_task_variables(ROOT, 3, ["b", "none"]) == {"b": "1"}


def test_active_elements_are_those_of_one_process_instance(store: Store) -> None:
    """An instance shows its elements and those of its sub-processes, but not those of the processes it called."""
    rows = [
        make_element(1, 0, create_us=NOW_US + 3),
        make_element(2, 0, create_us=NOW_US + 1, active=2),
        make_element(3, 2, create_us=NOW_US + 2, state=ElementState.JOIN),
        make_element(4, 2, create_us=NOW_US + 2, data={"definition": DEFINITION}),
        make_element(5, 4, create_us=NOW_US),
        make_element(6, 5, create_us=NOW_US),
    ]
    with store.writer() as session:
        session.write(created(put_elements=rows), None)
    with store.reader() as queries:
        root, called, none = (queries.active_elements(ROOT, seq) for seq in (0, 4, 1))

    assert ([row.seq for row in root.rows], root.count) == ([2, 3, 4, 1], 4)
    assert ([row.seq for row in called.rows], called.count) == ([5, 6], 2)
    assert (none.rows, none.count) == ([], 0)
    assert root.rows[2] == rows[3]


def test_of_very_many_active_elements_the_oldest_are_shown(store: Store) -> None:
    """An instance with more than 1,000 active elements shows the oldest 1,000 and how many there are."""
    with store.writer() as session:
        elements = [make_element(seq, create_us=NOW_US - seq) for seq in range(1, 1_501)]
        session.write(created(put_elements=elements), None)
    with store.reader() as queries:
        active = queries.active_elements(ROOT)

    assert active.count == 1_500
    assert [row.seq for row in active.rows] == list(range(1_500, 1_500 - MAX_ACTIVE_ELEMENTS, -1))


def test_variables_of_an_instance_are_those_of_its_own_scope(store: Store) -> None:
    """The root's and a called instance's variables are told apart, each in order of their names."""
    with store.writer() as session:
        variables = [(0, "b", "1"), (0, "ก", "2"), (0, "a", "3"), (4, "c", "4")]
        session.write(created(put_variables=variables), None)
    with store.reader() as queries:
        assert list(queries.instance_variables(ROOT).items()) == [("a", "3"), ("b", "1"), ("ก", "2")]
        assert queries.instance_variables(ROOT, 4) == {"c": "4"}


def test_history_tells_what_happened_in_order(store: Store) -> None:
    """Commands on the instance and on its tasks are listed as they came, each event with time and actor."""
    with store.writer() as session:
        start = [Event(EventType.INSTANCE_STARTED), Event(EventType.USER_TASK_CREATED, "approve", 1)]
        session.write(created(new_user_tasks=[make_task(1)], events=start), None)
        claimed = make_task(1, version=2)
        claim = [Event(EventType.USER_TASK_CLAIMED, "approve", 1, {"user": "bob ไทย"})]
        session.write_user_task(ROOT, claimed, 1, claim, None, NOW_US + 1, "bob", False)
        unclaim = [Event(EventType.USER_TASK_UNCLAIMED, "approve", 1)]
        session.write_user_task(ROOT, make_task(1, version=3), 2, unclaim, None, NOW_US + 1, "bob", False)
        session.write(changed(2, events=[Event(EventType.INSTANCE_CANCELED, "", 0, {"reason": "no"})]), None)
        session.write(created(make_root(root_id(9))), None)
    with store.reader() as queries:
        page = queries.list_history(ROOT)

    assert [(e.type, e.element_id, e.seq, e.actor, e.time_us - NOW_US, e.attributes) for e in page.items] == [
        ("INSTANCE_STARTED", "", 0, "ann", 0, "{}"),
        ("USER_TASK_CREATED", "approve", 1, "ann", 0, "{}"),
        ("USER_TASK_CLAIMED", "approve", 1, "bob", 1, '{"user":"bob ไทย"}'),
        ("USER_TASK_UNCLAIMED", "approve", 1, "bob", 1, "{}"),
        ("INSTANCE_CANCELED", "", 0, "ann", 2, '{"reason":"no"}'),
    ]
    ids = [event.id for event in page.items]
    assert ids == sorted(set(ids))
    assert all(len(id_) <= 64 for id_ in ids)


def test_history_is_paged_event_by_event(store: Store) -> None:
    """A page may end in the middle of a command, and the next goes on from there."""
    with store.writer() as session:
        session.write(created(events=[Event(EventType.ELEMENT_COMPLETED, f"e{n}") for n in range(5)]), None)
        for version in range(2, 260):
            session.write(changed(version, events=[Event(EventType.ELEMENT_COMPLETED, f"v{version}")]), None)
    with store.reader() as queries:
        whole = queries.list_history(ROOT, page=PageRequest(1_000)).items
        assert [event.element_id for event in whole] == [f"e{n}" for n in range(5)] + [f"v{n}" for n in range(2, 260)]
        for size in (1, 3, 100, 262, 263):
            items, token = [], ""
            while True:
                page = queries.list_history(ROOT, page=PageRequest(size, token))
                items += page.items
                token = page.next_page_token
                if not token:
                    break
            assert items == whole
        assert queries.list_history(ROOT, page=PageRequest(2, skip=3)).items == whole[3:5]
        token = queries.list_history(ROOT, page=PageRequest(2)).next_page_token
        assert queries.list_history(ROOT, page=PageRequest(2, token, skip=200)).items == whole[202:204]
        assert queries.list_history(ROOT, page=PageRequest(skip=1_000)).items == []
        with pytest.raises(InvalidArgument):
            queries.list_history(root_id(1), page=PageRequest(2, token))


def test_history_of_a_called_instance_is_that_of_its_root(store: Store) -> None:
    """The instance has to exist; the events are its root's."""
    with store.writer() as session:
        deploy(session)
        session.write(created(), None)
    with store.reader() as queries, pytest.raises(NotFound):
        queries.list_history(ROOT, 4)


def test_history_shows_values_as_they_were_set(store: Store) -> None:
    """A small value is in the history digit for digit; of a large one size and hash are."""
    large = json.dumps("ไ" * 2_000, ensure_ascii=False)
    with store.writer() as session:
        events = [
            Event(EventType.VARIABLE_SET, "", 0, {"name": "price", "json": "1.10"}),
            Event(EventType.VARIABLE_SET, "", 4, {"name": "letter", "json": large}),
        ]
        session.write(created(events=events), None)
    with store.reader() as queries:
        small, big = (event.attributes for event in queries.list_history(ROOT).items)

    assert small == '{"name":"price","value":1.10}'
    assert json.loads(big) == {
        "name": "letter",
        "size": 6_002,
        "sha256": "bef2c1fafdf49e99593e888ac7922022f36e244193eca51fd82ed5c565369b32",
    }


def test_every_event_type_has_a_code_of_its_own() -> None:
    """Codes are short, distinct, and given to every type; a type without one is kept by its name."""
    assert set(CODES) == set(EventType)
    assert len(set(CODES.values())) == len(CODES)
    event = Event("SOMETHING_NEW", "e", 1, {"n": 2**70})  # type: ignore[arg-type]
    assert read_events(write_events([event])) == [("SOMETHING_NEW", "e", 1, {"n": 2**70})]
