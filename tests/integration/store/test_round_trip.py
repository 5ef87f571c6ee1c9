"""What was written is what is loaded."""

from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import (
    LARGE,
    Candidates,
    ElementState,
    IncidentRow,
    InstanceRow,
    InstanceState,
    Need,
    UserTaskState,
)
from bpmgrpc.store import Session, Store
from bpmgrpc.store.interface import LARGE_BYTES, MAX_LOADED_VARIABLES
from tests.integration.store.factories import (
    DEFINITION,
    NOW_US,
    ROOT,
    changed,
    created,
    deploy,
    make_element,
    make_job,
    make_root,
    make_task,
    make_timer,
)

THAI = "อนุมัติ 'ใบสั่งซื้อ' \"1\" \\ \n\t{}"


def test_root_comes_back_column_by_column(session: Session) -> None:
    """Every column of a root instance survives, Thai letters and big numbers included."""
    root = make_root(
        state=InstanceState.FAILED,
        next_seq=2**40,
        active=3,
        steps=999_999,
        ready=True,
        open_incidents=2,
        business_key=THAI,
        create_by=THAI,
        end_us=NOW_US + 5,
        end_reason=THAI,
    )

    assert session.write(created(root), None)

    loaded = session.load(ROOT, 0, "root", None)
    assert loaded is not None
    assert loaded.snapshot.root == root


def test_update_of_root_changes_every_column_that_can_change(session: Session) -> None:
    """A later command replaces the root's counters, state and end; creation time and creator stay."""
    session.write(created(make_root(create_by="ann")), None)
    later = make_root(
        version=2,
        create_by="ann",
        state=InstanceState.COMPLETED,
        next_seq=77,
        active=0,
        steps=12,
        open_incidents=1,
        business_key="k",
        end_us=NOW_US + 9,
        end_reason="done",
    )

    assert session.write(changed(2, later), None)

    loaded = session.load(ROOT, 0, "root", None)
    assert loaded is not None
    assert loaded.snapshot.root == later


def test_user_task_comes_back_column_by_column(session: Session) -> None:
    """Every column of a user task survives, and its candidates keep their order."""
    task = make_task(
        instance=7,
        name=THAI,
        state=UserTaskState.CLAIMED,
        description=THAI,
        assignee="ann",
        owner="bob",
        candidates=Candidates(("zoe", "ann"), ("b", "a"), ("r2", "r1"), THAI),
        priority=99,
        due_us=NOW_US + 1,
        follow_up_us=NOW_US + 2,
        claim_us=NOW_US + 3,
        create_by="carl",
        form_key="form:1",
        load_link_entity_id="entity",
        load_link_param="?id=",
        business_key=THAI,
        version=12,
        lane_party=True,
    )

    session.write(created(put_elements=[make_element()], new_user_tasks=[task]), None)

    loaded = session.load(ROOT, 1, "user_task", None)
    assert loaded is not None
    assert loaded.snapshot.user_task == task


def test_job_comes_back_column_by_column(session: Session) -> None:
    """Every column of a job survives."""
    job = make_job(
        instance=4,
        retries=0,
        headers={"url": THAI, "b": ""},
        business_key=THAI,
        available_us=NOW_US + 60,
        lease_token="token",
        worker="w1",
        leased=True,
        priority=-7,
        backoff="PT1M,PT5M",
    )

    session.write(created(put_elements=[make_element()], new_jobs=[job]), None)

    loaded = session.load(ROOT, 1, "job", None)
    assert loaded is not None
    assert loaded.snapshot.job == job


def test_job_is_not_available_before_it_was_made(session: Session) -> None:
    """A job that says "at once" is available from its creation on, so that the queue is in order of waiting."""
    session.write(created(put_elements=[make_element()], new_jobs=[make_job(available_us=0)]), None)

    loaded = session.load(ROOT, 1, "job", None)
    assert loaded is not None
    assert loaded.snapshot.job is not None
    assert loaded.snapshot.job.available_us == NOW_US


def test_timer_comes_back_with_the_element_it_is_about(session: Session) -> None:
    """A timer is loaded with the activity that it is attached to."""
    timer = make_timer(cycle="R3/PT10M", remaining=2)
    element = make_element(active=2, flow="f1", data={"local": True, "n": 2**60, "text": THAI})

    session.write(created(put_elements=[element], new_timers=[timer]), None)

    loaded = session.load(ROOT, 5, "timer", None)
    assert loaded is not None
    assert loaded.snapshot.timer == timer
    assert loaded.snapshot.elements == {1: element}


def test_incident_comes_back_column_by_column(session: Session) -> None:
    """Every column of an incident survives."""
    incident = IncidentRow(6, 1, 0, DEFINITION, "charge", "JOB_NO_RETRIES", THAI, NOW_US, False, NOW_US + 1)

    session.write(created(put_elements=[make_element()], new_incidents=[incident]), None)

    loaded = session.load(ROOT, 6, "incident", None)
    assert loaded is not None
    assert loaded.snapshot.incident == incident


def test_element_comes_back_in_every_state(session: Session) -> None:
    """Element instances keep state, flow, counter and data; a join's tokens are data."""
    rows = [
        make_element(1, state=ElementState.ACTIVE, flow=None),
        make_element(2, state=ElementState.READY, flow="f2", active=5),
        make_element(3, state=ElementState.INCIDENT, data={"op": {"kind": "complete", "n": None}}),
        make_element(4, state=ElementState.JOIN, data={"tokens": {"a": 1, "ข": 2}}),
    ]

    session.write(created(put_elements=rows), None)

    loaded = session.load(ROOT, 0, "root", None)
    assert loaded is not None
    session.load_more(ROOT, loaded.snapshot, Need(children=frozenset((0,))))
    assert loaded.snapshot.elements == {row.seq: row for row in rows}


def test_called_instance_is_ended_by_state_time_and_reason_alone(store: Store) -> None:
    """The end of a called instance leaves its definition, key and creation time as they were."""
    called = InstanceRow(3, DEFINITION, 0, "key", NOW_US)
    with store.writer() as session:
        deploy(session)
        session.write(created(new_instances=[called]), None)

        ended = InstanceRow(3, "", 0, "", 0, InstanceState.CANCELED, NOW_US + 4, "with its parent")
        session.write(changed(2, end_instances=[ended]), None)

    with store.reader() as queries:
        found = queries.get_process_instance(ROOT, 3)
    assert (found.definition_id, found.business_key, found.create_us, found.parent) == (DEFINITION, "key", NOW_US, 0)
    assert (found.state, found.end_us, found.end_reason) == (InstanceState.CANCELED, NOW_US + 4, "with its parent")


def test_variable_keeps_its_source_text(session: Session) -> None:
    """A variable is the JSON text that was set: digits, blanks and escapes included."""
    texts = [
        "1.10",
        "12345678901234567890123",
        "1E400",
        '"\\u0000\\ud83d\\ude00"',
        ' {"a" : [ 1 , 2 ] } ',
        f'"{"ไ" * 50}"',
        "null",
    ]

    session.write(created(put_variables=[(0, f"v{n} ไทย", text) for n, text in enumerate(texts)]), None)

    loaded = session.load(ROOT, 0, "root", None)
    assert loaded is not None
    assert loaded.snapshot.variables == {(0, f"v{n} ไทย"): text for n, text in enumerate(texts)}
    assert loaded.snapshot.names_known == {0}
    assert loaded.snapshot.values_known == {0}


def test_large_value_is_named_but_not_loaded(session: Session) -> None:
    """A value of more than 4 KiB stands as LARGE until it is asked for."""
    fitting = '"' + "x" * (LARGE_BYTES - 2) + '"'
    large = '"' + "ไ" * 1400 + '"'  # 1,402 characters, 4,202 bytes

    session.write(created(put_variables=[(0, "fitting", fitting), (0, "large", large)]), None)

    loaded = session.load(ROOT, 0, "root", None)
    assert loaded is not None
    snapshot = loaded.snapshot
    assert snapshot.variables == {(0, "fitting"): fitting, (0, "large"): LARGE}
    assert snapshot.names_known == {0}
    assert snapshot.values_known == set()
    session.load_more(ROOT, snapshot, Need(variables=frozenset({(0, "large"), (0, "none")})))
    assert snapshot.variables == {(0, "fitting"): fitting, (0, "large"): large, (0, "none"): None}


def test_scope_with_very_many_variables_is_not_loaded_whole(session: Session) -> None:
    """Beyond the limit the names of the outer scope are not known; the inner scope, which comes first, is complete."""
    inner = make_element(1, data={"local": True})
    variables = [(0, f"v{n:05d}", "1") for n in range(MAX_LOADED_VARIABLES)]
    session.write(
        created(put_elements=[inner], new_user_tasks=[make_task()], put_variables=[(1, "own", "2"), *variables]), None
    )

    loaded = session.load(ROOT, 1, "user_task", None)

    assert loaded is not None
    assert loaded.snapshot.variables[1, "own"] == "2"
    assert 1 in loaded.snapshot.names_known
    assert 0 not in loaded.snapshot.names_known
    session.load_more(ROOT, loaded.snapshot, Need(all_variables=frozenset((0,))))
    assert 0 in loaded.snapshot.names_known
    assert len(loaded.snapshot.variables) == MAX_LOADED_VARIABLES + 1


def test_as_many_variables_as_the_limit_are_loaded_whole(session: Session) -> None:
    """Exactly as many variables as the limit are complete."""
    session.write(created(put_variables=[(0, f"v{n}", "1") for n in range(MAX_LOADED_VARIABLES)]), None)

    loaded = session.load(ROOT, 0, "root", None)

    assert loaded is not None
    assert len(loaded.snapshot.variables) == MAX_LOADED_VARIABLES
    assert loaded.snapshot.names_known == {0}


def test_put_replaces_and_delete_removes(session: Session) -> None:
    """A later command replaces elements, variables and jobs, and removes what it names."""
    session.write(
        created(
            put_elements=[make_element(1), make_element(2, data={"local": True})],
            put_variables=[(0, "kept", "1"), (0, "changed", "1"), (2, "gone", "1")],
            new_jobs=[make_job(1), make_job(2)],
            new_timers=[make_timer(5, element_seq=1), make_timer(6, element_seq=2), make_timer(7, element_seq=2)],
        ),
        None,
    )

    later = changed(
        2,
        put_elements=[make_element(1, state=ElementState.INCIDENT), make_element(3)],
        delete_elements=[2],
        put_variables=[(0, "changed", "2")],
        delete_variable_scopes=[2],
        put_jobs=[make_job(1, retries=1)],
        delete_jobs=[2],
        delete_timers=[5],
        delete_timers_of=[2],
        new_timers=[make_timer(8, element_seq=2)],
        events=[Event(EventType.JOB_FAILED, "charge", 1)],
    )
    assert session.write(later, None)

    loaded = session.load(ROOT, 1, "job", None)
    assert loaded is not None
    snapshot = loaded.snapshot
    assert snapshot.variables == {(0, "kept"): "1", (0, "changed"): "2"}
    assert snapshot.job == make_job(1, retries=1, available_us=NOW_US)
    session.load_more(ROOT, snapshot, Need(children=frozenset((0,)), all_variables=frozenset((2,))))
    assert snapshot.elements == {1: make_element(1, state=ElementState.INCIDENT), 3: make_element(3)}
    assert (2, "gone") not in snapshot.variables
    assert session.load(ROOT, 2, "job", None) is None
    assert [timer.seq for timer in session.due_timers(NOW_US, 10)] == [8]


def test_incidents_of_an_element_are_resolved_and_a_new_one_stays_open(session: Session) -> None:
    """Resolving an element's incidents leaves one that the same command raises open."""
    first = IncidentRow(6, 1, 0, DEFINITION, "charge", "X", "first", NOW_US)
    second = IncidentRow(7, 1, 0, DEFINITION, "charge", "X", "second", NOW_US + 1)
    session.write(created(put_elements=[make_element()], new_incidents=[first]), None)

    session.write(changed(2, resolve_incidents_of=[1], new_incidents=[second]), None)

    old = session.load(ROOT, 6, "incident", None)
    new = session.load(ROOT, 7, "incident", None)
    assert old is not None
    assert old.snapshot.incident is not None
    assert (old.snapshot.incident.open, old.snapshot.incident.resolve_us) == (False, NOW_US + 2)
    assert new is not None
    assert new.snapshot.incident == second


def test_what_is_not_there_is_none(session: Session) -> None:
    """An unknown root or target is None, of every kind."""
    session.write(created(), None)

    for kind in ("user_task", "job", "timer", "incident", "element"):
        assert session.load(ROOT, 99, kind, None) is None
        assert session.load("0" * 20, 1, kind, None) is None
    assert session.load("0" * 20, 0, "root", None) is None
    assert session.load_user_task(ROOT, 99, "ann", None) is None
