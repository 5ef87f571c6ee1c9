"""Pools that assignment strategies choose from: who is in them, who was chosen last, and how they are held."""

from __future__ import annotations

import threading

import pytest

from bpmgrpc.engine.state import Candidates, Pool, PoolAsk, UserTaskState
from bpmgrpc.store import DirectoryUser, Session, Store, WorkParty
from bpmgrpc.store.assignment import MAX_KEY, pool_key
from tests.integration.store.factories import created, make_root, make_task, root_id

DIRECTORY = (
    [
        DirectoryUser("ann", groups=("clerks",), roles=("R1",)),
        DirectoryUser("bob", groups=("clerks", "night"), roles=("R2",)),
        DirectoryUser("cat", groups=("R1",), roles=("clerks",)),  # a role's name is no group's
        DirectoryUser("dan", roles=("R1",)),
    ],
    [WorkParty("desk", ("zoe",), ("R2",), "lead"), WorkParty("empty")],
)


@pytest.mark.parametrize(
    ("candidates", "members"),
    (
        (Candidates(("x", "a")), ("a", "x")),
        (Candidates(groups=("clerks",)), ("ann", "bob")),
        (Candidates(groups=("clerks", "night", "unknown")), ("ann", "bob")),
        (Candidates(roles=("R1",)), ("ann", "dan")),
        (Candidates(work_party="desk"), ("bob", "lead", "zoe")),
        (Candidates(("x",), ("night",), ("R1",), "desk"), ("ann", "bob", "dan", "lead", "x", "zoe")),
        (Candidates(work_party="empty"), ()),
        (Candidates(work_party="unknown"), ()),
    ),
)
def test_pool_has_the_users_that_its_candidates_stand_for(
    session: Session, candidates: Candidates, members: tuple[str, ...]
) -> None:
    """Users by name, of groups, of roles, of a work party by name, as its lead or by role; each once, by name."""
    session.import_directory(*DIRECTORY, replace_all=True)

    assert session.pool(PoolAsk(candidates, held=False)) == Pool(members)


def test_pool_counts_what_its_members_have_claimed(session: Session) -> None:
    """Open tasks that a member has count, whoever offered them; what is offered, or done, does not."""
    states = (
        ("ann", UserTaskState.CLAIMED, None),
        ("ann", UserTaskState.CLAIMED, None),
        ("ann", UserTaskState.COMPLETED, 5),
        ("bob", UserTaskState.COMPLETED, 5),
        ("zoe", UserTaskState.CLAIMED, None),
        ("", UserTaskState.WAITING, None),
    )
    for number, (user, state, end_us) in enumerate(states, 1):
        task = make_task(assignee=user, state=state, end_us=end_us)
        assert session.write(created(make_root(root_id(number)), new_user_tasks=[task]), None)

    found = session.pool(PoolAsk(Candidates(("ann", "bob")), counted=True, held=False))

    assert found == Pool(("ann", "bob"), "", {"ann": 2})


def test_pool_knows_who_completed_what(session: Session) -> None:
    """Who completed tasks of some elements in an instance is told; other elements and instances are not meant."""
    rows = (("ann", "a", 0), ("bob", "b", 0), ("cat", "a", 7), ("dan", "c", 0))
    done = [
        make_task(seq, assignee=user, element_id=element, instance=instance, state=UserTaskState.COMPLETED, end_us=5)
        for seq, (user, element, instance) in enumerate(rows, 1)
    ]
    assert session.write(created(make_root(root_id(1)), new_user_tasks=done), None)
    assert session.write(created(make_root(root_id(2)), new_user_tasks=done[:1]), None)
    ask = PoolAsk(Candidates(("x",)), held=False, completers_of=("a", "b"))

    found = session.pool(ask, root_id(1)), session.pool(ask._replace(instance=7), root_id(1))

    assert [pool.completers for pool in found] == [{"ann", "bob"}, {"cat"}]


def test_pool_knows_who_was_chosen_last(session: Session) -> None:
    """What a command writes the next one reads; other pools have a last one of their own."""
    desk, clerks = Candidates(("ann",), work_party="desk"), Candidates(groups=("clerks",))
    assert session.write(created(make_root(root_id(1)), turns=[(desk, "ann"), (clerks, "bob")]), None)
    assert session.write(created(make_root(root_id(2)), turns=[(desk, "zoe")]), None)

    with session.transaction():
        last = [session.pool(PoolAsk(one)).last for one in (desk, clerks, Candidates(work_party="desk"))]

    assert last == ["zoe", "bob", ""]


def test_pool_of_many_names_has_a_short_key(session: Session) -> None:
    """Thousands of candidates are a pool too, and none is taken for another."""
    names = tuple(f"user-{number:05}" for number in range(5_000))
    many, fewer = Candidates(names), Candidates(names[1:])
    assert session.write(created(turns=[(many, "user-00003")]), None)

    with session.transaction():
        found = session.pool(PoolAsk(many)), session.pool(PoolAsk(fewer))

    assert (len(pool_key(many)) <= MAX_KEY, len(found[0].members)) == (True, 5_000)
    assert (found[0].last, found[1].last) == ("user-00003", "")


@pytest.mark.parametrize("known", (False, True), ids=("new pool", "known pool"))
def test_pool_is_held_until_the_transaction_ends(store: Store, known: bool) -> None:
    """Who comes second waits, and sees whom the first one chose."""
    desk = Candidates(work_party="desk")
    if known:
        with store.writer() as session:
            assert session.write(created(make_root(root_id(1)), turns=[(desk, "ann")]), None)
    held, seen = threading.Event(), []

    def second() -> None:
        held.wait()
        with store.writer() as session, session.transaction():
            seen.append(session.pool(PoolAsk(desk)).last)

    thread = threading.Thread(target=second)
    thread.start()
    with store.writer() as session, session.transaction():
        first = session.pool(PoolAsk(desk)).last
        held.set()
        thread.join(0.2)  # time to be wrong in; it waits for this transaction
        waited = thread.is_alive()
        assert session.write(created(make_root(root_id(2)), turns=[(desk, "bob")]), None)
    thread.join()

    assert (first, waited, seen) == ("ann" if known else "", True, ["bob"])
