"""A write happens whole or not at all."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bpmgrpc.engine.changes import Changes
from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import (
    Candidates,
    IncidentRow,
    InstanceRow,
    InstanceState,
    Need,
    UserTaskRow,
    UserTaskState,
    copy_row,
)
from bpmgrpc.store import DuplicateRequest, SerializationConflict, Session, Store
from bpmgrpc.store.views import ProcessInstanceFilter, UserTaskFilter
from tests.integration.store.factories import (
    DEFINITION,
    NOW_US,
    ROOT,
    answer,
    changed,
    created,
    deploy,
    make_element,
    make_job,
    make_root,
    make_task,
    make_timer,
    race,
    request,
    root_id,
    start_with_task,
)


def everything(version: int, **more: Any) -> Changes:
    """A command that changes something in every table."""
    parts: dict[str, Any] = {
        "put_elements": [make_element(30)],
        "delete_elements": [1],
        "put_variables": [(0, "new", "1")],
        "delete_variable_scopes": [1],
        "new_user_tasks": [make_task(31)],
        "put_user_tasks": [(make_task(1, state=UserTaskState.COMPLETED, version=2, end_us=NOW_US), 1)],
        "cancel_user_tasks": [2],
        "new_jobs": [make_job(32)],
        "delete_jobs": [3],
        "new_timers": [make_timer(33)],
        "delete_timers": [5],
        "delete_timers_of": [2],
        "new_incidents": [IncidentRow(34, 30, 0, DEFINITION, "x", "X", "new", NOW_US)],
        "resolve_incidents_of": [1],
        "new_instances": [InstanceRow(35, DEFINITION, 0, "", NOW_US)],
        "end_instances": [InstanceRow(7, "", 0, "", 0, InstanceState.COMPLETED, NOW_US)],
        "events": [Event(EventType.USER_TASK_COMPLETED, "approve", 1)],
    }
    return changed(version, **parts | more)


@pytest.fixture
def busy(store: Store) -> Store:
    """A store with one instance that has a row in every table."""
    with store.writer() as session:
        deploy(session)
        session.write(
            created(
                put_elements=[make_element(1), make_element(2), make_element(3)],
                put_variables=[(0, "old", "1"), (1, "local", "1")],
                new_user_tasks=[make_task(1), make_task(2)],
                new_jobs=[make_job(3)],
                new_timers=[make_timer(5), make_timer(6, element_seq=2)],
                new_incidents=[IncidentRow(8, 1, 0, DEFINITION, "x", "X", "old", NOW_US)],
                new_instances=[InstanceRow(7, DEFINITION, 0, "", NOW_US)],
            ),
            None,
        )
    return store


def state_of(store: Store) -> dict[str, Any]:
    """All that can be seen of the instance."""
    with store.writer() as session:
        loaded = session.load(ROOT, 0, "root", None)
        assert loaded is not None
        session.load_more(ROOT, loaded.snapshot, Need(children=frozenset((0,)), all_variables=frozenset((0, 1))))
        incident = session.load(ROOT, 8, "incident", None)
        timers = session.due_timers(NOW_US + 100, 10)
        tasks = [session.load(ROOT, seq, "user_task", None) for seq in (1, 2, 31)]
        jobs = [session.load(ROOT, seq, "job", None) for seq in (3, 32)]
    with store.reader() as queries:
        return {
            "root": loaded.snapshot.root,
            "elements": loaded.snapshot.elements,
            "variables": loaded.snapshot.variables,
            "incident": incident and incident.snapshot.incident,
            "timers": timers,
            "tasks": [task and task.snapshot.user_task for task in tasks],
            "jobs": [job and job.snapshot.job for job in jobs],
            "offered": queries.list_user_tasks(UserTaskFilter(group="sales")).items,
            "instances": queries.list_process_instances(ProcessInstanceFilter(root_id=ROOT)).items,
            "history": queries.list_history(ROOT).items,
        }


def write(store: Store, changes: Changes) -> bool:
    """Writes as a caller does: what lost is rolled back."""
    with store.writer() as session:
        if store.dialect == "postgresql":
            return session.write(changes, None)
        session.begin()
        session.savepoint()
        done = session.write(changes, None)
        if not done:
            session.rollback_to()
        session.commit()
        return done


LOSERS: dict[str, Callable[[], Changes]] = {
    "root version": lambda: everything(3),
    "task version": lambda: everything(
        2, put_user_tasks=[(make_task(1, state=UserTaskState.COMPLETED, version=4, end_us=NOW_US), 3)]
    ),
    "second of two task versions": lambda: everything(
        2, put_user_tasks=[(make_task(1, version=2), 1), (make_task(2, version=9), 8)], cancel_user_tasks=[]
    ),
    "task that is not there": lambda: everything(2, put_user_tasks=[(make_task(77, version=2), 1)]),
    "lease": lambda: everything(2, expected_lease=(3, "not the token")),
    "lease of a job that is not there": lambda: everything(2, expected_lease=(99, "")),
}


@pytest.mark.parametrize("case", LOSERS)
def test_write_that_lost_changes_nothing(busy: Store, case: str) -> None:
    """Whatever the comparison was that failed, no table has changed."""
    before = state_of(busy)

    done = write(busy, LOSERS[case]())

    assert done is False
    assert state_of(busy) == before


def test_write_that_won_changes_every_table(busy: Store) -> None:
    """The same command with the right versions takes effect everywhere."""
    assert write(busy, everything(2)) is True

    after = state_of(busy)
    assert sorted(after["elements"]) == [2, 3, 30]
    assert after["variables"] == {(0, "old"): "1", (0, "new"): "1"}
    assert [task.state.value for task in after["tasks"]] == ["COMPLETED", "CANCELED", "WAITING"]
    assert [job and job.seq for job in after["jobs"]] == [None, 32]
    assert [timer.seq for timer in after["timers"]] == [33]
    assert after["incident"].open is False
    assert [view.row.seq for view in after["offered"]] == [31]
    assert {(view.seq, view.state.value) for view in after["instances"]} == {
        (0, "ACTIVE"),
        (7, "COMPLETED"),
        (35, "ACTIVE"),
    }
    assert [event.type for event in after["history"]] == ["INSTANCE_STARTED", "USER_TASK_COMPLETED"]


def test_write_outside_of_a_transaction_is_atomic_too(busy: Store) -> None:
    """A session gives a write a transaction of its own where the caller has none."""
    before = state_of(busy)

    with busy.writer() as session:
        assert session.write(everything(2, expected_lease=(3, "no")), None) is False
        assert not session.in_transaction

    assert state_of(busy) == before


def test_second_start_under_the_same_id_is_lost(session: Session) -> None:
    """An instance is created once."""
    assert session.write(created(), None) is True
    assert session.write(created(make_root(business_key="other")), None) is False

    loaded = session.load(ROOT, 0, "root", None)
    assert loaded is not None
    assert loaded.snapshot.root == make_root()


def test_canceled_task_gets_a_new_version_and_an_end(session: Session) -> None:
    """Cancelation ends an open task, leaves an ended one alone, and counts its version on."""
    ended = make_task(2, state=UserTaskState.COMPLETED, end_us=NOW_US)
    session.write(created(put_elements=[make_element()], new_user_tasks=[make_task(1, version=4), ended]), None)

    session.write(changed(2, cancel_user_tasks=[1, 2]), None)

    first = session.load_user_task(ROOT, 1, "", None)
    second = session.load_user_task(ROOT, 2, "", None)
    assert first is not None
    assert first.row == make_task(1, version=5, state=UserTaskState.CANCELED, end_us=NOW_US + 2)
    assert second is not None
    assert second.row == ended


def test_task_that_may_have_any_version_counts_on_from_the_stored_one(session: Session) -> None:
    """Where no version is expected, the stored version counts, not the one that the command knew."""
    start_with_task(session, version=8)

    assert session.write(changed(2, put_user_tasks=[(make_task(1, priority=7, version=2), None)]), None)

    loaded = session.load_user_task(ROOT, 1, "", None)
    assert loaded is not None
    assert loaded.row == make_task(1, priority=7, version=9)


def test_task_put_and_canceled_in_one_command_is_put(session: Session) -> None:
    """A completed task stays completed where the same command cancels the rest of its instance."""
    start_with_task(session)
    done = make_task(1, state=UserTaskState.COMPLETED, version=2, end_us=NOW_US)

    session.write(changed(2, put_user_tasks=[(done, 1)], cancel_user_tasks=[1]), None)

    loaded = session.load_user_task(ROOT, 1, "", None)
    assert loaded is not None
    assert loaded.row == done


def test_candidates_follow_a_task_that_is_put(store: Store) -> None:
    """A changed task is offered to its new candidates and no longer to its old ones."""
    with store.writer() as session:
        deploy(session)
        start_with_task(session, candidates=Candidates(groups=("old", "kept")))
        offered = make_task(1, candidates=Candidates(groups=("kept", "new"), users=("kept",)), version=2)
        assert session.write(changed(2, put_user_tasks=[(offered, 1)]), None)

    with store.reader() as queries:
        counts = {group: queries.count_user_tasks(UserTaskFilter(group=group)) for group in ("old", "kept", "new")}
    assert counts == {"old": 0, "kept": 1, "new": 1}


def test_candidate_named_twice_is_offered_once(store: Store) -> None:
    """A name may stand twice among the candidates."""
    with store.writer() as session:
        deploy(session)
        start_with_task(session, candidates=Candidates(users=("ann", "ann")))

    with store.reader() as queries:
        assert queries.list_user_tasks(UserTaskFilter(user="ann")).total_size == 1


def test_of_racing_writers_one_wins(store: Store) -> None:
    """Of eight commands on the same version of an instance exactly one is written."""
    with store.writer() as session:
        session.write(created(), None)

    def run(number: int) -> bool:
        with store.writer() as session:
            return session.write(changed(2, put_variables=[(0, f"v{number}", "1")]), None)

    outcomes = race([partial(run, number) for number in range(8)])

    assert sorted(outcomes) == [False] * 7 + [True]
    with store.writer() as session:
        loaded = session.load(ROOT, 0, "root", None)
    assert loaded is not None
    assert set(loaded.snapshot.variables) == {(0, f"v{outcomes.index(True)}")}


def test_claim_and_completion_of_one_task_do_not_both_happen(store: Store) -> None:
    """Of a claim and a completion that read the same version of a task one is lost, whichever comes first."""

    def claim(root_id: str, row: UserTaskRow) -> bool:
        with store.writer() as session:
            return session.write_user_task(root_id, row, 1, [], None, NOW_US, "bob", False)

    def complete(root_id: str, row: UserTaskRow) -> bool:
        with store.writer() as session:
            return session.write(changed(2, make_root(root_id, version=2), put_user_tasks=[(row, 1)]), None)

    for number in range(20):
        name = root_id(number)
        with store.writer() as session:
            task = start_with_task(session, name)
        claimed = copy_row(task, state=UserTaskState.CLAIMED, assignee="bob", version=2)
        done = copy_row(task, state=UserTaskState.COMPLETED, version=2, end_us=NOW_US)

        has_claimed, has_completed = race([partial(claim, name, claimed), partial(complete, name, done)])

        assert has_claimed != has_completed
        with store.writer() as session:
            loaded = session.load_user_task(name, 1, "", None)
        assert loaded is not None
        assert loaded.row == (claimed if has_claimed else done)
        assert loaded.root is not None
        assert loaded.root.version == (1 if has_claimed else 2)


def test_cancelation_and_completion_of_one_task_end_in_one_order(store: Store) -> None:
    """A cancelation that races with a completion is written, lost, or told to run again; never half of it."""

    def run(changes: Changes) -> bool:
        with store.writer() as session:
            try:
                return session.write(changes, None)
            except SerializationConflict:
                return False

    for number in range(10):
        name = root_id(number)
        with store.writer() as session:
            task = start_with_task(session, name)
        done = copy_row(task, state=UserTaskState.COMPLETED, version=2, end_us=NOW_US)
        cancel = changed(2, make_root(name, version=2), cancel_user_tasks=[1])
        complete = changed(2, make_root(name, version=2), put_user_tasks=[(done, 1)])

        assert sorted(race([partial(run, cancel), partial(run, complete)])) == [False, True]


def test_answer_is_kept_with_what_it_answers(session: Session) -> None:
    """An answer that was written with a command is loaded with the next one of its key, until it expires."""
    assert session.write(created(), answer("r-1"))

    loaded = session.load(ROOT, 0, "root", request("r-1"))
    assert loaded is not None
    assert loaded.replay is not None
    assert (loaded.replay.content_hash, loaded.replay.response) == ("hash", b"\x00\xffanswer")
    other = session.load(ROOT, 0, "root", request("r-2"))
    assert other is not None
    assert other.replay is None
    late = session.load(ROOT, 0, "root", request("r-1", NOW_US + 1_000_000))
    assert late is not None
    assert late.replay is None


def test_answer_is_found_though_its_target_is_gone(session: Session) -> None:
    """The first call may have ended what the second is about: its answer is there all the same."""
    session.write(created(put_elements=[make_element()], new_jobs=[make_job()]), None)
    session.write(changed(2, delete_jobs=[1]), answer("r-1"))

    loaded = session.load(ROOT, 1, "job", request("r-1"))

    assert loaded is not None
    assert loaded.replay is not None
    assert loaded.snapshot.job is None
    assert session.load(ROOT, 1, "job", request("r-2")) is None
    task = session.load_user_task("0" * 20, 1, "ann", request("r-1"))
    assert task is not None
    assert task.row is None
    assert task.replay == loaded.replay
    assert session.find_answer(request("r-1")) == loaded.replay
    assert session.find_answer(request("r-2")) is None


def test_second_answer_under_one_key_is_refused_and_nothing_written(busy: Store) -> None:
    """A command whose request was answered meanwhile is not done a second time."""
    with busy.writer() as session:
        session.write(created(make_root("0" * 20)), answer("r-1"))
    before = state_of(busy)

    with busy.writer() as session, pytest.raises(DuplicateRequest):
        session.write(everything(2), answer("r-1", "other"))

    assert state_of(busy) == before
    with busy.writer() as session, pytest.raises(DuplicateRequest):
        session.write_user_task(ROOT, make_task(1, version=2), 1, [], answer("r-1"), NOW_US, "ann", False)
    assert state_of(busy) == before


def test_expired_answer_makes_room_for_a_new_one(session: Session) -> None:
    """A request id can be used again after its answer expired, whether or not that was removed."""
    session.write(created(), answer("r-1", "first", expire_us=NOW_US + 1))

    assert session.write(changed(2), answer("r-1", "second"))

    found = session.find_answer(request("r-1"))
    assert found is not None
    assert found.content_hash == "second"


def test_concurrent_twin_waits_and_is_told(store: Store) -> None:
    """Of two starts with one request id one is written; the other is told that there is an answer."""

    def run(number: int) -> str:
        with store.writer() as session:
            try:
                return str(session.write(created(make_root(root_id(number))), answer("r-1")))
            except DuplicateRequest:
                return "duplicate"

    outcomes = race([partial(run, number) for number in range(2)])

    assert sorted(outcomes) == ["True", "duplicate"]
    with store.writer() as session:
        found = [session.load(root_id(number), 0, "root", None) for number in range(2)]
    assert sum(loaded is not None for loaded in found) == 1
