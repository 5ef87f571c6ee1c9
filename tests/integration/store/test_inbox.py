"""The inbox: whatever filters, order and page size are combined, the list is what going through all tasks finds."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import fields
from typing import Any

import psycopg
import pytest

from bpmgrpc.engine.state import Candidates, UserTaskRow, UserTaskState
from bpmgrpc.store import DirectoryUser, Store, WorkParty, inbox_match
from bpmgrpc.store.inbox_match import Surroundings, concerned, lets_through, watched_keys
from bpmgrpc.store.paging import PageRequest
from bpmgrpc.store.url import parse_url
from bpmgrpc.store.views import UserTaskFilter, UserTaskPart, UserTaskView
from tests.integration.store.factories import DEFINITION, NOW_US, created, deploy, make_root, make_task, root_id

TASKS = 150
GROUPS, ROLES, PARTIES = ("g1", "g2", "g3"), ("r1", "r2"), ("p1", "p2")
# Ann belongs to g1 and g2, has r1, and is a member of p1 by that role.
ANN = {"G": ("g1", "g2"), "R": ("r1",), "P": ("p1",), "U": ("ann",)}
KIND = {
    UserTaskPart.OFFERED_TO_USER: "U",
    UserTaskPart.OFFERED_TO_GROUPS: "G",
    UserTaskPart.OFFERED_TO_ROLES: "R",
    UserTaskPart.OFFERED_TO_WORK_PARTIES: "P",
}
ABSENT = 2**63
LONG = "x" * 250 + " approve"  # entries of pools hold less of it
OF_OLDER_PROGRAM = "UPDATE user_task_candidate SET name = NULL, sole = 0 WHERE root_id LIKE '%7'"


def some(chance: random.Random, names: tuple[str, ...], most: int = 2) -> tuple[str, ...]:
    return tuple(chance.sample(names, chance.randint(0, most))) if chance.random() < 0.5 else ()


def random_task(chance: random.Random) -> UserTaskRow:
    """A task in any state, offered to anybody."""
    state = chance.choice([*UserTaskState, UserTaskState.WAITING, UserTaskState.WAITING, UserTaskState.WAITING])
    ended = state in (UserTaskState.COMPLETED, UserTaskState.CANCELED)
    held = state in (UserTaskState.CLAIMED, UserTaskState.COMPLETED)
    return make_task(
        1,
        state=state,
        candidates=Candidates(
            some(chance, ("ann", "bob")), some(chance, GROUPS), some(chance, ROLES), chance.choice(("", "", *PARTIES))
        ),
        assignee=chance.choice(("ann", "bob")) if held else "",
        claim_us=NOW_US if held else None,
        end_us=NOW_US + chance.randint(0, 8) if ended else None,
        priority=chance.choice((10, 50, 90)),
        create_us=NOW_US + chance.randint(0, 5),
        due_us=chance.choice((None, NOW_US, NOW_US + 7, NOW_US + 9)),
        follow_up_us=chance.choice((None, NOW_US + 1, NOW_US + 2)),
        name=chance.choice(("Approve order", "APPROVE HOLIDAY", "Pay É", "pay é", "อนุมัติ 50%_", LONG)),
        owner=chance.choice(("", "olga")),
        element_id=chance.choice(("t", "u")),
        business_key=chance.choice(("", "k")),
        definition_id=chance.choice((DEFINITION, "zoo")),
    )


def random_filter(chance: random.Random) -> UserTaskFilter:
    """Any combination of filters."""
    chosen: dict[str, Any] = {
        "user": "ann",
        "role": "r1",
        "group": "g1",
        "work_party": "p1",
        "assignee": "ann",
        "states": tuple(chance.sample(list(UserTaskState), chance.randint(1, 3))),
        "process_name": "feeding",
        "app_name": "zoo",
        "business_key": "k",
        "owner": "olga",
        "element_id": "t",
        "name_contains": chance.choice(("approve", "pay é", "50%_", "e")),
        "priority_min": 50,
        "priority_max": 50,
        "create_from_us": NOW_US + 1,
        "create_until_us": NOW_US + 4,
        "due_from_us": NOW_US + 1,
        "due_until_us": NOW_US + 8,
        "without_due": True,
        "follow_up_from_us": NOW_US + 2,
        "follow_up_until_us": NOW_US + 2,
        "without_follow_up": True,
        "end_from_us": NOW_US + 3,
        "end_until_us": NOW_US + 6,
    }
    names = chance.sample(sorted(chosen), chance.randint(0, 3))
    if chance.random() < 0.6:
        names.append("user")
    given = {name: chosen[name] for name in names}
    if "user" in given and chance.random() < 0.5:
        given["parts"] = tuple(chance.sample(list(UserTaskPart), chance.randint(1, 4)))
    return UserTaskFilter(**given)


def offered(task: UserTaskRow, kind: str, *names: str) -> bool:
    """Whether an unclaimed task is offered to one of some names."""
    to = {
        "U": task.candidates.users,
        "G": task.candidates.groups,
        "R": task.candidates.roles,
        "P": (task.candidates.work_party,),
    }[kind]
    return task.state in (UserTaskState.WAITING, UserTaskState.ASSIGNED) and bool(set(to) & set(names))


def folded(name: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def fits(wanted: UserTaskFilter, task: UserTaskRow) -> bool:
    """The filter, by hand."""
    parts = wanted.parts or tuple(UserTaskPart)
    in_zoo = task.definition_id == "zoo"
    mine = (UserTaskPart.CLAIMED in parts and task.assignee == "ann") or any(
        part in parts and offered(task, kind, *ANN[kind]) for part, kind in KIND.items()
    )
    states = wanted.states or (UserTaskState.WAITING, UserTaskState.ASSIGNED, UserTaskState.CLAIMED)
    due, follow_up = task.due_us, task.follow_up_us
    return all(
        (
            not wanted.user or mine,
            not wanted.role or offered(task, "R", wanted.role),
            not wanted.group or offered(task, "G", wanted.group),
            not wanted.work_party or offered(task, "P", wanted.work_party),
            not wanted.assignee or task.assignee == wanted.assignee,
            task.state in states,
            not wanted.process_name or in_zoo,
            not wanted.app_name or in_zoo,
            not wanted.business_key or task.business_key == wanted.business_key,
            not wanted.owner or task.owner == wanted.owner,
            not wanted.element_id or task.element_id == wanted.element_id,
            wanted.name_contains in folded(task.name),
            task.priority >= wanted.priority_min,
            not wanted.priority_max or task.priority <= wanted.priority_max,
            wanted.create_from_us is None or task.create_us >= wanted.create_from_us,
            wanted.create_until_us is None or task.create_us < wanted.create_until_us,
            wanted.due_from_us is None or (due is not None and due >= wanted.due_from_us),
            wanted.due_until_us is None or (due is not None and due < wanted.due_until_us),
            not wanted.without_due or due is None,
            wanted.follow_up_from_us is None or (follow_up is not None and follow_up >= wanted.follow_up_from_us),
            wanted.follow_up_until_us is None or (follow_up is not None and follow_up < wanted.follow_up_until_us),
            not wanted.without_follow_up or follow_up is None,
            wanted.end_from_us is None or (task.end_us is not None and task.end_us >= wanted.end_from_us),
            wanted.end_until_us is None or (task.end_us is not None and task.end_us < wanted.end_until_us),
        )
    )


ORDERS = {
    "": lambda task: (-task.priority, task.create_us),
    "due_time": lambda task: (ABSENT if task.due_us is None else task.due_us,),
    "due_time, priority desc": lambda task: (ABSENT if task.due_us is None else task.due_us, -task.priority),
    "follow_up_time desc": lambda task: (-(ABSENT if task.follow_up_us is None else task.follow_up_us),),
    "name": lambda task: (task.name.encode(),),
    "name, create_time desc": lambda task: (task.name.encode(), -task.create_us),
    "create_time": lambda task: (task.create_us,),
    "end_time desc": lambda task: (-(ABSENT if task.end_us is None else task.end_us),),
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store with many tasks, and these tasks by root."""
    from bpmgrpc.store import open_store

    if request.param == "sqlite":
        urls: Any = None
        url = f"sqlite:///{tmp_path_factory.mktemp('inbox')}/a.db"
    else:
        urls = request.getfixturevalue("postgresql_server").database()
        url = urls.__enter__()
    store: Store = open_store(url)
    store.migrate()
    chance = random.Random(5)
    tasks = {root_id(number): random_task(chance) for number in range(TASKS)}
    with store.writer() as session:
        deploy(session)
        deploy(session, id="zoo", process_name="feeding", app_name="zoo")
        session.import_directory(
            [DirectoryUser("ann", groups=("g1", "g2"), roles=("r1",))],
            [WorkParty("p1", (), ("r1",)), WorkParty("p2", ("bob",))],
            replace_all=True,
        )
        for root, task in tasks.items():
            row = make_root(root, business_key=task.business_key)
            assert session.write(created(row, new_user_tasks=[task]), None)
    parsed = parse_url(url)
    if parsed.dialect == "sqlite":
        with sqlite3.connect(parsed.path) as plain:
            plain.execute(OF_OLDER_PROGRAM)
    else:
        with psycopg.connect(parsed.conninfo) as connection:
            connection.execute(OF_OLDER_PROGRAM)
    yield store, tasks
    store.close()
    if urls is not None:
        urls.__exit__(None, None, None)


@pytest.mark.parametrize("seed", range(60))
def test_list_is_what_going_through_all_tasks_finds(filled: Any, seed: int) -> None:
    """Pages, totals and counts of a random filter in each order are those found by hand."""
    store, tasks = filled
    chance = random.Random(seed)
    wanted = random_filter(chance)
    size = chance.choice((1, 7, 50))
    expected = {root: task for root, task in tasks.items() if fits(wanted, task)}

    with store.reader() as queries:
        for order, key in ORDERS.items():
            found: list[str] = []
            token = ""
            while True:
                page = queries.list_user_tasks(wanted, PageRequest(size, token, order_by=order))
                found += [view.root_id for view in page.items]
                assert page.total_size == len(expected)
                token = page.next_page_token
                if not token:
                    break
            assert found == sorted(expected, key=lambda root: (*key(expected[root]), root)), (wanted, order)
        skipped = queries.list_user_tasks(wanted, PageRequest(size, skip=3, skip_total=True))
        in_order = sorted(expected, key=lambda root: (*ORDERS[""](expected[root]), root))
        assert ([view.root_id for view in skipped.items], skipped.total_size) == (in_order[3 : 3 + size], 0)
        assert queries.count_user_tasks(wanted) == len(expected)


@pytest.mark.parametrize("seed", range(200))
def test_watchers_judge_a_task_as_the_list_does(filled: Any, seed: int) -> None:
    """What tells watchers of a change lets the same tasks through, and none that it did not have to look at."""
    store, tasks = filled
    wanted = random_filter(random.Random(seed))
    with store.reader() as queries:
        pools = queries.pools_of(wanted.user, wanted.parts or tuple(UserTaskPart)) if wanted.user else frozenset()
    keys = watched_keys(wanted, pools)
    through = lets_through(wanted)

    for root, task in tasks.items():
        names = ("feeding", "zoo") if task.definition_id == "zoo" else ("p", "app")
        judged = through(UserTaskView(root, task, *names), Surroundings(pools))
        assert judged == fits(wanted, task), (wanted, task)
        assert not judged or keys is None or keys.intersection(concerned(task)), (wanted, task)


def test_every_field_of_the_filter_has_its_test() -> None:
    """A field that lists know and watchers do not would make the two differ."""
    assert [field.name for field in fields(UserTaskFilter)] == [*inbox_match._TESTS, "fields"]  # these are refused
