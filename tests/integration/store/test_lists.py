"""Lists of user tasks, instances and incidents: filters, orders, pages."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from bpmgrpc.engine.state import (
    Candidates,
    IncidentRow,
    InstanceRow,
    InstanceState,
    UserTaskState,
)
from bpmgrpc.errors import InvalidArgument, NotFound
from bpmgrpc.store import DirectoryUser, Session, Store, WorkParty
from bpmgrpc.store.paging import Page, PageRequest
from bpmgrpc.store.queries import Queries
from bpmgrpc.store.views import IncidentFilter, ProcessInstanceFilter, UserTaskFilter
from tests.integration.store.factories import (
    DEFINITION,
    NOW_US,
    created,
    deploy,
    make_root,
    make_task,
    root_id,
)

ANY_TASK = UserTaskFilter()


def start(session: Session, number: int, **columns: Any) -> None:
    """Writes an instance with one task."""
    task = make_task(1, **{"create_us": NOW_US + number, **columns})
    root = make_root(root_id(number), create_us=NOW_US + number, business_key=task.business_key)
    assert session.write(created(root, new_user_tasks=[task]), None)


def numbers(page: Page[Any]) -> list[int]:
    """Numbers of the roots on a page."""
    return [int(item.root_id) for item in page.items]


def all_pages(ask: Callable[[PageRequest], Page[Any]], size: int, **request: Any) -> list[Any]:
    """All items, page by page."""
    items: list[Any] = []
    token = ""
    while True:
        page = ask(PageRequest(size, token, **request))
        assert len(page.items) <= size
        items += page.items
        token = page.next_page_token
        if not token:
            return items


def test_tasks_of_a_user_are_those_claimed_and_those_offered(store: Store) -> None:
    """Claimed by the user, or unclaimed and offered by name, group, role or work party; and no others."""
    claimed = {"state": UserTaskState.CLAIMED}
    ended = {"state": UserTaskState.COMPLETED, "end_us": NOW_US}
    with store.writer() as session:
        deploy(session)
        session.import_directory(
            [DirectoryUser("ann", groups=("g",), roles=("r",))],
            [WorkParty("party", (), ("r",)), WorkParty("other party", ("bob",)), WorkParty("led", (), (), "ann")],
            replace_all=True,
        )
        offers: list[dict[str, Any]] = [
            {"candidates": Candidates(users=("bob", "ann"))},
            {"candidates": Candidates(groups=("g",))},
            {"candidates": Candidates(roles=("r",))},
            {"candidates": Candidates(work_party="party"), "lane_party": True},
            {"candidates": Candidates(work_party="led")},
            {"candidates": Candidates(groups=("x",)), "assignee": "ann", **claimed},
            {"candidates": Candidates(users=("ann",)), "assignee": "ann", **claimed},
            # Not hers:
            {"candidates": Candidates(users=("ann",)), "assignee": "bob", **claimed},
            {"candidates": Candidates(users=("bob",))},
            {"candidates": Candidates(work_party="other party")},
            {"candidates": Candidates(work_party="nobody's"), "lane_party": True},
            {"candidates": Candidates(groups=("r",), roles=("g",))},
            {"candidates": Candidates()},
            {"candidates": Candidates(users=("ann",)), **ended},
            {"candidates": Candidates(users=("ann",)), "assignee": "ann", **ended},
        ]
        for number, columns in enumerate(offers):
            start(session, number, **columns)

    with store.reader() as queries:
        found = queries.list_user_tasks(UserTaskFilter(user="ann"))
        assert numbers(found) == [0, 1, 2, 3, 4, 5, 6]
        assert found.total_size == queries.count_user_tasks(UserTaskFilter(user="ann")) == 7
        only_claimed = UserTaskFilter(user="ann", states=(UserTaskState.CLAIMED,))
        assert numbers(queries.list_user_tasks(only_claimed)) == [5, 6]
        done = UserTaskFilter(user="ann", states=(UserTaskState.COMPLETED, UserTaskState.CLAIMED))
        assert numbers(queries.list_user_tasks(done)) == [5, 6, 14]
        assert numbers(queries.list_user_tasks(UserTaskFilter(user="nobody"))) == []


def test_tasks_of_a_group_or_role_are_the_unclaimed_ones(store: Store) -> None:
    """A group's list has what is offered to it and waits; a role of the same name is another thing."""
    with store.writer() as session:
        deploy(session)
        start(session, 0, candidates=Candidates(groups=("x", "y")))
        start(session, 1, candidates=Candidates(groups=("x",)), state=UserTaskState.CLAIMED, assignee="ann")
        start(session, 2, candidates=Candidates(roles=("x",), users=("u",)), state=UserTaskState.ASSIGNED)
        start(session, 3, candidates=Candidates(roles=("x",), groups=("x",)))
        start(session, 4, candidates=Candidates(users=("x",)))

    with store.reader() as queries:
        assert numbers(queries.list_user_tasks(UserTaskFilter(group="x"))) == [0, 3]
        assert numbers(queries.list_user_tasks(UserTaskFilter(role="x"))) == [2, 3]
        assert numbers(queries.list_user_tasks(UserTaskFilter(role="x", group="x"))) == [3]
        assert numbers(queries.list_user_tasks(UserTaskFilter(user="u", role="x"))) == [2]
        assert numbers(queries.list_user_tasks(UserTaskFilter(assignee="ann"))) == [1]


def test_tasks_are_filtered_by_instance_process_key_and_state(store: Store) -> None:
    """Filters are combined with "and"; an empty one does not filter; only open tasks are listed unless states are
    named.
    """
    with store.writer() as session:
        deploy(session)
        deploy(session, id="zoo", process_name="feeding", app_name="zoo")
        start(session, 0, business_key="k1")
        start(session, 1, definition_id="zoo", business_key="k1")
        start(session, 2, state=UserTaskState.CANCELED, end_us=NOW_US)
        session.write(
            created(
                make_root(root_id(3)),
                new_instances=[
                    InstanceRow(2, DEFINITION, 0, "", NOW_US),
                    InstanceRow(4, DEFINITION, 2, "", NOW_US),
                    InstanceRow(6, DEFINITION, 0, "", NOW_US),
                ],
                new_user_tasks=[
                    make_task(seq, instance=instance, create_us=NOW_US + 100 + seq)
                    for seq, instance in ((1, 0), (3, 2), (5, 4), (7, 6))
                ],
            ),
            None,
        )

    with store.reader() as queries:

        def listed(**filters: Any) -> list[tuple[int, int]]:
            filter_ = UserTaskFilter(**filters)
            page = queries.list_user_tasks(filter_)
            assert queries.count_user_tasks(filter_) == page.total_size == len(page.items)
            return [(int(view.root_id), view.row.seq) for view in page.items]

        assert listed() == [(0, 1), (1, 1), (3, 1), (3, 3), (3, 5), (3, 7)]
        assert listed(root_id=root_id(3)) == [(3, 1), (3, 3), (3, 5), (3, 7)]
        assert listed(root_id=root_id(3), instance=2) == [(3, 3), (3, 5)]
        assert listed(root_id=root_id(2)) == []
        assert listed(process_name="feeding") == [(1, 1)]
        assert listed(app_name="office", business_key="k1") == [(0, 1)]
        assert listed(process_name="feeding", app_name="office") == []
        assert listed(states=(UserTaskState.CANCELED,)) == [(2, 1)]
        assert listed(states=(UserTaskState.CANCELED, UserTaskState.WAITING), business_key="k1") == [(0, 1), (1, 1)]
        for filter_ in (UserTaskFilter(root_id="none"), UserTaskFilter(root_id=root_id(3), instance=3)):
            with pytest.raises(NotFound):
                queries.list_user_tasks(filter_)
            with pytest.raises(NotFound):
                queries.count_user_tasks(filter_)


def test_tasks_are_listed_by_priority_then_age_unless_told_otherwise(store: Store) -> None:
    """High priority first, then oldest first; absent due dates come last; ties are broken by id."""
    with store.writer() as session:
        deploy(session)
        start(session, 0, priority=50, due_us=NOW_US + 5, name="b", create_us=NOW_US)
        start(session, 1, priority=90, due_us=None, name="a", create_us=NOW_US)
        start(session, 2, priority=50, due_us=NOW_US + 1, name="ข", create_us=NOW_US)
        start(session, 3, priority=50, due_us=None, name="B", create_us=NOW_US - 1)

    with store.reader() as queries:
        orders = {
            "": [1, 3, 0, 2],
            "priority": [0, 2, 3, 1],
            "priority, create_time desc": [0, 2, 3, 1],
            "due_time": [2, 0, 1, 3],
            "due_time desc": [1, 3, 0, 2],
            " name ": [3, 1, 0, 2],
            "create_time, name desc": [3, 2, 0, 1],
        }
        for order_by, expected in orders.items():
            assert numbers(queries.list_user_tasks(UserTaskFilter(), PageRequest(order_by=order_by))) == expected
            paged = all_pages(lambda page: queries.list_user_tasks(UserTaskFilter(), page), 1, order_by=order_by)
            assert [int(view.root_id) for view in paged] == expected


def test_pages_hold_each_row_once_whatever_the_order(store: Store) -> None:
    """With many ties and absent values, pages of any size make up the whole list."""
    dice = random.Random(7)
    with store.writer() as session:
        deploy(session)
        with session.transaction():
            for number in range(60):
                start(
                    session,
                    number,
                    priority=dice.choice((1, 50)),
                    due_us=dice.choice((None, NOW_US, NOW_US + 1)),
                    name=dice.choice(("x", "y", "ไทย")),
                    create_us=NOW_US + dice.randrange(3),
                )

    with store.reader() as queries:
        for order_by in ("", "due_time desc, name", "name desc, priority", "priority, create_time desc, due_time"):
            for filter_ in (UserTaskFilter(), UserTaskFilter(group="sales")):

                def ask(page: PageRequest, filter_: UserTaskFilter = filter_) -> Page[Any]:
                    return queries.list_user_tasks(filter_, page)

                whole = ask(PageRequest(1_000, order_by=order_by))
                assert (len(whole.items), whole.total_size) == (60, 60)
                for size in (1, 7, 59, 60):
                    assert all_pages(ask, size, order_by=order_by) == whole.items


def test_rows_that_come_and_go_do_not_disturb_the_next_page(store: Store) -> None:
    """The next page goes on after the last row of the one before, though that row has gone meanwhile."""
    with store.writer() as session:
        deploy(session)
        for number in (10, 20, 30, 40):
            start(session, number)
    with store.reader() as queries:
        first = queries.list_user_tasks(UserTaskFilter(), PageRequest(2))
    with store.writer() as session:
        start(session, 15)
        start(session, 25)
        gone = make_task(1, state=UserTaskState.COMPLETED, version=2, end_us=NOW_US)
        session.write_user_task(root_id(20), gone, 1, [], None, NOW_US, "", True)
    with store.reader() as queries:
        second = queries.list_user_tasks(UserTaskFilter(), PageRequest(9, first.next_page_token))

    assert numbers(first) == [10, 20]
    assert (numbers(second), second.total_size) == ([25, 30, 40], 5)


def test_skip_leaves_rows_out_before_the_page(store: Store) -> None:
    """Rows are left out counted from where the page begins; beyond the end there are none, and the total stands."""
    with store.writer() as session:
        deploy(session)
        for number in range(6):
            start(session, number)
    with store.reader() as queries:

        def page(request: PageRequest) -> Page[Any]:
            return queries.list_user_tasks(UserTaskFilter(), request)

        assert (numbers(page(PageRequest(2, skip=3))), page(PageRequest(2, skip=3)).total_size) == ([3, 4], 6)
        token = page(PageRequest(2)).next_page_token
        assert numbers(page(PageRequest(9, token, skip=1))) == [3, 4, 5]
        beyond = page(PageRequest(2, skip=10))
        assert (beyond.items, beyond.next_page_token, beyond.total_size) == ([], "", 6)


def test_page_size_is_fifty_by_default_and_a_thousand_at_most(store: Store) -> None:
    """A page has 50 rows where the caller says nothing, and never more than 1,000."""
    with store.writer() as session:
        deploy(session)
        with session.transaction():
            for number in range(1_001):
                start(session, number)
    with store.reader() as queries:
        assert len(queries.list_user_tasks(UserTaskFilter()).items) == 50
        page = queries.list_user_tasks(UserTaskFilter(), PageRequest(5_000))
        assert (len(page.items), page.total_size, page.next_page_token != "") == (1_000, 1_001, True)


@pytest.fixture
def some_tasks(store: Store) -> Store:
    """A store with three tasks."""
    with store.writer() as session:
        deploy(session)
        for number in range(3):
            start(session, number)
    return store


def refused(queries: Queries, page: PageRequest, filter_: UserTaskFilter = ANY_TASK) -> str:
    """The field that is named by the error."""
    with pytest.raises(InvalidArgument) as raised:
        queries.list_user_tasks(filter_, page)
    (violation,) = raised.value.violations
    assert violation.field in raised.value.message
    return violation.field


def test_token_of_another_list_filter_or_order_is_refused(some_tasks: Store) -> None:
    """A page token goes on with the list that it came from, and with nothing else."""
    with some_tasks.reader() as queries:
        token = queries.list_user_tasks(UserTaskFilter(), PageRequest(1)).next_page_token

        assert refused(queries, PageRequest(1, token), UserTaskFilter(group="sales")) == "page_token"
        assert refused(queries, PageRequest(1, token, order_by="name")) == "page_token"
        other = queries.list_process_instances(ProcessInstanceFilter(), PageRequest(1)).next_page_token
        assert refused(queries, PageRequest(1, other)) == "page_token"


def test_token_that_was_changed_is_refused(some_tasks: Store) -> None:
    """Any change of a token, and anything that never was one, is refused."""
    with some_tasks.reader() as queries:
        token = queries.list_user_tasks(UserTaskFilter(), PageRequest(1)).next_page_token
        changed = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(len(token) - 1)]
        for text in (*changed, token[:-4], token + "AAAA", "x", "%%%", "ไทย", "A" * 5_000, "\0"):
            assert refused(queries, PageRequest(1, text)) == "page_token"


def test_order_and_sizes_that_make_no_sense_are_refused(some_tasks: Store) -> None:
    """The error names the field."""
    with some_tasks.reader() as queries:
        for order_by in ("none", "name sideways", "name desc desc", ",", "name,", "name, name desc", "root_id; DROP"):
            assert refused(queries, PageRequest(order_by=order_by)) == "order_by"
        assert refused(queries, PageRequest(page_size=-1)) == "page_size"
        assert refused(queries, PageRequest(skip=-1)) == "skip"


def test_instances_are_listed_newest_first_with_filters(store: Store) -> None:
    """Roots and called instances are listed with their process, their parent and the root's open incidents."""
    with store.writer() as session:
        deploy(session)
        deploy(session, id="called", process_name="sub", version=3, version_tag="t", app_name="zoo")
        root = make_root(root_id(1), business_key="k", create_by="ann", open_incidents=2, create_us=NOW_US)
        session.write(created(root, new_instances=[InstanceRow(4, "called", 0, "k", NOW_US + 5)]), None)
        ended = make_root(root_id(2), state=InstanceState.FAILED, end_us=NOW_US + 9, create_us=NOW_US + 1)
        session.write(created(ended), None)
    with store.reader() as queries:

        def listed(order_by: str = "", **filters: Any) -> list[tuple[int, int]]:
            page = queries.list_process_instances(ProcessInstanceFilter(**filters), PageRequest(order_by=order_by))
            assert page.total_size == len(page.items)
            return [(int(view.root_id), view.seq) for view in page.items]

        assert listed() == [(1, 4), (2, 0), (1, 0)]
        assert listed("create_time") == [(1, 0), (2, 0), (1, 4)]
        assert listed("end_time, create_time") == [(2, 0), (1, 0), (1, 4)]
        assert listed("business_key desc") == [(1, 0), (1, 4), (2, 0)]
        assert listed(root_only=True) == [(2, 0), (1, 0)]
        assert listed(root_id=root_id(1)) == [(1, 4), (1, 0)]
        assert listed(process_name="sub") == [(1, 4)]
        assert listed(app_name="office") == [(2, 0), (1, 0)]
        assert listed(definition_id="called") == [(1, 4)]
        assert listed(business_key="k", root_only=True) == [(1, 0)]
        assert listed(states=(InstanceState.FAILED, InstanceState.CANCELED)) == [(2, 0)]
        assert listed(root_id="none") == []
        called = queries.get_process_instance(root_id(1), 4)
        assert (called.process_name, called.version, called.version_tag, called.app_name) == ("sub", 3, "t", "zoo")
        assert (called.parent, called.create_by, called.open_incidents, called.business_key) == (0, "ann", 2, "k")
        paged = all_pages(lambda page: queries.list_process_instances(ProcessInstanceFilter(), page), 1)
        assert [(int(view.root_id), view.seq) for view in paged] == [(1, 4), (2, 0), (1, 0)]


def test_incidents_are_listed_open_ones_first_asked_newest_first(store: Store) -> None:
    """Open incidents are listed unless resolved ones are asked for; an instance's list includes what it called."""

    def incident(seq: int, instance: int = 0, **columns: Any) -> IncidentRow:
        return IncidentRow(seq, seq, instance, DEFINITION, "e", "R", "m", NOW_US + seq, **columns)

    with store.writer() as session:
        deploy(session)
        session.write(
            created(
                make_root(root_id(1)),
                new_instances=[InstanceRow(2, DEFINITION, 0, "", NOW_US), InstanceRow(3, DEFINITION, 2, "", NOW_US)],
                new_incidents=[incident(5), incident(6, 2), incident(7, 3), incident(8, open=False, resolve_us=NOW_US)],
            ),
            None,
        )
    with store.reader() as queries:

        def listed(**filters: Any) -> list[int]:
            page = queries.list_incidents(IncidentFilter(**filters))
            assert page.total_size == len(page.items)
            return [view.row.seq for view in page.items]

        assert listed() == [7, 6, 5]
        assert listed(open=False, resolved=True) == [8]
        assert listed(resolved=True) == [8, 7, 6, 5]
        assert listed(open=False) == []
        assert listed(root_id=root_id(1), instance=2) == [7, 6]
        assert listed(process_name="approval", app_name="office") == [7, 6, 5]
        assert listed(process_name="none") == []
        oldest = PageRequest(1, order_by="create_time")
        view = queries.list_incidents(IncidentFilter(root_id=root_id(1)), oldest).items[0]
        assert (view.row, view.process_name, view.app_name) == (incident(5), "approval", "office")
        with pytest.raises(NotFound):
            queries.list_incidents(IncidentFilter(root_id="none"))
