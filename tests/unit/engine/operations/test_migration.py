"""Migrating an instance to another version: what stays, what is mapped, what is in the way."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.engine.execution import Limits
from bpmgrpc.engine.ledger import Ledger
from bpmgrpc.engine.state import Need, Snapshot
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import (
    boundary,
    bpmn,
    catch_event,
    declared,
    event,
    event_sub_process,
    flows,
    throw_event,
    timer,
)

NAMES = declared("M", "S")


def version(body, *, process="p2", extra=NAMES):
    """Another version; it has an id of its own here, so that a harness can hold both."""
    return bpmn(body, process=process, extra=extra)


def reasons(plan):
    """The reasons of a plan's findings, with the elements."""
    return [(found.reason, found.element_id) for found in plan.findings]


def told(plan):
    """Subject, effect and elements of each line, sorted."""
    return sorted((line.subject.value, line.effect.value, line.element_id, line.to_element_id) for line in plan.lines)


EVERYTHING = (
    '<startEvent id="s"/><userTask id="{u}"/><serviceTask id="{w}"/><exclusiveGateway id="{x}"/>'
    '<parallelGateway id="{j}"/>'
    + catch_event("{t}", timer("timeDuration", "PT1M"))
    + catch_event("{m}", event("message", "M"))
    + boundary("{b}", "{u}", timer("timeDuration", "PT1H"))
    + '<userTask id="after"/>'
    + flows(
        *("s -> {u}", "s -> {w}", "s -> {x}", "{f}| s -> {j}", "s -> {t}", "s -> {m}"),
        *("u{f}| {u} -> {j}", "{x} -> {j}: n > 3", "{j} -> after"),
    )
)
OLD = {name: name for name in "uwxjtmbf"}
NEW = {name: f"new_{name}" for name in "uwxjtmbf"} | {"uf": "unew_f"}


def test_open_rows_stay_and_belong_to_the_other_version(harness):
    """Task, job, timers, subscription, incident, join: with their times and leases, under the new ids."""
    h = harness(bpmn(EVERYTHING.format(**OLD), extra=NAMES), version(EVERYTHING.format(**NEW)))
    h.start(n=1)
    h.lease("w")
    h.advance_clock(10)
    mapping = {**{name: NEW[name] for name in OLD}, "uf": NEW["uf"]}

    plan = h.migrate("p2", mapping, reason="better")

    assert plan.findings == ()
    assert told(plan) == [
        ("ELEMENT", "MIGRATED", "j", "new_j"),
        ("ELEMENT", "MIGRATED", "m", "new_m"),
        ("ELEMENT", "MIGRATED", "t", "new_t"),
        ("ELEMENT", "MIGRATED", "u", "new_u"),
        ("ELEMENT", "MIGRATED", "w", "new_w"),
        ("ELEMENT", "MIGRATED", "x", "new_x"),
        ("INCIDENT", "MIGRATED", "x", "new_x"),
        ("JOB", "MIGRATED", "w", "new_w"),
        ("PROCESS_INSTANCE", "MIGRATED", "", ""),
        ("SUBSCRIPTION", "MIGRATED", "m", "new_m"),
        ("TIMER", "MIGRATED", "b", "new_b"),
        ("TIMER", "MIGRATED", "t", "new_t"),
        ("USER_TASK", "MIGRATED", "u", "new_u"),
    ]
    assert h.root.definition_id == "d-p2"
    assert {task.definition_id for task in h.rows.user_tasks(h.root_id)} == {"d-p2"}
    assert h.job("new_w").lease_token == "token"
    assert sorted(h.timers()) == [("new_b", 3_590.0), ("new_t", 50.0)]
    assert ("INSTANCE_MIGRATED", "", 0, {"from": "d-p", "to": "d-p2", "reason": "better"}) in h.events
    h.resolve(n=4)
    h.complete("new_u")
    h.complete("after")
    h.complete_job("new_w")
    h.advance_clock(50)
    h.deliver("new_m")
    assert (h.state, h.timers(), h.waiting()) == ("COMPLETED", [], [])


def test_all_that_is_in_the_way_is_said_at_once(harness):
    """Elements that are gone, of another kind, in another scope, waiting for something else."""
    old = (
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
        + catch_event("e", timer("timeDuration", "PT1M"))
        + '<userTask id="d"/>'
        + flows("s -> a", "s -> b", "s -> c", "s -> e", "s -> d")
    )
    new = (
        '<startEvent id="s"/><serviceTask id="b"/><subProcess id="sub"><userTask id="c"/></subProcess>'
        + catch_event("e", event("signal", "S"))
        + '<userTask id="d"/>'
    )
    h = harness(bpmn(old), version(new))
    h.start()

    plan = h.migrate("p2", {"nobody": "d", "d": "nowhere"})

    assert reasons(plan) == [
        ("UNKNOWN_ELEMENT", "nobody"),
        ("UNKNOWN_ELEMENT", "nowhere"),
        ("NO_TARGET", "a"),
        ("ANOTHER_KIND", "b"),
        ("ANOTHER_SCOPE", "c"),
        ("ANOTHER_KIND", "e"),
        ("NO_TARGET", "d"),
    ]
    assert h.root.definition_id == "d-p"
    with pytest.raises(FailedPrecondition):
        h.submit(commands.MigrateInstance(0, "d-p2"))
    assert reasons(h.migrate("p")) == [("SAME_VERSION", "")]


def test_version_of_another_application_is_refused(harness):
    """What waits for messages and signals would look for them elsewhere."""
    h = harness(bpmn('<startEvent id="s"/><userTask id="a"/>' + flows("s -> a")), version('<userTask id="a"/>'))
    h.programs["d-p2"].app_name = "another"
    h.start()

    assert reasons(h.migrate("p2")) == [("ANOTHER_APPLICATION", "")]


def test_events_around_wait_on_or_no_more_or_begin_to(harness):
    """Boundary events and event sub-processes: the timer of one is kept, one goes, others are new."""

    def model(*events):
        inside = '<startEvent id="i"/><userTask id="u"/>' + flows("i -> u")
        return '<startEvent id="s"/><subProcess id="sub">{}</subProcess>{}'.format(
            inside + "".join(one for one in events if one.startswith("<sub")),
            "".join(one for one in events if one.startswith("<bound")) + flows("s -> sub"),
        )

    old = model(
        boundary("kept", "sub", timer("timeDuration", "PT1H")),
        boundary("gone", "sub", event("message", "M")),
        boundary("other", "sub", timer("timeDuration", "PT1H")),
        event_sub_process("in_kept", event("signal", "S"), interrupts=False),
        event_sub_process("in_gone", timer("timeDuration", "PT1H")),
    )
    new = model(
        boundary("kept", "sub", timer("timeDuration", "PT9H")),
        boundary("fresh", "sub", timer("timeDuration", "PT2H")),
        boundary("other", "sub", event("signal", "S")),
        event_sub_process("in_kept", event("signal", "S"), interrupts=False),
        event_sub_process("in_fresh", event("message", "M"), interrupts=False),
    )
    h = harness(bpmn(old, extra=NAMES), version(new))
    h.start()

    plan = h.migrate("p2")

    assert told(plan) == [
        ("PROCESS_INSTANCE", "MIGRATED", "", ""),
        ("SUBSCRIPTION", "CANCELED", "gone", ""),
        ("SUBSCRIPTION", "CREATED", "in_fresh_start", ""),
        ("SUBSCRIPTION", "CREATED", "other", ""),
        ("TIMER", "CANCELED", "in_gone_start", ""),
        ("TIMER", "CANCELED", "other", ""),
        ("TIMER", "CREATED", "fresh", ""),
        ("USER_TASK", "MIGRATED", "u", "u"),
    ]
    assert sorted(h.timers()) == [("fresh", 7_200.0), ("kept", 3_600.0)]
    assert sorted(h.waiting()) == [
        ("in_fresh_start", "MESSAGE", "M"),
        ("in_kept_start", "SIGNAL", "S"),
        ("other", "SIGNAL", "S"),
    ]
    h.deliver("in_fresh_start")
    h.complete("in_fresh_task")
    h.complete("u")
    assert (h.state, h.timers(), h.waiting()) == ("COMPLETED", [], [])


def test_event_that_has_occurred_does_not_wait_again(harness):
    """A timer that does not interrupt and has fired, in both versions."""
    model = '<startEvent id="s"/><userTask id="u"/>{}<userTask id="v"/>'.format(
        boundary("b", "u", timer("timeDuration", "PT1M"), interrupts=False)
    ) + flows("s -> u", "b -> v")
    h = harness(bpmn(model), version(model))
    h.start()
    h.advance_clock(60)

    h.migrate("p2")

    assert (h.open_tasks(), h.timers()) == (["u", "v"], [])


def test_root_listens_for_what_is_new(harness):
    """Event sub-processes of the process itself; not while one that interrupts runs."""
    old = '<startEvent id="s"/><userTask id="u"/>' + event_sub_process("h", event("message", "M")) + flows("s -> u")
    new = old + event_sub_process("k", event("signal", "S"))
    for occurred, waits in ((False, [("h_start", "MESSAGE", "M"), ("k_start", "SIGNAL", "S")]), (True, [])):
        h = harness(bpmn(old, extra=NAMES), version(new))
        h.start()
        if occurred:
            h.deliver("M")

        h.migrate("p2")

        assert h.waiting() == waits


def test_new_condition_that_is_true_occurs(harness):
    """As soon as it is waited for."""
    old = '<startEvent id="s"/><userTask id="u"/>' + flows("s -> u")
    new = old + boundary("b", "u", event("conditional", "n > 0")) + '<userTask id="v"/>' + flows("1| b -> v")
    h = harness(bpmn(old), version(new))
    h.start(n=1)

    h.migrate("p2")

    assert h.open_tasks() == ["v"]


def test_event_that_cannot_begin_to_wait_is_a_finding(harness):
    """Its time cannot be worked out. Of an event sub-process it is an incident, as when its scope is entered."""
    old = '<startEvent id="s"/><userTask id="u"/>' + flows("s -> u")
    late = timer("timeDuration", "=n")
    h = harness(
        bpmn(old),
        version(old + boundary("b", "u", late)),
        version(old + event_sub_process("k", late), process="p3"),
    )
    h.start(n=1)

    assert reasons(h.migrate("p2")) == [("EVENT_FAILED", "b")]
    assert h.root.definition_id == "d-p"
    h.migrate("p3")
    assert [incident.element_id for incident in h.incidents()] == ["k_start"]
    # And on to a version in which it stands elsewhere.
    assert reasons(h.migrate("p")) == [("NO_TARGET", "k_start")]


def test_incident_of_an_event_sub_process_that_could_not_listen_is_kept(harness):
    """It is tried again by the other version's text."""
    old = '<startEvent id="s"/><userTask id="u"/>{}' + flows("s -> u")
    h = harness(
        bpmn(old.format(event_sub_process("k", timer("timeDuration", "=n"), interrupts=False))),
        version(old.format(event_sub_process("k", timer("timeDuration", "PT1M"), interrupts=False))),
    )
    h.start(n=1)

    h.migrate("p2")
    h.resolve()

    assert h.timers() == [("k_start", 60.0)]


JOIN = (
    '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="c"/><{type} id="j"{more}/><userTask id="z"/>'
    + flows("s -> a", "s -> b", "s -> c", "fa| a -> j", "fb| b -> j", "{fc}| c -> {to}", "j -> z")
)


def test_join_that_waits_for_fewer_flows_goes_on(harness):
    """Where a token waits at each flow that is left."""
    old, new = (JOIN.format(type="parallelGateway", more="", fc="fc", to=to) for to in ("j", "z"))
    h = harness(bpmn(old), version(new))
    h.start()
    h.complete("a")
    h.complete("b")

    h.migrate("p2")

    assert h.open_tasks() == ["c", "z"]


def test_tokens_at_a_flow_that_leads_elsewhere_are_in_the_way(harness):
    """Unless the flow is mapped."""
    old, new = (JOIN.format(type="inclusiveGateway", more="", fc=fc, to="j") for fc in ("fc", "other"))
    h = harness(bpmn(old), version(new))
    h.start()
    h.complete("c")

    assert reasons(h.migrate("p2")) == [("NO_SEQUENCE_FLOW", "j")]
    h.migrate("p2", {"fc": "other"})
    h.complete("a")
    h.complete("b")
    assert h.open_tasks() == ["z"]


def test_token_on_its_way_needs_its_flow(harness):
    """One that is kept for the next transaction just before a join."""
    old, new = (JOIN.format(type="parallelGateway", more="", fc=fc, to="j") for fc in ("fc", "other"))
    h = harness(bpmn(old), version(new))
    h.start()
    h.limits = Limits(steps_per_slice=1)
    h.submit(commands.CompleteUserTask(h.task("c").seq, "ann"), h.task("c").seq, "user_task")

    assert reasons(h.migrate("p2")) == [("NO_SEQUENCE_FLOW", "j")]
    assert h.plan(commands.MigrateInstance(0, "d-p2", {"fc": "other"})).findings == ()


def test_joins_cannot_become_one(harness):
    """Nor can an activity that collects tokens collect another number."""
    two = (
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="c"/><parallelGateway id="j"/>'
        '<parallelGateway id="k"/><userTask id="q" startQuantity="{n}"/>'
        + flows("s -> a", "s -> b", "s -> c", "1| a -> j", "2| b -> k", "3| c -> j", "4| c -> k", "5| a -> q")
    )
    h = harness(bpmn(two.format(n=2)), version(two.format(n=3).replace('"2"', '"2b"')))
    h.start()
    h.complete("a")
    h.complete("b")

    found = h.migrate("p2", {"k": "j", "2": "1"})

    assert sorted(reasons(found)) == [("ANOTHER_KIND", "q"), ("JOINS_MERGED", "k")]


def test_complex_gateway_remembers_what_it_took(harness):
    """Under the names that the flows have now; of one that is gone it waits for nothing."""
    once = "<activationCondition>activationCount &gt;= 1</activationCondition>"
    model = (
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="c"/><complexGateway id="j">'
        f'{once}</complexGateway><userTask id="z"/>'
        + flows("s -> a", "s -> b", "s -> c", "{f}a| a -> j", "{f}b| b -> j", "{f}c| c -> j", "j -> z")
    )
    h = harness(bpmn(model.format(f="f")), version(model.format(f="g")))
    h.start()
    h.complete("a")

    h.migrate("p2", {"fa": "ga", "fb": "gb"})
    h.complete("b")
    h.complete("c")
    h.complete("z")

    assert h.state == "COMPLETED"


LOOP = (
    '<startEvent id="s"/><userTask id="u"><multiInstanceLoopCharacteristics isSequential="{seq}" {more}>'
    "<loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>" + flows("s -> u")
)


def test_loops_go_on_as_loops_of_their_kind(harness):
    """Multi-instance stays multi-instance; one that would need a collection's items is another kind."""
    plain = '<startEvent id="s"/><userTask id="u"/>' + flows("s -> u")
    items = 'camunda:collection="items" camunda:elementVariable="item"'
    again = plain.replace('id="u"/>', 'id="u"><standardLoopCharacteristics loopMaximum="2"/></userTask>')
    h = harness(
        bpmn(LOOP.format(seq="true", more="")),
        version(LOOP.format(seq="false", more="")),
        version(plain, process="p3"),
        version(again, process="p4"),
        version(LOOP.format(seq="true", more=items), process="p5"),
    )
    h.start()

    for process in ("p3", "p4"):
        assert reasons(h.migrate(process)) == [("ANOTHER_KIND", "u"), ("ANOTHER_KIND", "u")]
    assert reasons(h.migrate("p5")) == [("ANOTHER_KIND", "u")]
    h.migrate("p2")
    h.complete("u")
    h.complete("u")
    assert h.state == "COMPLETED"


def test_event_based_gateway_waits_for_the_events_of_the_other_version(harness):
    """Those that it has too wait on."""

    def model(*events):
        body = '<startEvent id="s"/><eventBasedGateway id="g"/>' + "".join(catch_event(*one) for one in events)
        return body + flows("s -> g", *(f"g -> {name}" for name, _ in events))

    hour = timer("timeDuration", "PT1H")
    h = harness(
        bpmn(model(("t", hour), ("m", event("message", "M"))), extra=NAMES),
        version(model(("t", hour), ("n", event("signal", "S")))),
    )
    h.start()
    h.advance_clock(60)

    h.migrate("p2")

    assert (h.timers(), h.waiting()) == ([("t", 3_540.0)], [("n", "SIGNAL", "S")])
    h.deliver("n")
    assert h.state == "COMPLETED"


UNDOABLE = (
    '<startEvent id="s"/><userTask id="a"/>{handler}<userTask id="b"/>'
    + throw_event("undo", "<compensateEventDefinition/>")
    + flows("s -> a", "a -> b", "b -> undo")
)
HANDLER = (
    '<boundaryEvent id="on" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
    '<userTask id="{h}" isForCompensation="true"/>'
    '<association id="as" associationDirection="One" sourceRef="on" targetRef="{h}"/>'
)


def test_what_has_completed_is_compensated_by_the_other_version(harness):
    """By its handler; a version that would compensate it otherwise is refused."""
    h = harness(
        bpmn(UNDOABLE.format(handler=HANDLER.format(h="h"))),
        version(UNDOABLE.format(handler=HANDLER.format(h="k"))),
        version(UNDOABLE.format(handler=""), process="p3"),
    )
    h.start()
    h.complete("a")

    assert reasons(h.migrate("p3")) == [("ANOTHER_KIND", "a")]
    h.migrate("p2")
    h.complete("b")
    assert h.open_tasks() == ["k"]
    h.complete("k")
    assert h.state == "COMPLETED"


def test_scope_that_is_undone_listens_to_nothing_new(harness):
    """A sub-process that has completed and is being compensated."""
    inner = '<startEvent id="i"/><userTask id="a"/>' + HANDLER.format(h="h") + flows("i -> a")
    model = (
        f'<startEvent id="s"/><subProcess id="sub">{inner}{{0}}</subProcess>{{1}}'
        + throw_event("undo", '<compensateEventDefinition activityRef="sub"/>')
        + flows("s -> sub", "sub -> undo")
    )
    h = harness(
        bpmn(model.format("", "")),
        version(
            model.format(
                event_sub_process("k", event("signal", "S"), interrupts=False),
                boundary("late", "sub", timer("timeDuration", "PT1M")),
            )
        ),
    )
    h.start()
    h.complete("a")

    h.migrate("p2")

    assert (h.timers(), h.waiting()) == ([], [])
    h.complete("h")
    assert h.state == "COMPLETED"


def test_scope_that_is_undone_inside_of_a_loop_stays_there(harness):
    """It stands in the instance of the loop, not beside it as the handler of a whole instance does."""
    sub = '<startEvent id="i"/><userTask id="a"/>' + HANDLER.format(h="{h}") + flows("i -> a")
    model = (
        f'<startEvent id="s"/><subProcess id="many"><startEvent id="m"/><subProcess id="sub">{sub}</subProcess>'
        + throw_event("undo", '<compensateEventDefinition activityRef="sub"/>')
        + flows("m -> sub", "sub -> undo")
        + "<multiInstanceLoopCharacteristics><loopCardinality>1</loopCardinality></multiInstanceLoopCharacteristics>"
        + "</subProcess>"
        + flows("s -> many")
    )
    h = harness(bpmn(model.format(h="h")), version(model.format(h="k")))
    h.start()
    h.complete("a")
    assert h.open_tasks() == ["h"]

    assert reasons(h.migrate("p2", {"h": "k"})) == []

    h.complete("k")
    assert h.state == "COMPLETED"


def test_ad_hoc_sub_process_begins_what_is_left_by_its_new_name(harness):
    """The queue of a sequential one."""
    model = '<startEvent id="s"/><adHocSubProcess id="ad" ordering="Sequential">{}</adHocSubProcess>' + flows("s -> ad")
    tasks = '<userTask id="a"/><userTask id="{}"/>'
    h = harness(bpmn(model.format(tasks.format("b"))), version(model.format(tasks.format("c"))))
    h.start()

    assert reasons(h.migrate("p2")) == [("NO_TARGET", "b")]
    h.migrate("p2", {"b": "c"})
    h.complete("a")
    h.complete("c")
    assert h.state == "COMPLETED"


CALLS = '<startEvent id="s"/><callActivity id="{c}" calledElement="q"/>{late}' + flows("s -> {c}")
CALLED = '<startEvent id="t"/><userTask id="{k}"/>{more}' + flows("t -> {k}")


def test_called_instance_migrates_by_itself(harness):
    """Its caller stays; and the caller migrates without it."""
    late = boundary("late", "c", timer("timeDuration", "PT1M"))
    told_of = event_sub_process("h", event("message", "M"), interrupts=False)
    seen = event_sub_process("g", event("signal", "S"), interrupts=False)
    h = harness(
        bpmn(CALLS.format(c="c", late=late), extra=NAMES),
        version(CALLED.format(k="k", more=told_of), process="q"),
        version(CALLED.format(k="l", more=seen), process="r"),
        version(CALLS.format(c="d", late="")),
    )
    h.start()
    called = h.row("c").seq

    plan = h.migrate("r", {"k": "l"}, instance=called)

    assert ("PROCESS_INSTANCE", "MIGRATED", "", "") in told(plan)
    assert [row.definition_id for row in h.rows.instances(h.root_id)] == ["d-r"]
    assert (h.open_tasks(), h.waiting(), h.timers()) == (["l"], [("g_start", "SIGNAL", "S")], [("late", 60.0)])
    assert h.root.definition_id == "d-p"

    h.migrate("p2", {"c": "d"})
    assert (h.open_tasks(), h.waiting(), h.timers()) == (["l"], [("g_start", "SIGNAL", "S")], [])
    h.complete("l")
    assert h.state == "COMPLETED"
    with pytest.raises(FailedPrecondition):
        h.migrate("p")


def test_jobs_of_the_caller_stay_its_own(harness):
    """When the process that it called is migrated."""
    beside = '<serviceTask id="w"/><sequenceFlow id="sw" sourceRef="s" targetRef="w"/>'
    h = harness(
        bpmn(CALLS.format(c="c", late=beside)),
        version(CALLED.format(k="k", more=""), process="q"),
        version(CALLED.format(k="l", more=""), process="r"),
    )
    h.start()

    h.migrate("r", {"k": "l"}, instance=h.row("c").seq)

    assert (h.job("w").definition_id, h.task("l").definition_id) == ("d-p", "d-r")


def test_suspended_instance_migrates_and_stays_suspended(harness):
    """What begins to wait is held like the rest."""
    old = '<startEvent id="s"/><userTask id="u"/>' + flows("s -> u")
    new = old + boundary("b", "u", timer("timeDuration", "PT1M")) + boundary("m", "u", event("message", "M"))
    h = harness(bpmn(old), version(new))
    h.start()
    h.suspend()

    h.migrate("p2")
    h.advance_clock(3_600)

    assert (h.state, h.open_tasks(), h.waiting()) == ("SUSPENDED", ["u"], [("m", "HELD_MESSAGE", "M")])
    h.resume_instance()
    h.advance_clock(0)
    assert h.state == "COMPLETED"


def test_work_that_is_about_to_leave_gets_nothing_new(harness):
    """A task that is complete, whose token is kept for the next transaction."""
    old = '<startEvent id="s"/><userTask id="u"/><userTask id="v"/>' + flows("s -> u", "u -> v")
    h = harness(bpmn(old), version(old + boundary("b", "u", timer("timeDuration", "PT1M"))))
    h.start()
    h.limits = Limits(steps_per_slice=0)
    h.submit(commands.CompleteUserTask(h.task("u").seq, "ann"), h.task("u").seq, "user_task")

    plan = h.plan(commands.MigrateInstance(0, "d-p2"))

    assert told(plan) == [("PROCESS_INSTANCE", "MIGRATED", "", "")]


def test_what_undoes_one_instance_of_a_loop_goes_on(harness):
    """It stands beside the loop, and runs for one of its instances."""
    once = "<loopCardinality>1</loopCardinality>"
    loop = f"<multiInstanceLoopCharacteristics>{once}</multiInstanceLoopCharacteristics>"
    task = f'<userTask id="a">{loop}</userTask>'
    model = UNDOABLE.replace('<userTask id="a"/>', task)
    h = harness(bpmn(model.format(handler=HANDLER.format(h="h"))), version(model.format(handler=HANDLER.format(h="k"))))
    h.start()
    h.complete("a")
    h.complete("b")
    assert h.open_tasks() == ["h"]

    h.migrate("p2", {"h": "k"})
    h.complete("k")

    assert h.state == "COMPLETED"


def test_tasks_are_found_by_the_fields_that_the_other_version_declares(harness):
    """By values that were set before; variables that are not there have none."""
    old = '<startEvent id="s"/><userTask id="u"/>' + flows("s -> u")
    h = harness(bpmn(old), bpmn(old, process='p2" bpmgrpc:searchableFields="n, order.customer'))
    h.start(n=1)

    h.migrate("p2")

    assert [(seq, path) for seq, path, _ in h.fields] == [(0, "n")]


def test_migration_asks_for_what_waits_where_it_is_not_at_hand(harness):
    """Jobs, timers and the like are loaded for operations only."""
    h = harness(bpmn('<startEvent id="s"/><userTask id="a"/>' + flows("s -> a")))
    h.start()

    with pytest.raises(Need) as asked:
        Ledger(Snapshot(), h.root).work()

    assert asked.value.work
