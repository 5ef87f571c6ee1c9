"""Definitions, their files, and the generations of the cache."""

import pytest

from bpmgrpc.errors import NotFound
from bpmgrpc.store import DefinitionState, SerializationConflict, Session, Store
from bpmgrpc.store.paging import PageRequest
from bpmgrpc.store.views import DefinitionFilter
from tests.integration.store.factories import (
    DEFINITION,
    NOW_US,
    answer,
    created,
    deploy,
    race,
    request,
)


def ids(found: object) -> list[str]:
    """Ids of the definitions of an answer, in its order."""
    return [row.id for row in found.rows]  # type: ignore[attr-defined]


def test_definition_comes_back_column_by_column(session: Session) -> None:
    """Every column of a definition survives, and its file byte for byte."""
    row = deploy(
        session,
        process_name="ขอ อนุมัติ",
        display_name="'ขอ'",
        version_tag="v.0.2.0",
        state=DefinitionState.SUSPENDED,
        deleted=True,
    )

    assert session.find_definition(DEFINITION) == row
    assert session.load_resource(DEFINITION) == b"<definitions/>"
    assert session.find_definition("none") is None
    assert session.load_resource("none") is None


def test_file_is_kept_once(session: Session) -> None:
    """The same content again has the same hash and costs nothing."""
    content = bytes(range(256)) * 10

    assert session.insert_resource(content) == session.insert_resource(content)
    assert session.insert_resource(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_version_number_is_given_once(session: Session) -> None:
    """Of two deployments that want the same version number one is told to look again."""
    deploy(session)

    with pytest.raises(SerializationConflict):
        deploy(session, id="other")

    assert session.find_definition("other") is None


def test_latest_definition_is_the_newest_of_exactly_this_process(session: Session) -> None:
    """The next version counts on from the newest one, deleted ones included."""
    deploy(session)
    deploy(session, id="v2", version=2, deleted=True)
    deploy(session, id="else", app_name="elsewhere", version=9)

    latest = session.latest_definition("office", "approval")

    assert latest is not None
    assert latest.id == "v2"
    assert session.latest_definition("office", "none") is None


def test_definitions_are_found_by_name_version_and_tag(session: Session) -> None:
    """A name means the newest version of each application, or the version or tag that is asked for."""
    deploy(session, id="a1", version=1, version_tag="stable")
    deploy(session, id="a2", version=2, version_tag="stable")
    deploy(session, id="a3", version=3, version_tag="test")
    deploy(session, id="b1", app_name="zoo", version=1)
    deploy(session, id="a4", version=4, deleted=True)

    assert ids(session.find_definitions("office", "approval")) == ["a3"]
    assert ids(session.find_definitions("", "approval")) == ["a3", "b1"]
    assert ids(session.find_definitions("", "approval", latest=False)) == ["a3", "a2", "a1", "b1"]
    assert ids(session.find_definitions("office", "approval", version_tag="stable")) == ["a2"]
    assert ids(session.find_definitions("office", "approval", version_tag="stable", latest=False)) == ["a2", "a1"]
    assert ids(session.find_definitions("office", "approval", version=1, latest=False)) == ["a1"]
    assert ids(session.find_definitions("office", "approval", version=4, latest=False)) == []
    assert ids(session.find_definitions("none", "approval")) == []
    assert ids(session.find_definitions("office", "none")) == []


def test_display_name_is_a_name_where_no_process_has_it_as_its_id(session: Session) -> None:
    """A BPMN process id goes before a display name of another process."""
    deploy(session, id="a", process_name="p1", display_name="Approve")
    deploy(session, id="b", process_name="p2", display_name="p1")
    deploy(session, id="c", process_name="p3", display_name="Approve")
    deploy(session, id="d", process_name="p4", display_name="p1", app_name="zoo")

    assert ids(session.find_definitions("office", "Approve")) == ["a", "c"]
    assert ids(session.find_definitions("office", "p1")) == ["a"]
    assert ids(session.find_definitions("zoo", "p1")) == ["d"]


def test_start_finds_an_earlier_answer_and_the_generation_beside_the_definition(session: Session) -> None:
    """A repeated start learns what was answered, found or not what it would start."""
    deploy(session)
    session.write(created(), answer())
    generation = session.bump_cache_generation()

    found = session.find_definitions("office", "approval", request=request())
    none = session.find_definitions("office", "none", request=request())
    expired = session.find_definitions("office", "approval", request=request(now_us=NOW_US + 10**9))

    assert found.replay is not None
    assert (found.replay.response, found.cache_generation) == (b"\x00\xffanswer", generation)
    assert none.replay == found.replay
    assert expired.replay is None


def test_refresh_counts_on_for_one_process_or_all(session: Session) -> None:
    """Each refresh has its number; every command reads the last one."""
    assert session.cache_generations() == {}
    numbers = [session.bump_cache_generation(), session.bump_cache_generation("p ไทย"), session.bump_cache_generation()]
    session.bump_cache_generation("q")
    session.write(created(), None)

    assert numbers == [1, 2, 3]
    assert session.cache_generations() == {"": 3, "p ไทย": 2, "q": 4}
    loaded = session.load(created().root.id, 0, "root", None)
    assert loaded is not None
    assert loaded.cache_generation == 4


def test_refreshes_at_once_are_all_counted(store: Store) -> None:
    """Ten refreshes from ten threads are ten generations."""

    def refresh() -> int:
        with store.writer() as session:
            return session.bump_cache_generation()

    assert sorted(race([refresh] * 10)) == list(range(1, 11))


def test_transaction_that_fails_leaves_nothing(store: Store) -> None:
    """A deployment is whole or not there."""

    def deploy_twice(session: Session) -> None:
        with session.transaction():
            deploy(session)
            deploy(session, id="other")

    with store.writer() as session:
        with pytest.raises(SerializationConflict):
            deploy_twice(session)
        assert session.find_definition(DEFINITION) is None
        with session.transaction(), session.transaction():
            deploy(session)
        assert session.find_definition(DEFINITION) is not None


def test_transaction_that_is_left_open_is_taken_back(store: Store) -> None:
    """A session that is given back in the middle of a transaction keeps nothing of it."""
    with store.writer() as session:
        session.begin()
        deploy(session)
        assert session.in_transaction

    with store.writer() as session:
        assert not session.in_transaction
        assert session.find_definition(DEFINITION) is None


def test_savepoint_takes_back_one_command_of_several(session: Session) -> None:
    """A command that fails leaves the others of its transaction alone."""
    session.begin()
    session.savepoint()
    deploy(session, id="first")
    session.release()
    session.savepoint()
    deploy(session, id="second", version=2)
    session.rollback_to()
    session.commit()

    assert session.find_definition("first") is not None
    assert session.find_definition("second") is None


def test_definitions_are_listed_by_filters(store: Store) -> None:
    """Lists show what is not deleted, by application and name, newest version first."""
    with store.writer() as session:
        deploy(session, id="a1", version_tag="t")
        deploy(session, id="a2", version=2)
        deploy(session, id="b1", process_name="booking", create_us=NOW_US - 1)
        deploy(session, id="c1", app_name="zoo")
        deploy(session, id="x", version=3, deleted=True)
    with store.reader() as queries:

        def listed(order_by: str = "", **filters: object) -> list[str]:
            page = PageRequest(order_by=order_by)
            return [row.id for row in queries.list_definitions(DefinitionFilter(**filters), page).items]  # type: ignore[arg-type]

        assert listed() == ["a2", "a1", "b1", "c1"]
        assert [row.id for row in queries.all_definitions()] == ["a2", "a1", "b1", "c1"]
        assert listed(latest_only=True) == ["a2", "b1", "c1"]
        assert listed(latest_only=True, version_tag="t") == ["a1"]
        assert listed(process_name="approval", app_name="office") == ["a2", "a1"]
        assert listed("create_time, version desc") == ["b1", "a2", "a1", "c1"]
        assert queries.get_definition("a1").version_tag == "t"
        assert queries.load_resource("a1") == b"<definitions/>"
        for question in (queries.get_definition, queries.load_resource):
            with pytest.raises(NotFound) as raised:
                question("none")
            assert raised.value.metadata == {"process_definition_id": "none"}
