"""User tasks that change alone: claim, unclaim, assign."""

from functools import partial

from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import Candidates, InstanceRow, Membership, UserTaskState, copy_row
from bpmgrpc.store import DirectoryUser, Session, Store, WorkParty
from bpmgrpc.store.views import UserTaskFilter
from tests.integration.store.factories import (
    DEFINITION,
    NOW_US,
    ROOT,
    answer,
    created,
    deploy,
    make_element,
    make_root,
    make_task,
    race,
    request,
    start_with_task,
)


def test_task_is_loaded_with_its_root_and_the_users_membership(session: Session) -> None:
    """Claim learns in one go what the task is, whether its instance runs, and what the directory says of the user."""
    session.import_directory(
        [DirectoryUser("ann", "Ann", ("sales", "ฝ่ายขาย"), ("clerk",))],
        [
            WorkParty("desk", ("bob",), ("clerk",)),
            WorkParty("board", ("bob",), (), "ann"),
            WorkParty("other", ("bob",)),
        ],
        replace_all=False,
    )
    task = start_with_task(session, candidates=Candidates(groups=("sales",), work_party="other"))

    loaded = session.load_user_task(ROOT, 1, "ann", None)

    assert loaded is not None
    assert loaded.row == task
    assert loaded.root == make_root()
    assert loaded.membership == Membership(
        "ann",
        frozenset(("sales", "ฝ่ายขาย")),
        frozenset(("clerk",)),
        frozenset(("desk", "board")),
        frozenset(("other",)),
    )


def test_work_party_that_does_not_exist_is_not_known(session: Session) -> None:
    """A task may be offered to a work party that nobody has made."""
    start_with_task(session, candidates=Candidates(work_party="nobody"))

    alone = session.load_user_task(ROOT, 1, "ann", None)
    command = session.load(ROOT, 1, "user_task", None, "ann")

    assert alone is not None
    assert alone.membership == Membership("ann")
    assert command is not None
    assert command.snapshot.membership == Membership("ann")


def test_command_on_a_task_brings_the_membership_where_it_is_asked_for(session: Session) -> None:
    """Membership comes with a command's state, and only where a user is named."""
    session.import_directory(
        [DirectoryUser("ann", groups=("sales",))], [WorkParty("desk", ("ann",))], replace_all=False
    )
    start_with_task(session, candidates=Candidates(users=("bob",), work_party="desk"))

    asked = session.load(ROOT, 1, "user_task", None, "ann")
    other = session.load(ROOT, 1, "user_task", None)

    assert asked is not None
    assert asked.snapshot.membership == Membership(
        "ann", frozenset(("sales",)), frozenset(), frozenset(("desk",)), frozenset(("desk",))
    )
    assert other is not None
    assert other.snapshot.membership is None


def test_claim_writes_task_history_and_answer_and_leaves_the_instance(store: Store) -> None:
    """A claim changes the task's version, not the instance's."""
    with store.writer() as session:
        task = start_with_task(session)
        claimed = copy_row(task, state=UserTaskState.CLAIMED, assignee="ann", claim_us=NOW_US + 1, version=2)
        events = [Event(EventType.USER_TASK_CLAIMED, "approve", 1, {"user": "ann"})]

        assert session.write_user_task(ROOT, claimed, 1, events, answer(), NOW_US + 1, "ann", False)
        assert not session.write_user_task(ROOT, claimed, 1, events, None, NOW_US + 2, "bob", False)

        loaded = session.load_user_task(ROOT, 1, "ann", request())
    assert loaded is not None
    assert loaded.row == claimed
    assert loaded.root == make_root()
    assert loaded.replay is not None
    with store.reader() as queries:
        history = queries.list_history(ROOT).items
    assert [(event.type, event.actor, event.time_us, event.seq) for event in history] == [
        ("INSTANCE_STARTED", "ann", NOW_US, 0),
        ("USER_TASK_CLAIMED", "ann", NOW_US + 1, 1),
    ]


def test_of_racing_claims_one_wins(store: Store) -> None:
    """Of 32 users who claim a task at once exactly one has it."""
    with store.writer() as session:
        task = start_with_task(session)

    def claim(user: str) -> bool:
        claimed = copy_row(task, state=UserTaskState.CLAIMED, assignee=user, version=2)
        with store.writer() as session:
            return session.write_user_task(ROOT, claimed, 1, [], None, NOW_US, user, False)

    outcomes = race([partial(claim, f"user{number}") for number in range(32)])

    with store.writer() as session:
        loaded = session.load_user_task(ROOT, 1, "", None)
    assert loaded is not None
    assert loaded.row is not None
    assert sum(outcomes) == 1
    assert loaded.row.assignee == f"user{outcomes.index(True)}"


def test_assignment_replaces_the_candidates(store: Store) -> None:
    """An assigned task is offered to the new candidates only."""
    with store.writer() as session:
        deploy(session)
        task = start_with_task(session, candidates=Candidates(users=("ann", "bob"), groups=("sales",)))
        assigned = copy_row(task, candidates=Candidates(users=("bob", "carl")), version=2)

        assert session.write_user_task(ROOT, assigned, 1, [], None, NOW_US, "ann", True)

    with store.reader() as queries:
        offered = [name for name in ("ann", "bob", "carl") if queries.count_user_tasks(UserTaskFilter(user=name)) == 1]
        assert offered == ["bob", "carl"]
        assert queries.count_user_tasks(UserTaskFilter(group="sales")) == 0
        assert queries.get_user_task(ROOT, 1).row == assigned


def test_assignment_of_many_tasks_is_all_or_nothing(session: Session) -> None:
    """Where one of several tasks has changed meanwhile, none is assigned."""
    session.write(
        created(
            put_elements=[make_element(1), make_element(2)], new_user_tasks=[make_task(1), make_task(2, version=7)]
        ),
        None,
    )
    new = Candidates(users=("zoe",))
    stale = [(make_task(1, candidates=new, version=2), 1), (make_task(2, candidates=new, version=8), 6)]
    right = [(make_task(1, candidates=new, version=2), 1), (make_task(2, candidates=new, version=8), 7)]

    assert session.write_user_tasks(ROOT, stale, [], None, NOW_US, "ann") is False
    untouched = session.open_user_tasks_of(ROOT)
    assert session.write_user_tasks(ROOT, right, [], None, NOW_US, "ann") is True

    assert untouched == [make_task(1), make_task(2, version=7)]
    assert session.open_user_tasks_of(ROOT) == [row for row, _ in right]


def test_open_tasks_of_an_instance_include_those_of_the_instances_it_called(session: Session) -> None:
    """A called instance has its own tasks and those of what it called in turn, the oldest first."""
    session.write(
        created(
            new_instances=[
                InstanceRow(2, DEFINITION, 0, "", NOW_US),
                InstanceRow(4, DEFINITION, 2, "", NOW_US),
                InstanceRow(6, DEFINITION, 0, "", NOW_US),
            ],
            new_user_tasks=[
                make_task(1, create_us=NOW_US + 9),
                make_task(3, instance=2, create_us=NOW_US + 2),
                make_task(5, instance=4, create_us=NOW_US + 1),
                make_task(7, instance=6),
                make_task(8, instance=4, state=UserTaskState.COMPLETED, end_us=NOW_US),
            ],
        ),
        None,
    )

    assert [task.seq for task in session.open_user_tasks_of(ROOT)] == [7, 5, 3, 1]
    assert [task.seq for task in session.open_user_tasks_of(ROOT, 0)] == [7, 5, 3, 1]
    assert [task.seq for task in session.open_user_tasks_of(ROOT, 2)] == [5, 3]
    assert [task.seq for task in session.open_user_tasks_of(ROOT, 4)] == [5]
    assert session.open_user_tasks_of("0" * 20) == []
