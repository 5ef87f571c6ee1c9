"""Users, groups, roles and work parties."""

import pytest

from bpmgrpc.engine.state import Membership
from bpmgrpc.errors import NotFound
from bpmgrpc.store import DirectoryUser, Session, Store, WorkParty
from bpmgrpc.store.paging import PageRequest


def test_user_and_work_party_come_back_with_their_members_in_order(store: Store) -> None:
    """What was imported is listed by name, groups, roles and members by theirs."""
    ann = DirectoryUser("ann", "Ann ไทย", ("b", "a"), ("r2", "r1"))
    desk = WorkParty("desk", ("zoe", "ann"), ("r2", "r1"), "lead")
    with store.writer() as session:
        counts = session.import_directory([ann, DirectoryUser("bob")], [desk, WorkParty("a")], replace_all=False)

    assert counts == (2, 2)
    with store.reader() as queries:
        assert queries.get_directory_user("ann") == DirectoryUser("ann", "Ann ไทย", ("a", "b"), ("r1", "r2"))
        assert queries.list_directory_users(PageRequest()).items == [
            DirectoryUser("ann", "Ann ไทย", ("a", "b"), ("r1", "r2")),
            DirectoryUser("bob"),
        ]
        assert queries.list_work_parties(PageRequest()).items == [
            WorkParty("a"),
            WorkParty("desk", ("ann", "zoe"), ("r1", "r2"), "lead"),
        ]
        with pytest.raises(NotFound):
            queries.get_directory_user("zoe")


def test_import_replaces_those_of_its_names_and_keeps_the_others(session: Session) -> None:
    """Each user and work party that is given replaces the one of its name whole."""
    session.import_directory(
        [DirectoryUser("ann", groups=("old",)), DirectoryUser("bob", groups=("kept",))],
        [WorkParty("desk", ("ann",), (), "carl"), WorkParty("board", ("bob",))],
        replace_all=False,
    )

    counts = session.import_directory(
        [DirectoryUser("ann", groups=("new",))], [WorkParty("desk", ("bob",))], replace_all=False
    )

    assert counts == (2, 2)
    assert session.membership("ann") == Membership("ann", frozenset(("new",)))
    assert session.membership("carl") == Membership("carl")
    assert session.membership("bob") == Membership(
        "bob", frozenset(("kept",)), frozenset(), frozenset(("board", "desk"))
    )


def test_import_of_everything_takes_the_others_out(session: Session) -> None:
    """With replace_all the directory holds what is given, and nothing else."""
    session.import_directory([DirectoryUser("ann", groups=("g",))], [WorkParty("desk", ("ann",))], replace_all=False)

    counts = session.import_directory([DirectoryUser("bob")], [], replace_all=True)

    assert counts == (1, 0)
    assert session.membership("ann", "desk") == Membership("ann")


def test_user_belongs_to_work_parties_by_name_by_role_and_as_the_lead(session: Session) -> None:
    """All three ways lead into a work party; a role of another user does not."""
    session.import_directory(
        [DirectoryUser("ann", roles=("clerk",)), DirectoryUser("bob", roles=("boss",))],
        [
            WorkParty("by name", ("ann",)),
            WorkParty("by role", (), ("clerk",)),
            WorkParty("as lead", (), (), "ann"),
            WorkParty("all three", ("ann",), ("clerk",), "ann"),
            WorkParty("another's", ("bob",), ("boss",), "bob"),
        ],
        replace_all=False,
    )

    found = session.membership("ann", "another's")

    assert found.work_parties == {"by name", "by role", "as lead", "all three"}
    assert found.known_parties == {"another's"}
    assert session.membership("ann", "none").known_parties == frozenset()
    assert session.membership("nobody") == Membership("nobody")


def test_user_who_leads_and_is_listed_is_listed(store: Store) -> None:
    """A lead who is named among the users is shown among them; one who is not, is not."""
    with store.writer() as session:
        parties = [WorkParty("a", ("ann",), (), "ann"), WorkParty("b", (), (), "ann")]
        session.import_directory([], parties, replace_all=True)

    with store.reader() as queries:
        assert queries.list_work_parties(PageRequest()).items == parties


def test_names_of_users_and_roles_do_not_mix(session: Session) -> None:
    """A role that is named like a user's key leads nobody anywhere."""
    session.import_directory(
        [DirectoryUser("ann", roles=("x",)), DirectoryUser("x")], [WorkParty("p", ("x",))], replace_all=True
    )

    assert session.membership("ann").work_parties == frozenset()
    assert session.membership("x").work_parties == {"p"}


def test_directory_lists_are_paged_by_name(store: Store) -> None:
    """Pages of users and work parties follow each other without gap or overlap, with the total on each."""
    names = [f"n{number:03d}" for number in range(25)]
    with store.writer() as session:
        session.import_directory(
            [DirectoryUser(name) for name in names], [WorkParty(name) for name in names], replace_all=True
        )
    with store.reader() as queries:
        users, parties = [], []
        token = ""
        for size in (10, 10, 5):
            page = queries.list_directory_users(PageRequest(10, token))
            assert (len(page.items), page.total_size) == (size, 25)
            users += [user.user for user in page.items]
            token = page.next_page_token
        assert token == ""
        for size in (20, 5):
            found = queries.list_work_parties(PageRequest(20, token))
            assert (len(found.items), found.total_size) == (size, 25)
            parties += [party.work_party for party in found.items]
            token = found.next_page_token
    assert users == names
    assert parties == names
