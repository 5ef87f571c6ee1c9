"""Ad-hoc sub-process (BPMN 2.0.2, 10.3.5 and 13.3.5)."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.execution import Limits
from bpmgrpc.engine.program import compile_process
from tests.support.harness import boundary, bpmn, error, flows, timer

TASKS = '<userTask id="a"/><userTask id="b"/><userTask id="c"/>'


def ad_hoc(inside: str = TASKS, *more: str, condition: str = "", attributes: str = "", extension: str = "") -> bytes:
    """An ad-hoc sub-process before the user task "z"."""
    end = f"<completionCondition><![CDATA[{condition}]]></completionCondition>" if condition else ""
    return bpmn(
        f'<startEvent id="s"/><adHocSubProcess id="h" {attributes}>{extension}{inside}{end}</adHocSubProcess>'
        f'<userTask id="z"/>{"".join(more)}' + flows("in| s -> h", "out| h -> z")
    )


def test_all_activities_without_incoming_flow_are_begun(harness):
    """Side by side; the sub-process is complete when they are."""
    h = harness(ad_hoc(f'{TASKS}<userTask id="d"/>{flows("f1| a -> d")}'))

    h.start()
    at_first = h.open_tasks()
    for name in ("b", "a", "c"):
        h.complete(name)
    then = h.open_tasks()
    h.complete("d")

    assert at_first == ["a", "b", "c"]
    assert then == ["d"]
    assert h.active() == ["z"]


def test_sequential_ordering_begins_one_at_a_time(harness):
    """In the order of the file; what follows by sequence flows comes before the next."""
    inside = f'{TASKS}<userTask id="d"/>{flows("f1| a -> d")}'
    h = harness(ad_hoc(inside, attributes='ordering="Sequential"'))

    h.start()
    seen = []
    for _ in range(4):
        (name,) = h.open_tasks()
        seen.append(name)
        h.complete(name)

    assert seen == ["a", "d", "b", "c"]
    assert h.active() == ["z"]


def test_sequential_tasks_that_never_wait_run_in_one_go(harness):
    """Over as many transactions as it takes."""
    inside = '<task id="a"/><task id="b"/><task id="c"/>'
    h = harness(ad_hoc(inside, attributes='ordering="Sequential"'), limits=Limits(steps_per_slice=1))

    h.start()

    assert [name for name in h.completed() if name in "abc"] == ["a", "b", "c"]
    assert h.active() == ["z"]


def test_completion_condition_cancels_what_runs(harness):
    """It is asked when an activity is done; nothing follows then."""
    inside = f'{TASKS}<userTask id="d"/>{flows("f1| a -> d")}'
    h = harness(ad_hoc(inside, condition="enough"))

    h.start(enough=False)
    h.complete("b")
    half = h.open_tasks()
    h.complete("a", enough=True)

    assert half == ["a", "c"]
    assert h.active() == ["z"]


@pytest.mark.parametrize("last", (False, True))
def test_remaining_activities_complete_where_they_are_not_canceled(harness, last):
    """CancelRemainingInstances false waits for them; nothing more begins, whatever the condition says later."""
    inside = f'{TASKS}<userTask id="d"/>{flows("f1| c -> d")}'
    h = harness(ad_hoc(inside, condition="enough", attributes='cancelRemainingInstances="false"'))

    h.start(enough=False)
    h.complete("a", enough=True)
    half = h.open_tasks()
    h.complete("b", enough=last)
    h.complete("c")

    assert half == ["b", "c"]
    assert h.active() == ["z"]


def test_completion_condition_ends_a_sequence(harness):
    """What has not begun does not begin."""
    h = harness(ad_hoc(condition="enough", attributes='ordering="Sequential"'))

    h.start(enough=True)
    h.complete("a")

    assert h.active() == ["z"]


def test_completion_condition_drops_tokens_on_their_way(harness):
    """Activities that were to begin in the same moment do not."""
    h = harness(ad_hoc('<task id="a"/><userTask id="b"/><task id="c"/>', condition="true"))

    h.start()

    assert h.active() == ["z"]
    assert "c" not in h.completed()


@pytest.mark.parametrize("ordering", ("Parallel", "Sequential"))
def test_active_elements_collection_chooses_what_is_begun(harness, ordering):
    """In its own order."""
    extension = '<extensionElements><zeebe:adHoc activeElementsCollection="=chosen"/></extensionElements>'
    h = harness(ad_hoc(attributes=f'ordering="{ordering}"', extension=extension))

    h.start(chosen=["c", "a"])
    tasks = h.open_tasks()
    h.complete("c")
    h.complete("a")

    assert tasks == (["c", "a"] if ordering == "Parallel" else ["c"])
    assert h.active() == ["z"]


def test_nothing_chosen_completes_at_once(harness):
    """There is nothing to do."""
    extension = '<extensionElements><zeebe:adHoc activeElementsCollection="=chosen"/></extensionElements>'
    h = harness(ad_hoc(extension=extension))

    h.start(chosen=[])

    assert h.active() == ["z"]


def test_choice_of_what_is_not_inside_is_an_incident(harness):
    """The sub-process waits for a better choice."""
    extension = '<extensionElements><zeebe:adHoc activeElementsCollection="=chosen"/></extensionElements>'
    h = harness(ad_hoc(extension=extension))

    h.start(chosen=["z"])
    reasons = [(found.element_id, found.reason) for found in h.incidents()]
    h.resolve(chosen=["b"])

    assert reasons == [("h", "AD_HOC_ACTIVITY")]
    assert h.open_tasks() == ["b"]


def test_boundary_event_cancels_the_sub_process(harness):
    """With all that is inside."""
    event = boundary("t", "h", timer("timeDuration", "PT1M"))
    h = harness(ad_hoc(TASKS, event, '<userTask id="y"/>', flows("f9| t -> y")))

    h.start()
    h.advance_clock(60)

    assert h.active() == ["y"]


def test_completion_condition_that_fails_is_an_incident_of_the_activity(harness):
    """The activity is done again from there when it is repaired."""
    h = harness(ad_hoc(condition="enough > 1"))

    h.start(enough="x")
    h.complete("a")
    opened = [found.element_id for found in h.incidents()]
    h.resolve(enough=2)

    assert opened == ["a"]
    assert h.active() == ["z"]


def test_ad_hoc_sub_process_may_be_repeated(harness):
    """A multi-instance of it is complete when each instance is; the condition is each instance's own."""
    marker = (
        '<multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>2</loopCardinality>'
        "</multiInstanceLoopCharacteristics>"
    )
    h = harness(ad_hoc(TASKS, condition="enough", extension=marker))

    h.start(enough=True)
    h.complete("a")
    again = h.open_tasks()
    h.complete("b")

    assert again == ["a", "b", "c"]
    assert h.active() == ["z"]


def test_multi_instance_inside_counts_when_it_is_complete(harness):
    """One of its instances is no activity of the sub-process."""
    inside = (
        '<userTask id="a"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
        '</multiInstanceLoopCharacteristics></userTask><userTask id="b"/>'
    )
    h = harness(ad_hoc(inside, condition="true"))

    h.start()
    h.complete("a")
    half = sorted(h.open_tasks())
    h.complete("a")

    assert half == ["a", "b"]
    assert h.active() == ["z"]


def test_error_leaves_the_sub_process(harness):
    """As any other."""
    inside = '<serviceTask id="a"/><intermediateThrowEvent id="n"/><userTask id="b"/>'
    h = harness(ad_hoc(inside, boundary("e", "h", error("E")), '<userTask id="y"/>', flows("f9| e -> y")))

    h.start()
    h.throw_error("a", "E")

    assert h.active() == ["y"]


@pytest.mark.parametrize("condition", ("", "true"))
def test_activities_that_were_done_inside_can_be_undone(harness, condition):
    """The last one first, also where the completion condition canceled the rest; the handlers are not begun."""
    handlers = "".join(
        f'<userTask id="un{name}" isForCompensation="true"/><boundaryEvent id="b{name}" attachedToRef="{name}">'
        f'<compensateEventDefinition/></boundaryEvent><association id="as{name}" sourceRef="b{name}"'
        f' targetRef="un{name}"/>'
        for name in "ab"
    )
    undo = '<intermediateThrowEvent id="undo"><compensateEventDefinition/></intermediateThrowEvent><userTask id="y"/>'
    inside = f'<userTask id="a"/><userTask id="b"/>{handlers}'
    h = harness(ad_hoc(inside, undo, flows("u1| z -> undo", "u2| undo -> y"), condition=condition))

    h.start()
    at_first = h.open_tasks()
    h.complete("a")
    if not condition:
        h.complete("b")
    h.complete("z")
    undone = []
    while h.open_tasks() != ["y"]:
        (name,) = h.open_tasks()
        undone.append(name)
        h.complete(name)

    assert at_first == ["a", "b"]
    assert undone == (["una"] if condition else ["unb", "una"])


def test_ordering_that_is_none_is_refused():
    """There are two."""
    compilation = compile_process(parse_file("f.bpmn", ad_hoc(attributes='ordering="any"')).processes[0], ELEMENTS)

    assert [found.reason for found in compilation.findings if found.verdict.value == "refused"] == [
        "ordering has to be Parallel or Sequential, not 'any' (BPMN 2.0.2, table 10.22)"
    ]
