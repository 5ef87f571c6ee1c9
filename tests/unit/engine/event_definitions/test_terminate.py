"""Terminate event definition (BPMN 2.0.2, 10.5.3)."""

from __future__ import annotations

from tests.support.harness import boundary, bpmn, extensions, flows, timer

TERMINATE = '<endEvent id="e"><terminateEventDefinition/></endEvent>'
BRANCHES = (
    '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><serviceTask id="w"/>'
    f'<intermediateCatchEvent id="i">{timer("timeDuration", "PT1M")}</intermediateCatchEvent>'
    + TERMINATE
    + flows("s -> a", "s -> b", "s -> w", "s -> i", "a -> e")
)


def test_terminate_end_event_ends_the_instance(harness):
    """Everything that is active is canceled, and the instance is COMPLETED."""
    h = harness(bpmn(BRANCHES))

    h.start(x=1)
    h.complete("a")

    assert h.state == "COMPLETED"
    assert h.active() == []
    assert h.variables() == {"x": 1}
    assert [task.state.value for task in h.rows.user_tasks(h.root_id)] == ["COMPLETED", "CANCELED"]


def test_terminate_end_event_ends_its_sub_process_only(harness):
    """The sub-process goes on with its outgoing flows, and what is beside it is not touched."""
    h = harness(
        bpmn(
            f'<subProcess id="sub">{BRANCHES}</subProcess><userTask id="z"/><userTask id="y"/>' + flows("o1| sub -> z")
        )
    )

    h.start()
    h.complete("a")

    assert h.active() == ["y", "z"]
    assert h.root.active == 2


def test_terminate_end_event_ends_its_called_process(harness):
    """The called instance is COMPLETED, and its variables come back."""
    h = harness(
        bpmn('<callActivity id="c" calledElement="q"/><userTask id="z"/>' + flows("c -> z")),
        bpmn(BRANCHES, process="q"),
    )

    h.start()
    h.complete("a", x=1)

    assert h.active() == ["z"]
    assert h.rows.instances(h.root_id)[0].state == "COMPLETED"
    assert h.variables() == {"x": 1}


def test_terminate_end_event_voids_the_steps_that_are_still_to_be_taken(harness):
    """Tokens on their way in the same command go nowhere."""
    inside = '<startEvent id="s"/><task id="t"/><userTask id="a"/>' + TERMINATE + flows("s -> e", "s -> t", "t -> a")
    h = harness(bpmn(f'<subProcess id="sub">{inside}</subProcess><userTask id="z"/>' + flows("o1| sub -> z")))

    h.start()

    assert h.active() == ["z"]
    assert h.open_tasks() == ["z"]


def test_terminate_end_event_cancels_nested_scopes(harness):
    """Sub-processes and called processes inside of the scope are canceled with all they hold."""
    nested = '<subProcess id="n"><callActivity id="c" calledElement="q"/><serviceTask id="w"/></subProcess>'
    h = harness(
        bpmn(
            f'<userTask id="a"/>{nested}{boundary("t", "n", timer("timeDuration", "PT1M"))}{TERMINATE}'
            + flows("a -> e")
        ),
        bpmn('<userTask id="i"/>', process="q"),
    )

    h.start()
    h.complete("a")

    assert h.state == "COMPLETED"
    assert h.rows.instances(h.root_id)[0].state == "CANCELED"


def test_terminate_end_event_with_variables_of_its_own_takes_them_away(harness):
    """Its input mappings leave nothing behind."""
    end = f'<endEvent id="e">{extensions(inputs=["1 -> n"])}<terminateEventDefinition/></endEvent>'
    h = harness(bpmn(f'<userTask id="a"/><userTask id="b"/>{end}' + flows("a -> e")))

    h.start()
    h.complete("a")

    assert h.state == "COMPLETED"
    assert h.variables() == {}


def test_terminate_end_event_whose_sub_process_cannot_be_left_ends_nothing(harness):
    """Where the sub-process's output mapping fails the whole step is taken back: the others live on until a retry."""
    body = f'{extensions(inputs=["1 -> n"], outputs=["n + 1 -> out"])}<userTask id="a"/><userTask id="b"/>{TERMINATE}'
    h = harness(
        bpmn(
            f'<subProcess id="sub">{body}' + flows("a -> e") + '</subProcess><userTask id="z"/>' + flows("o1| sub -> z")
        )
    )

    h.start()
    h.complete("a", n="one")
    failed = (h.active(), h.incidents()[0].element_id)
    h.resolve(n=1)

    assert failed == (["b", "e", "sub"], "e")
    assert h.active() == ["z"]
    assert h.variables() == {"out": 2}


def test_terminate_end_event_closes_the_incidents_of_its_scope(harness):
    """An incident that nobody resolved goes with its element."""
    h = harness(
        bpmn(
            f'<userTask id="a"/><exclusiveGateway id="x"/><task id="t"/>{TERMINATE}' + flows("a -> e", "x -> t: 1 > 2")
        )
    )

    h.start()
    before = len(h.incidents())
    h.complete("a")

    assert before == 1
    assert h.incidents() == []
    assert h.state == "COMPLETED"
