"""What a plan tells, kind by kind."""

from __future__ import annotations

from bpmgrpc.engine import commands
from bpmgrpc.engine.commands import CancelActive, Move, StartAfter, StartBefore
from bpmgrpc.engine.execution import Limits
from tests.support.harness import boundary, bpmn, declared, event, flows, throw_event, timer

EVERYTHING = bpmn(
    '<startEvent id="s"/><userTask id="here"/><subProcess id="sub"><startEvent id="i"/><userTask id="u"/>'
    '<serviceTask id="w"/><callActivity id="c" calledElement="q"/><parallelGateway id="j"/><exclusiveGateway id="x"/>'
    + flows("n1| i -> u", "n2| i -> w", "n3| i -> c", "n4| i -> j", "n5| u -> j", "n6| i -> x", "n7| x -> j: n > 9")
    + "</subProcess>"
    + boundary("late", "sub", timer("timeDuration", "PT1M"))
    + boundary("told", "sub", event("message", "M"))
    + throw_event("say", event("message", "M"))
    + throw_event("wave", event("signal", "S"))
    + '<callActivity id="quick" calledElement="r"/>'
    + flows("s -> here", "here -> sub", "say -> wave", "wave -> quick"),
    extra=declared("M", "S"),
)
CALLED = bpmn('<startEvent id="t"/><userTask id="k"/>' + flows("t -> k"), process="q")
QUICK = bpmn('<startEvent id="t"/>', process="r")


def told(plan):
    """Subject, effect, element and name of each line, sorted."""
    return sorted((line.subject.value, line.effect.value, line.element_id, line.name) for line in plan.lines)


def test_plan_tells_of_everything_that_goes(harness):
    """A sub-process with all that can be in it."""
    h = harness(EVERYTHING, CALLED, QUICK)
    h.start(n=1)
    h.complete("here")

    plan = h.modify(Move("here", element_id="sub"))

    assert told(plan) == [
        ("ELEMENT", "CANCELED", "c", ""),
        ("ELEMENT", "CANCELED", "k", ""),
        ("ELEMENT", "CANCELED", "sub", ""),
        ("ELEMENT", "CANCELED", "u", ""),
        ("ELEMENT", "CANCELED", "w", ""),
        ("ELEMENT", "CANCELED", "x", ""),
        ("ELEMENT", "CREATED", "here", ""),
        ("INCIDENT", "RESOLVED", "x", "NO_SEQUENCE_FLOW_TRUE"),
        ("JOB", "CANCELED", "w", "w"),
        ("JOIN", "CANCELED", "j", ""),
        ("PROCESS_INSTANCE", "ENDED", "", "CANCELED"),
        ("SUBSCRIPTION", "CANCELED", "told", "M"),
        ("TIMER", "CANCELED", "late", ""),
        ("USER_TASK", "CANCELED", "k", "k"),
        ("USER_TASK", "CANCELED", "u", "u"),
        ("USER_TASK", "CREATED", "here", "here"),
    ]


def test_plan_tells_of_everything_that_comes(harness):
    """The same sub-process."""
    h = harness(EVERYTHING, CALLED, QUICK)
    h.start(n=1)

    plan = h.modify(StartBefore("sub"))

    assert told(plan) == [
        ("ELEMENT", "CREATED", "c", ""),
        ("ELEMENT", "CREATED", "k", ""),
        ("ELEMENT", "CREATED", "sub", ""),
        ("ELEMENT", "CREATED", "u", ""),
        ("ELEMENT", "CREATED", "w", ""),
        ("ELEMENT", "FAILED", "x", ""),
        ("ELEMENT", "PASSED", "i", ""),
        ("ELEMENT", "PASSED", "t", ""),
        ("INCIDENT", "CREATED", "x", "NO_SEQUENCE_FLOW_TRUE"),
        ("JOB", "CREATED", "w", "w"),
        ("JOIN", "CREATED", "j", ""),
        ("PROCESS_INSTANCE", "CREATED", "", ""),
        ("SUBSCRIPTION", "CREATED", "told", "M"),
        ("TIMER", "CREATED", "late", ""),
        ("USER_TASK", "CREATED", "k", "k"),
        ("USER_TASK", "CREATED", "u", "u"),
        ("VARIABLE", "SET", "", "n"),
    ]


def test_plan_tells_what_is_thrown_and_passed(harness):
    """Messages, signals, and a called process that has ended already."""
    h = harness(EVERYTHING, CALLED, QUICK)
    h.start(n=1)

    plan = h.modify(Move("say", element_id="here"))

    assert told(plan) == [
        ("ELEMENT", "CANCELED", "here", ""),
        ("ELEMENT", "PASSED", "quick", ""),
        ("ELEMENT", "PASSED", "say", ""),
        ("ELEMENT", "PASSED", "t", ""),
        ("ELEMENT", "PASSED", "wave", ""),
        ("MESSAGE", "THROWN", "", "M"),
        ("PROCESS_INSTANCE", "CREATED", "", ""),
        ("PROCESS_INSTANCE", "ENDED", "", "COMPLETED"),
        ("SIGNAL", "THROWN", "", "S"),
        ("USER_TASK", "CANCELED", "here", "here"),
        ("VARIABLE", "SET", "", "n"),
    ]
    assert plan.state == h.state == "COMPLETED"


def test_plan_tells_of_tokens_that_join(harness):
    """They change what waits at a join; the last one takes it along."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="c"/><parallelGateway id="j"/>'
            + flows("s -> a", "s -> b", "s -> c", "a -> j", "b -> j", "c -> j")
        )
    )
    h.start()
    h.complete("a")

    assert told(h.modify(StartAfter("b"))) == [("JOIN", "CHANGED", "j", "")]
    assert told(h.modify(StartAfter("c"))) == [("ELEMENT", "PASSED", "j", ""), ("JOIN", "COMPLETED", "j", "")]


def test_plan_tells_of_what_came_and_went(harness):
    """An event sub-process's incident, task and timer that a terminating end takes with it at once."""
    inner = (
        '<startEvent id="i"/><userTask id="u"/><exclusiveGateway id="x"/><endEvent id="e"><terminateEventDefinition/>'
        "</endEvent>" + flows("1| i -> u", "2| i -> x", "3| i -> e", "x -> e: n > 9")
    )
    h = harness(
        bpmn(f'<startEvent id="s"/><userTask id="a"/><subProcess id="sub">{inner}</subProcess>' + flows("s -> a"))
    )
    h.start(n=1)

    assert told(h.modify(StartBefore("sub"))) == [
        ("ELEMENT", "PASSED", "e", ""),
        ("ELEMENT", "PASSED", "i", ""),
        ("ELEMENT", "PASSED", "sub", ""),
        ("INCIDENT", "CREATED", "x", "NO_SEQUENCE_FLOW_TRUE"),
        ("INCIDENT", "RESOLVED", "x", "NO_SEQUENCE_FLOW_TRUE"),
        ("USER_TASK", "CANCELED", "u", "u"),
        ("USER_TASK", "CREATED", "u", "u"),
    ]


def test_plan_covers_one_transaction(harness):
    """Of a run that fills it, the rest is to come; work that is done and not yet left is not canceled."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="a"/><serviceTask id="w"/><userTask id="b"/>'
            '<task id="t1"/><task id="t2"/><task id="t3"/>'
            + flows("s -> a", "s -> w", "s -> b", "b -> t1", "t1 -> t2", "t2 -> t3")
        )
    )
    h.start()
    h.limits = Limits(steps_per_slice=0)
    for name, kind, command in (
        ("a", "user_task", commands.CompleteUserTask(h.task("a").seq, "ann")),
        ("w", "job", commands.CompleteJob(h.lease("w").seq, "token")),
    ):
        h.submit(command, h.row(name).seq, kind)

    plan = h.plan(commands.ModifyInstance(0, (Move("t1", element_id="b"), CancelActive("a"), CancelActive("w"))))

    assert plan.more_follows
    assert told(plan) == [
        ("ELEMENT", "CANCELED", "a", ""),
        ("ELEMENT", "CANCELED", "b", ""),
        ("ELEMENT", "CANCELED", "w", ""),
        ("ELEMENT", "READY", "t1", ""),
        ("USER_TASK", "CANCELED", "b", "b"),
    ]
