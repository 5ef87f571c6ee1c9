"""Leases of jobs, and whatever else waits for its time."""

import itertools
from collections.abc import Iterator
from functools import partial

import pytest

from bpmgrpc.engine.state import InstanceState
from bpmgrpc.store import DueTimer, Session, StartTimerRow, Store
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
    make_timer,
    race,
    request,
    root_id,
)

LEASE_END = NOW_US + 300_000_000


@pytest.fixture
def tokens() -> Iterator[str]:
    """Lease tokens, one after the other."""
    return (f"token{number}" for number in itertools.count(1))


def start_jobs(session: Session, count: int, **columns: object) -> None:
    """Writes that many instances with a job each, a microsecond apart."""
    for number in range(count):
        job = make_job(1, **{"create_us": NOW_US + number, **columns})
        session.write(created(make_root(root_id(number)), put_elements=[make_element()], new_jobs=[job]), None)


def test_jobs_are_leased_oldest_first(session: Session, tokens: Iterator[str]) -> None:
    """A worker gets the jobs that wait longest, as many as it asks for, each leased to it until the lease ends."""
    start_jobs(session, 5)

    leased = session.activate_jobs("payment", "w1", 3, LEASE_END, lambda: next(tokens))

    assert [found for found, _ in leased] == [root_id(0), root_id(1), root_id(2)]
    assert leased[1][1] == make_job(
        1, create_us=NOW_US + 1, lease_token="token1", worker="w1", leased=True, available_us=LEASE_END
    )
    rest = session.activate_jobs("payment", "w2", 9, LEASE_END, lambda: next(tokens))
    assert [found for found, _ in rest] == [root_id(3), root_id(4)]
    assert {row.lease_token for _, row in rest} == {"token2"}


def test_only_jobs_of_the_type_that_are_available_and_have_retries_are_leased(
    session: Session, tokens: Iterator[str]
) -> None:
    """Another type, a backoff that lasts and a job without retries keep a job from a worker."""
    session.write(
        created(
            put_elements=[make_element()],
            new_jobs=[
                make_job(1, type="other"),
                make_job(2, available_us=NOW_US + 10),
                make_job(3, retries=0),
                make_job(4, create_us=NOW_US - 1),
            ],
        ),
        None,
    )

    assert session.queue_due_jobs("payment", NOW_US + 9, 10) == 0
    now = session.activate_jobs("payment", "w", 9, LEASE_END, lambda: next(tokens))
    assert session.queue_due_jobs("payment", NOW_US + 10, 10) == 1
    later = session.activate_jobs("payment", "w", 9, LEASE_END, lambda: next(tokens))

    assert [row.seq for _, row in now] == [4]
    assert [row.seq for _, row in later] == [2]


def test_job_comes_back_when_its_lease_ends(session: Session, tokens: Iterator[str]) -> None:
    """A silent worker loses its job to the next, and its token is worth nothing then."""
    start_jobs(session, 1)
    session.activate_jobs("payment", "w1", 1, NOW_US + 10, lambda: next(tokens))

    assert session.queue_due_jobs("payment", NOW_US + 9, 10) == 0
    assert session.activate_jobs("payment", "w2", 1, NOW_US + 20, lambda: next(tokens)) == []
    assert session.queue_due_jobs("payment", NOW_US + 10, 10) == 1
    again = session.activate_jobs("payment", "w2", 1, NOW_US + 20, lambda: next(tokens))

    assert [(row.worker, row.lease_token) for _, row in again] == [("w2", "token3")]
    first, second = root_id(0), make_root(root_id(0), version=2)
    assert session.write(changed(2, second, delete_jobs=[1], expected_lease=(1, "token1")), None) is False
    assert session.write(changed(2, second, delete_jobs=[1], expected_lease=(1, "token3")), None) is True
    assert session.load(first, 1, "job", None) is None


def test_job_that_came_back_waits_behind_those_that_were_available_before(
    session: Session, tokens: Iterator[str]
) -> None:
    """The queue is in order of availability, so a failing job does not starve fresh ones."""
    start_jobs(session, 2)
    session.activate_jobs("payment", "w1", 1, NOW_US + 50, lambda: next(tokens))
    session.queue_due_jobs("payment", NOW_US + 60, 10)

    leased = session.activate_jobs("payment", "w2", 1, LEASE_END, lambda: next(tokens))

    assert [found for found, _ in leased] == [root_id(1)]


def test_point_of_priority_counts_as_a_minute_of_waiting(session: Session, tokens: Iterator[str]) -> None:
    """A job of priority 2 passes those that were made less than two minutes before it, and no older one."""
    minute = 60_000_000
    for number, (made_us, priority) in enumerate(((0, 0), (minute // 2, 0), (2 * minute + 1, 2), (0, -3))):
        job = make_job(1, create_us=NOW_US + made_us, priority=priority)
        session.write(created(make_root(root_id(number)), put_elements=[make_element()], new_jobs=[job]), None)

    leased = session.activate_jobs("payment", "w", 9, LEASE_END, lambda: next(tokens))

    assert [found for found, _ in leased] == [root_id(0), root_id(2), root_id(1), root_id(3)]
    assert [row.priority for _, row in leased] == [0, 2, 0, -3]


def test_job_that_is_given_back_keeps_its_place(session: Session, tokens: Iterator[str]) -> None:
    """A lease that its holder ends early costs the job nothing: it is the first of the queue again."""
    start_jobs(session, 3)
    first, second = session.activate_jobs("payment", "w1", 2, LEASE_END, lambda: next(tokens))
    keys = [(found, row.seq) for found, row in (first, second)]

    assert session.give_back_jobs(keys, "other", NOW_US + 9) == 0
    assert session.give_back_jobs(keys, "token1", NOW_US + 9) == 2
    assert session.give_back_jobs(keys, "token1", NOW_US + 9) == 0
    again = session.activate_jobs("payment", "w2", 9, LEASE_END, lambda: next(tokens))

    assert [found for found, _ in again] == [root_id(0), root_id(1), root_id(2)]
    assert {(row.worker, row.lease_token) for _, row in again} == {("w2", "token2")}


def test_jobs_that_are_still_held_are_found_by_their_token(session: Session, tokens: Iterator[str]) -> None:
    """Of some jobs those come back whose lease lasts and has this token."""
    start_jobs(session, 3)
    leased = session.activate_jobs("payment", "w1", 2, LEASE_END, lambda: next(tokens))
    keys = [(root_id(number), 1) for number in range(3)]

    assert session.held_jobs(keys, "token1", LEASE_END - 1) == leased
    assert session.held_jobs(keys, "token1", LEASE_END) == []
    assert session.held_jobs(keys, "other", NOW_US) == []


def test_extended_lease_keeps_its_job_out_of_the_queue(session: Session, tokens: Iterator[str]) -> None:
    """A lease that had ended, and whose job nobody took since, is renewed: the job is not given to another."""
    start_jobs(session, 1)
    session.activate_jobs("payment", "w1", 1, NOW_US + 10, lambda: next(tokens))
    session.queue_due_jobs("payment", NOW_US + 10, 10)

    assert session.extend_job_lease(root_id(0), 1, "token1", NOW_US + 99) is True

    assert session.activate_jobs("payment", "w2", 1, LEASE_END, lambda: next(tokens)) == []


def test_lease_is_extended_by_its_token_only(session: Session, tokens: Iterator[str]) -> None:
    """The holder of a lease makes it longer; anybody else does not."""
    start_jobs(session, 1)
    session.activate_jobs("payment", "w1", 1, NOW_US + 10, lambda: next(tokens))

    assert session.extend_job_lease(root_id(0), 1, "token1", NOW_US + 99) is True
    assert session.extend_job_lease(root_id(0), 1, "other", NOW_US + 500) is False
    assert session.extend_job_lease(root_id(0), 2, "token1", NOW_US + 500) is False

    loaded = session.load(root_id(0), 1, "job", None)
    assert loaded is not None
    assert loaded.snapshot.job is not None
    assert loaded.snapshot.job.available_us == NOW_US + 99


def test_job_that_is_not_leased_has_no_lease_to_extend(session: Session) -> None:
    """A job that nobody holds cannot be held longer, whatever its token is."""
    start_jobs(session, 1, lease_token="old")

    assert session.extend_job_lease(root_id(0), 1, "old", NOW_US + 99) is False


def test_no_job_is_leased_twice_at_once(store: Store) -> None:
    """Workers that ask at the same moment share the jobs: each job goes to one of them, and none is left."""
    with store.writer() as session:
        start_jobs(session, 100)

    def work(name: str) -> list[str]:
        mine: list[str] = []
        while True:
            with store.writer() as session:
                found = session.activate_jobs("payment", name, 7, LEASE_END, lambda: name)
            if not found:
                return mine
            mine += [found_root for found_root, _ in found]

    shares = race([partial(work, f"w{number}") for number in range(5)])

    assert sorted(itertools.chain(*shares)) == [root_id(number) for number in range(100)]


def test_due_timers_are_listed_earliest_first_and_stay(session: Session) -> None:
    """A due timer is listed until a command takes it away."""
    session.write(created(new_timers=[make_timer(5, due_us=NOW_US + 2), make_timer(6, due_us=NOW_US + 1)]), None)
    session.write(created(make_root("0" * 20), new_timers=[make_timer(5, due_us=NOW_US + 9)]), None)

    expected = [DueTimer(ROOT, 6, NOW_US + 1), DueTimer(ROOT, 5, NOW_US + 2)]
    assert session.due_timers(NOW_US + 2, 10) == expected
    assert session.due_timers(NOW_US + 2, 10) == expected
    assert session.due_timers(NOW_US + 2, 1) == expected[:1]
    assert session.due_timers(NOW_US, 10) == []


def test_next_due_time_is_that_of_timers_and_start_timers(session: Session) -> None:
    """The background sleeps until the first timer of any kind."""
    assert session.next_due_us() is None
    deploy(session)
    session.replace_start_timers("office", "approval", [StartTimerRow(DEFINITION, "start", NOW_US + 7)])
    assert session.next_due_us() == NOW_US + 7
    session.write(created(new_timers=[make_timer(5, due_us=NOW_US + 3)]), None)
    assert session.next_due_us() == NOW_US + 3


def test_start_timers_of_a_new_version_replace_the_old_ones(session: Session) -> None:
    """Only the latest version's timer start events are live; those of other processes stay."""
    deploy(session)
    deploy(session, id="v2", version=2)
    deploy(session, id="other", process_name="other")
    session.replace_start_timers("office", "other", [StartTimerRow("other", "s", NOW_US)])
    session.replace_start_timers("office", "approval", [StartTimerRow(DEFINITION, "s", NOW_US, "R/PT1H", -1)])

    session.replace_start_timers(
        "office", "approval", [StartTimerRow("v2", "s", NOW_US, "R3/PT1H", 2), StartTimerRow("v2", "t", NOW_US + 1)]
    )

    assert session.due_start_timers(NOW_US + 1, 10) == [
        StartTimerRow("other", "s", NOW_US),
        StartTimerRow("v2", "s", NOW_US, "R3/PT1H", 2),
        StartTimerRow("v2", "t", NOW_US + 1),
    ]
    session.replace_start_timers("office", "approval", [])
    assert len(session.due_start_timers(NOW_US + 1, 10)) == 1


def test_one_firing_of_a_start_timer_is_taken_once(session: Session) -> None:
    """Of two servers that saw a start timer due one takes the firing, and it counts down."""
    deploy(session)
    row = StartTimerRow(DEFINITION, "s", NOW_US, "R3/PT1H", 2)
    endless = StartTimerRow(DEFINITION, "t", NOW_US, "R/PT1H", -1)
    session.replace_start_timers("office", "approval", [row, endless])

    assert session.claim_start_timer(row, NOW_US + 10) is True
    assert session.claim_start_timer(row, NOW_US + 10) is False
    assert session.claim_start_timer(endless, NOW_US + 11) is True

    assert session.due_start_timers(NOW_US + 20, 9) == [
        StartTimerRow(DEFINITION, "s", NOW_US + 10, "R3/PT1H", 1),
        StartTimerRow(DEFINITION, "t", NOW_US + 11, "R/PT1H", -1),
    ]
    last = StartTimerRow(DEFINITION, "s", NOW_US + 10, "R3/PT1H", 1)
    assert session.claim_start_timer(last, None) is True
    assert session.claim_start_timer(last, None) is False
    assert [found.element_id for found in session.due_start_timers(NOW_US + 20, 9)] == ["t"]


def test_roots_that_have_more_to_do_are_listed_longest_waiting_first(session: Session) -> None:
    """A root with READY elements is listed once nobody went on with it for a while; an ended or held one is not."""
    for number, now_us in ((1, NOW_US + 5), (2, NOW_US + 3), (3, NOW_US + 50)):
        session.write(created(make_root(root_id(number), ready=True), now_us=now_us), None)
    session.write(created(make_root(root_id(4), ready=False)), None)
    session.write(created(make_root(root_id(5), ready=True, state=InstanceState.SUSPENDED)), None)

    assert session.ready_roots(10, NOW_US + 5) == [root_id(2), root_id(1)]
    assert session.ready_roots(1, NOW_US + 5) == [root_id(2)]
    session.write(changed(2, make_root(root_id(2), version=2, ready=False)), None)
    assert session.ready_roots(10, NOW_US + 5) == [root_id(1)]


def test_expired_answers_are_removed_in_portions(session: Session) -> None:
    """Only what has expired goes, the earliest first, so many at a time as is asked for."""
    for number in range(5):
        session.write(created(make_root(root_id(number))), answer(f"r-{number}", expire_us=NOW_US + number))

    assert session.delete_expired_answers(NOW_US + 3, 3) == 3
    assert session.delete_expired_answers(NOW_US + 3, 3) == 1
    assert session.delete_expired_answers(NOW_US + 3, 3) == 0
    assert session.find_answer(request("r-4", now_us=0)) is not None
    assert session.find_answer(request("r-3", now_us=0)) is None
