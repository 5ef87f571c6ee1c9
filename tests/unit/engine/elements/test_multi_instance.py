"""Multi-instance (BPMN 2.0.2, 10.3.7 and 13.3.7)."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS, loop_body
from bpmgrpc.engine.execution import Limits
from bpmgrpc.engine.program import compile_process
from tests.support.harness import boundary, bpmn, error, extensions, flows, timer

ITEMS = ["a", "b", "c"]


def multiple(inner: str = "", *, sequential: bool = False, attributes: str = "", **texts: str) -> str:
    """A multi-instance marker; the texts are child elements by BPMN name."""
    parts = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in texts.items())
    order = "true" if sequential else "false"
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{order}" {attributes}>{inner}{parts}'
        "</multiInstanceLoopCharacteristics>"
    )


def over(collection: str, output: str = "") -> str:
    """Camunda 8's loop characteristics, with the item as "item"."""
    result = f'outputCollection="results" outputElement="={output}"' if output else ""
    return (
        "<extensionElements>"
        f'<zeebe:loopCharacteristics inputCollection="={collection}" inputElement="item" {result}/>'
        "</extensionElements>"
    )


def process(activity: str, *more: str) -> bytes:
    """A process whose only activity is called "m", before the user task "z"."""
    return bpmn(f'<startEvent id="s"/>{activity}<userTask id="z"/>{"".join(more)}' + flows("in| s -> m", "out| m -> z"))


def user_task(marker: str, mappings: str = "") -> str:
    return f'<userTask id="m">{mappings}{marker}</userTask>'


@pytest.mark.parametrize("sequential", (False, True))
def test_cardinality_says_how_many_instances_there_are(harness, sequential):
    """Side by side they are all there at once; one after the other there is one at a time."""
    h = harness(process(user_task(multiple(sequential=sequential, loopCardinality="n + 1"))))

    h.start(n=2)
    at_first = h.open_tasks()
    counters = []
    for _ in range(3):
        counters.append(h.variables(h.task("m").seq)["loopCounter"])
        h.complete("m")

    assert at_first == (["m"] if sequential else ["m", "m", "m"])
    assert counters == [1, 2, 3]
    assert h.active() == ["z"]
    assert h.completed() == ["s", "m", "m", "m", "m"]


@pytest.mark.parametrize("sequential", (False, True))
def test_collection_gives_each_instance_its_item(harness, sequential):
    """The number of instances is the collection's length; results stand in the order of the items."""
    h = harness(process(user_task(multiple(over("names", "item + answer"), sequential=sequential))))

    h.start(names=ITEMS)
    first = h.variables(h.task("m").seq)
    if not sequential:
        last = list(h.rows.user_tasks(h.root_id))[-1]
        h.complete_task(last, answer="3")
    h.complete("m", answer="1")
    h.complete("m", answer="2")
    if sequential:
        h.complete("m", answer="3")

    assert first == {"loopCounter": 1, "item": "a"}
    assert h.active() == ["z"]
    assert h.variables()["results"] == ["a1", "b2", "c3"]
    assert {scope for scope, _ in h.rows.variables(h.root_id)} == {0}


def test_result_variable_stays_with_its_instance(harness):
    """An output element that is a variable is one of each instance, so that no instance overwrites another's."""
    h = harness(process(user_task(multiple(over("names", "result")))))

    h.start(names=ITEMS)
    for number in range(3):
        h.complete("m", result=number)

    assert h.variables() == {"names": ITEMS, "results": [0, 1, 2]}


def test_mappings_are_each_instances_own(harness):
    """Input mappings see the item; output mappings may set the result variable."""
    mappings = extensions(inputs=['=item + "!" -> text'], outputs=["answer -> result"])
    inner = over("names", "result").removeprefix("<extensionElements>").removesuffix("</extensionElements>")
    h = harness(process(user_task(multiple(f"<extensionElements>{inner}</extensionElements>"), mappings)))

    h.start(names=["a", "b"])
    texts = [h.variables(task.seq)["text"] for task in h.rows.user_tasks(h.root_id)]
    h.complete("m", answer=1)
    h.complete("m", answer=2)

    assert texts == ["a!", "b!"]
    assert h.variables() == {"names": ["a", "b"], "results": [1, 2]}


def test_standard_data_associations_fill_and_take_the_collections(harness):
    """LoopDataInputRef and loopDataOutputRef name data of the activity that associations join to data objects."""
    data = (
        '<ioSpecification><dataInput id="in1" name="list"/><dataOutput id="out1" name="answers"/>'
        "<inputSet><dataInputRefs>in1</dataInputRefs></inputSet>"
        "<outputSet><dataOutputRefs>out1</dataOutputRefs></outputSet></ioSpecification>"
        "<dataInputAssociation><sourceRef>orders</sourceRef><targetRef>in1</targetRef></dataInputAssociation>"
        "<dataOutputAssociation><sourceRef>out1</sourceRef><targetRef>total</targetRef></dataOutputAssociation>"
    )
    marker = (
        "<loopDataInputRef>in1</loopDataInputRef><loopDataOutputRef>out1</loopDataOutputRef>"
        '<inputDataItem id="order"/><outputDataItem id="answer"/>'
    )
    objects = '<dataObject id="orders"/><dataObject id="total"/>'
    h = harness(process(user_task(multiple(marker), data), objects))

    h.start(orders=[7, 8])
    items = [h.variables(task.seq)["order"] for task in h.rows.user_tasks(h.root_id)]
    h.complete("m", answer="x")
    h.complete("m", answer="y")

    assert items == [7, 8]
    assert h.variables() == {"orders": [7, 8], "total": ["x", "y"]}


def test_standard_output_of_no_instances_is_empty(harness):
    """Data associations take the empty collection too."""
    data = (
        '<ioSpecification><dataOutput id="out1" name="answers"/></ioSpecification>'
        "<dataOutputAssociation><sourceRef>out1</sourceRef><targetRef>total</targetRef></dataOutputAssociation>"
    )
    marker = '<loopDataOutputRef>out1</loopDataOutputRef><outputDataItem id="answer"/>'
    h = harness(process(user_task(multiple(marker, loopCardinality="0"), data), '<dataObject id="total"/>'))

    h.start()

    assert h.variables() == {"total": []}


@pytest.mark.parametrize("attributes", ('camunda:collection="names"', 'camunda:collection="${names}"'))
def test_camunda_7_collection(harness, attributes):
    """The attribute names a variable or is an expression."""
    h = harness(process(user_task(multiple(attributes=f'{attributes} camunda:elementVariable="name"'))))

    h.start(names=ITEMS)
    names = [h.variables(task.seq)["name"] for task in h.rows.user_tasks(h.root_id)]
    for _ in ITEMS:
        h.complete("m")

    assert names == ITEMS
    assert h.active() == ["z"]
    assert h.variables() == {"names": ITEMS}


def test_counter_is_from_nought_in_files_of_the_java_engines(harness):
    """Camunda 7, Flowable and Activiti count instances from 0, and Flowable has a variable for it."""
    content = (
        process(user_task(multiple(attributes='flowable:elementIndexVariable="i"', loopCardinality="2")))
        .replace(b"http://camunda.org/schema/zeebe/1.0", b"http://flowable.org/bpmn")
        .replace(b"zeebe", b"flowable")
    )
    h = harness(content)

    h.start()

    found = [h.variables(task.seq) for task in h.rows.user_tasks(h.root_id)]
    assert found == [{"loopCounter": 0, "i": 0}, {"loopCounter": 1, "i": 1}]


@pytest.mark.parametrize("sequential", (False, True))
def test_no_instances_pass_at_once(harness, sequential):
    """With none the activity is done, and its results are an empty collection."""
    h = harness(process(user_task(multiple(over("names", "item"), sequential=sequential))))

    h.start(names=[])

    assert h.active() == ["z"]
    assert h.variables() == {"names": [], "results": []}


def test_no_instances_without_results_pass_at_once(harness):
    """A cardinality of 0 leaves no trace."""
    h = harness(process(user_task(multiple(loopCardinality="0"))))

    h.start()

    assert h.active() == ["z"]
    assert h.variables() == {}


@pytest.mark.parametrize("wrong", (-1, "many", None, Decimal("1.5")))
def test_number_that_is_none_is_an_incident(harness, wrong):
    """A negative number of instances, or none at all, stops the activity until somebody repairs it."""
    h = harness(process(user_task(multiple(loopCardinality="n"))))

    h.start(n=wrong)
    incidents = h.incidents()
    h.resolve(n=1)

    assert len(incidents) == 1
    assert "loop cardinality" in incidents[0].message
    assert h.open_tasks() == ["m"]


def test_collection_that_is_no_list_is_an_incident(harness):
    """A text or a number is no collection."""
    h = harness(process(user_task(multiple(over("names")))))

    h.start(names="abc")

    assert [(found.reason, found.element_id) for found in h.incidents()] == [("LOOP_CARDINALITY", "m")]


def test_cardinality_wins_over_the_collection(harness):
    """With both, the number counts; where the items run out they are null."""
    h = harness(process(user_task(multiple(over("names"), loopCardinality="3"))))

    h.start(names=["a"])

    assert [h.variables(task.seq)["item"] for task in h.rows.user_tasks(h.root_id)] == ["a", None, None]


def test_collection_without_items_leaves_the_item_null(harness):
    """A cardinality beside an empty collection gives instances without items."""
    h = harness(process(user_task(multiple(over("names"), loopCardinality="1"))))

    h.start(names=[])

    assert h.variables(h.task("m").seq)["item"] is None


@pytest.mark.parametrize(
    "condition", ("nrOfCompletedInstances >= 2", "numberOfCompletedInstances = numberOfInstances - 2", "done = true")
)
def test_completion_condition_cancels_the_others(harness, condition):
    """It is asked whenever an instance has ended, and sees the counts and the instance's variables."""
    h = harness(process(user_task(multiple(over("n", "done"), completionCondition=f"={condition}"))))

    h.start(n=[1, 2, 3, 4])
    h.complete("m", done=False)
    half = h.open_tasks()
    h.complete("m", done=True)

    assert half == ["m", "m", "m"]
    assert h.active() == ["z"]
    assert h.variables()["results"] == [False, True, None, None]


def test_completion_condition_that_cannot_be_read_is_an_incident_of_the_instance(harness):
    """The instance that ended waits until the condition can be evaluated."""
    h = harness(process(user_task(multiple(loopCardinality="2", completionCondition="stop"))))

    h.start()
    h.complete("m")
    opened = [found.element_id for found in h.incidents()]
    h.resolve(stop=False)

    assert opened == ["m"]


@pytest.mark.parametrize(
    ("name", "values"),
    (
        ("nrOfInstances", [3, 3, 3]),
        ("numberOfActiveInstances", [2, 1, 0]),
        ("nrOfActiveInstances", [2, 1, 0]),
        ("numberOfCompletedInstances", [1, 2, 3]),
        ("numberOfTerminatedInstances", [0, 0, 0]),
    ),
)
def test_counts_are_variables(harness, name, values):
    """What the standard and the Java engines call them is visible to expressions of the instances."""
    h = harness(process(user_task(multiple(over("n", f"{name} + 0")))))

    h.start(n=[1, 2, 3])
    for _ in range(3):
        h.complete("m")

    assert h.variables()["results"] == values


def test_boundary_event_of_the_activity_cancels_all_instances(harness):
    """It hangs on the activity as a whole."""
    event = boundary("t", "m", timer("timeDuration", "PT1M"))
    h = harness(process(user_task(multiple(over("n", "n"))), event, '<userTask id="y"/>', flows("f9| t -> y")))

    h.start(n=[1, 2, 3])
    h.complete("m")
    timers = h.timers()
    h.advance_clock(60)

    assert timers == [("t", 60.0)]
    assert h.active() == ["y"]
    assert set(h.variables()) == {"n"}


def test_boundary_event_that_does_not_interrupt_runs_beside_the_instances(harness):
    """The instances go on."""
    event = boundary("t", "m", timer("timeDuration", "PT1M"), interrupts=False)
    h = harness(process(user_task(multiple(loopCardinality="2")), event, '<userTask id="y"/>', flows("f9| t -> y")))

    h.start()
    h.advance_clock(60)

    assert h.open_tasks() == ["m", "m", "y"]


def test_error_of_one_instance_is_caught_at_the_activity(harness):
    """All other instances are canceled."""
    activity = f'<serviceTask id="m">{multiple(loopCardinality="3")}</serviceTask>'
    h = harness(process(activity, boundary("b", "m", error("E")), '<userTask id="y"/>', flows("f9| b -> y")))

    h.start()
    h.throw_error("m", "E")

    assert h.active() == ["y"]
    assert h.rows.jobs(h.root_id) == []


def test_canceled_instance_leaves_nothing(harness):
    """Items, results and instances go with the activity."""
    h = harness(process(user_task(multiple(over("n", "n"), sequential=True))))

    h.start(n=[1, 2, 3])
    h.complete("m")
    h.cancel()

    assert h.state == "CANCELED"
    assert {scope for scope, _ in h.rows.variables(h.root_id)} == {0}


@pytest.mark.parametrize("sequential", (False, True))
def test_sub_process_is_a_scope_for_each_instance(harness, sequential):
    """Each has its own tokens and variables."""
    marker = multiple(over("n", "item * 10"), sequential=sequential)
    body = f'<subProcess id="m">{marker}<userTask id="a"/><userTask id="b"/>{flows("f1| a -> b")}</subProcess>'
    h = harness(process(body))

    h.start(n=[1, 2])
    at_first = h.open_tasks()
    for _ in range(2):
        h.complete("a")
        h.complete("b")

    assert at_first == (["a"] if sequential else ["a", "a"])
    assert h.active() == ["z"]
    assert h.variables()["results"] == [10, 20]


def test_terminate_end_event_ends_one_instance_only(harness):
    """Its scope is the instance."""
    marker = multiple(loopCardinality="2")
    inside = '<userTask id="a"/><endEvent id="e"><terminateEventDefinition/></endEvent><userTask id="b"/>'
    h = harness(process(f'<subProcess id="m">{marker}{inside}{flows("f1| a -> e")}</subProcess>'))

    h.start()
    h.complete("a")
    half = h.open_tasks()
    h.complete("a")

    assert half == ["a", "b"]
    assert h.active() == ["z"]


@pytest.mark.parametrize("sequential", (False, True))
def test_call_activity_calls_a_process_for_each_instance(harness, sequential):
    """The called process sees the item; what belongs to the loop does not come back."""
    marker = multiple(over("n", "made"), sequential=sequential)
    h = harness(
        process(f'<callActivity id="m" calledElement="q">{marker}</callActivity>'),
        bpmn('<userTask id="a"/>', process="q"),
    )

    h.start(n=[1, 2], other=3)
    seen = [h.variables(row.seq) for row in h.rows.elements(h.root_id) if "definition" in row.data]
    h.complete("a", made="x", new=1)
    h.complete("a", made="y")

    assert seen[0] == {"loopCounter": 1, "item": 1, "made": None, "n": [1, 2], "other": 3}
    assert h.active() == ["z"]
    assert h.variables() == {"n": [1, 2], "other": 3, "new": 1, "results": ["x", "y"]}


def test_called_processes_end_by_the_completion_condition(harness):
    """The condition sees what is around the called process."""
    marker = multiple(loopCardinality="2", completionCondition="nrOfCompletedInstances == 1")
    mapped = '<extensionElements><camunda:in source="loopCounter" target="number"/></extensionElements>'
    h = harness(
        process(f'<callActivity id="m" calledElement="q">{mapped}{marker}</callActivity>'),
        bpmn('<userTask id="a"/>', process="q"),
    )

    h.start()
    numbers = [h.variables(row.seq)["number"] for row in h.rows.elements(h.root_id) if "definition" in row.data]
    h.complete("a")

    assert numbers == [1, 2]
    assert h.active() == ["z"]


def test_tasks_that_never_wait_are_done_at_once(harness):
    """Instances of a script task leave their results behind."""
    activity = (
        f'<scriptTask id="m" camunda:resultVariable="square"><script>${{item * item}}</script>'
        f"{multiple(over('n', 'square'))}</scriptTask>"
    )
    h = harness(process(activity))

    h.start(n=[1, 2, 3])

    assert h.active() == ["z"]
    assert h.variables() == {"n": [1, 2, 3], "results": [1, 4, 9]}


def test_failed_instance_is_an_incident_of_its_own(harness):
    """The others go on, and the activity is complete when it is repaired."""
    activity = (
        f'<scriptTask id="m" camunda:resultVariable="square"><script>${{item * factor}}</script>'
        f"{multiple(over('n', 'square'))}</scriptTask>"
    )
    h = harness(process(activity))

    h.start(n=[1, 2], factor="x")
    opened = len(h.incidents())
    h.resolve(factor=2)
    h.resolve()

    assert opened == 2
    assert h.variables()["results"] == [2, 4]
    assert h.active() == ["z"]


def test_results_nested_too_deep_are_an_incident(harness):
    """The collection of the deepest values that there are is no value any more."""
    deep: object = 1
    for _ in range(98):
        deep = [deep]
    h = harness(process(user_task(multiple(over("n", "result")))))

    h.start(n=[1])
    h.complete("m", result=[deep])

    assert [(found.element_id, found.reason) for found in h.incidents()] == [("m", "EXPRESSION_ERROR")]


def test_multi_instance_waits_for_its_start_quantity(harness):
    """Tokens are collected for the activity, and leave it, as for any other."""
    activity = f'<userTask id="m" startQuantity="2" completionQuantity="2">{multiple(loopCardinality="2")}</userTask>'
    body = f'<startEvent id="s"/><task id="a"/><task id="b"/>{activity}<userTask id="z"/>'
    h = harness(bpmn(body + flows("s -> a", "s -> b", "a -> m", "b -> m", "m -> z")))

    h.start()
    tasks = h.open_tasks()
    h.complete("m")
    h.complete("m")

    assert tasks == ["m", "m"]
    assert h.open_tasks() == ["z", "z"]


def test_many_instances_are_made_over_several_transactions(harness, monkeypatch):
    """A slice holds as many as its steps allow; the rest begins in the next."""
    monkeypatch.setattr(loop_body, "INSTANCES_PER_STEP", 2)
    h = harness(process(user_task(multiple(over("n", "item")))), limits=Limits(steps_per_slice=4))

    h.start(n=list(range(9)))
    tasks = len(h.open_tasks())
    for _ in range(9):
        h.complete("m")

    assert tasks == 9
    assert h.variables()["results"] == list(range(9))


def test_instances_beyond_the_step_limit_are_an_incident(harness, monkeypatch):
    """What has begun can end the activity; the incident goes with it."""
    monkeypatch.setattr(loop_body, "INSTANCES_PER_STEP", 1)
    marker = multiple(loopCardinality="9", completionCondition="nrOfCompletedInstances == 1")
    h = harness(process(user_task(marker)), limits=Limits(steps=4))

    h.start()
    reasons = [found.reason for found in h.incidents()]
    h.complete("m")

    assert reasons == ["STEP_LIMIT"]
    assert h.incidents() == []
    assert h.active() == ["z"]


def test_incident_of_the_step_limit_lets_more_instances_begin(harness, monkeypatch):
    """Resolved, the activity goes on where it stopped."""
    monkeypatch.setattr(loop_body, "INSTANCES_PER_STEP", 1)
    h = harness(process(user_task(multiple(loopCardinality="3"))), limits=Limits(steps=4))

    h.start()
    begun = len(h.open_tasks())
    h.resolve()

    assert begun < 3
    assert len(h.open_tasks()) == 3


def behave(behavior: str, event: str, *, interrupts: bool = False, more: str = "", inner: str = "") -> bytes:
    """Three user tasks in a row that throw events to a boundary event."""
    marker = multiple(inner, sequential=True, attributes=f'behavior="{behavior}" {more}', loopCardinality="3")
    thrown = '<signal id="sig" name="S"/><errorEventDefinition id="thrown" errorRef="E"/>'
    return process(
        user_task(marker), boundary("b", "m", event, interrupts=interrupts), '<userTask id="y"/>', flows("f9| b -> y")
    ).replace(b"<process", f"{thrown}<process".encode(), 1)


@pytest.mark.parametrize("behavior", ("none", "one"))
def test_error_thrown_by_an_instance_cancels_the_activity(harness, behavior):
    """An error boundary event always interrupts."""
    h = harness(behave(behavior, error("E"), interrupts=True, more=f'{behavior}BehaviorEventRef="thrown"'))

    h.start()
    h.complete("m")

    assert h.active() == ["y"]


@pytest.mark.parametrize(
    ("behavior", "code"), (("all", "E"), ("none", "other"), ("none", "")), ids=["all", "another event", "a signal"]
)
def test_event_that_nothing_catches_is_lost(harness, behavior, code):
    """Behavior All throws nothing; an event goes to those boundary events only that are of its kind and name."""
    reference = f'{behavior}BehaviorEventRef="thrown"' if code else ""
    h = harness(behave(behavior, error(code or "E"), interrupts=True, more=reference))

    h.start()
    for _ in range(3):
        h.complete("m")

    assert h.active() == ["z"]


def test_complex_behavior_throws_by_conditions(harness):
    """Each definition has its condition, which sees the counts."""
    definition = (
        "<complexBehaviorDefinition><condition>nrOfCompletedInstances == 2</condition>"
        '<event id="ev"><errorEventDefinition errorRef="E"/></event></complexBehaviorDefinition>'
        "<complexBehaviorDefinition><condition>false</condition>"
        '<event id="ev2"><errorEventDefinition errorRef="E"/></event></complexBehaviorDefinition>'
    )
    h = harness(behave("Complex", error("E"), interrupts=True, inner=definition))

    h.start()
    h.complete("m")
    once = h.active()
    h.complete("m")

    assert once == ["m", "m"]
    assert h.active() == ["y"]


def test_complex_behavior_without_event_throws_nothing(harness):
    """A definition that names no event is of no effect."""
    definition = "<complexBehaviorDefinition><condition>true</condition></complexBehaviorDefinition>"
    h = harness(behave("complex", error("E"), interrupts=True, inner=definition, more='oneBehaviorEventRef="thrown"'))

    h.start()
    for _ in range(3):
        h.complete("m")

    assert h.active() == ["z"]


SIGNAL = '<signalEventDefinition signalRef="sig"/>'


@pytest.mark.parametrize(
    ("behavior", "times"),
    (("none", 3), ("one", 1), ("all", 0), ("complex", 2)),
)
def test_signal_that_does_not_interrupt_runs_beside_the_instances(harness, behavior, times):
    """Each instance, the first one, none, or those that the condition chooses throw to the boundary event."""
    definition = (
        "<complexBehaviorDefinition><condition>nrOfCompletedInstances &gt; 1</condition>"
        f'<event id="ev">{SIGNAL}</event></complexBehaviorDefinition>'
    )
    h = harness(behave(behavior, SIGNAL, inner=definition))

    h.start()
    for _ in range(3):
        h.complete("m")

    assert h.active() == ["y"] * times + ["z"]


def test_receive_task_waits_once_for_each_instance(harness):
    """Each instance has its own subscription, and takes its own message."""
    activity = f'<receiveTask id="m" messageRef="msg">{multiple(over("n", "text"))}</receiveTask>'
    content = process(activity).replace(b"<process", b'<message id="msg" name="M"/><process', 1)
    h = harness(content)

    h.start(n=[1, 2])
    waiting = len(h.waiting())
    h.deliver("m", text="a")
    h.deliver("m", text="b")

    assert waiting == 2
    assert h.active() == ["z"]
    assert h.variables()["results"] == ["a", "b"]


def test_event_sub_process_listens_in_each_instance(harness):
    """It stands in the instance: what it interrupts is that instance only."""
    inside = (
        '<userTask id="a"/><subProcess id="x" triggeredByEvent="true">'
        f'<startEvent id="xs">{timer("timeDuration", "PT1M")}</startEvent></subProcess>'
    )
    h = harness(process(f'<subProcess id="m">{multiple(loopCardinality="2")}{inside}</subProcess>'))

    h.start()
    timers = h.timers()
    h.advance_clock(60)

    assert timers == [("xs", 60.0), ("xs", 60.0)]
    assert h.active() == ["z"]


def test_error_passes_the_event_sub_processes_of_an_instance_once(harness):
    """An event sub-process of another kind inside does not keep an error from the boundary event of the activity."""
    inside = (
        '<serviceTask id="a"/><subProcess id="x" triggeredByEvent="true">'
        f'<startEvent id="xs">{error("other")}</startEvent></subProcess>'
    )
    activity = f'<subProcess id="m">{multiple(loopCardinality="2")}{inside}</subProcess>'
    h = harness(process(activity, boundary("b", "m", error("E")), '<userTask id="y"/>', flows("f9| b -> y")))

    h.start()
    h.throw_error("a", "E")

    assert h.active() == ["y"]


def refusals(content: bytes) -> list[str]:
    compilation = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS)
    return [found.reason for found in compilation.findings if found.verdict.value == "refused"]


def test_behavior_that_is_none_is_refused():
    """There are four."""
    assert refusals(process(user_task(multiple(attributes='behavior="some"', loopCardinality="1")))) == [
        "behavior has to be None, One, All or Complex, not 'some' (table 10.30)"
    ]


def test_event_that_cannot_be_thrown_is_refused():
    """A timer is caught, never thrown."""
    content = process(user_task(multiple(attributes='behavior="one" oneBehaviorEventRef="t"', loopCardinality="1")))

    content = content.replace(b"<process", b'<timerEventDefinition id="t"/><process', 1)

    assert refusals(content) == ["a multi-instance does not throw timerEventDefinition (BPMN 2.0.2, table 10.30)"]


@pytest.mark.parametrize("seed", range(12))
def test_any_number_of_instances_ends_in_any_order(harness, seed):
    """Whatever the number, the order and the kind, all results are there and no token is left over."""
    chance = random.Random(seed)
    count = chance.randint(1, 12)
    sequential = chance.random() < 0.4
    stop = chance.choice([count + 1, chance.randint(1, count)])
    marker = multiple(
        over("n", "answer"), sequential=sequential, completionCondition=f"=numberOfCompletedInstances >= {stop}"
    )
    activity = chance.choice([user_task(marker), f'<subProcess id="m">{marker}<userTask id="a"/></subProcess>'])
    h = harness(process(activity))
    expected: list[int | None] = [None] * count

    h.start(n=list(range(count)))
    for _ in range(min(stop, count)):
        task = chance.choice([task for task in h.rows.user_tasks(h.root_id) if task.end_us is None])
        scope = task.seq if task.element_id == "m" else h.rows_by_seq()[task.seq].scope
        item = h.variables(scope)["item"]
        expected[item] = item * 7
        h.complete_task(task, answer=item * 7)

    assert h.active() == ["z"], f"seed {seed}"
    assert h.variables()["results"] == expected, f"seed {seed}"


@pytest.mark.parametrize(
    ("body", "reason"),
    (
        (
            (
                f'<task id="t"/><subProcess id="m" triggeredByEvent="true">{multiple(loopCardinality="2")}'
                f'<startEvent id="s">{timer("timeDuration", "PT1M")}</startEvent></subProcess>'
            ),
            "what an event starts cannot loop (BPMN 2.0.2, 10.3.5 and 10.3.3)",
        ),
        (
            f'<receiveTask id="m" instantiate="true">{multiple(loopCardinality="2")}</receiveTask>',
            "what an event starts cannot loop (BPMN 2.0.2, 10.3.5 and 10.3.3)",
        ),
        (
            f'<eventBasedGateway id="g"/><receiveTask id="m">{multiple(loopCardinality="2")}</receiveTask>'
            + flows("g -> m"),
            "a receive task behind an event-based gateway cannot loop (BPMN 2.0.2, 10.6.6)",
        ),
    ),
    ids=("event sub-process", "instantiating receive task", "behind an event-based gateway"),
)
def test_what_an_event_starts_cannot_loop(body, reason):
    """There would be no activity for the instances to be in."""
    assert reason in refusals(bpmn(body))


def test_instances_that_are_canceled_before_they_begin_make_no_work(harness):
    """Their scope is terminated in the same transaction."""
    inside = '<endEvent id="e"><terminateEventDefinition/></endEvent><task id="t"/><task id="u"/>'
    inside += user_task(multiple(loopCardinality="3")) + flows("t -> u", "u -> e")
    body = f'<startEvent id="s"/><subProcess id="sub">{inside}</subProcess><userTask id="z"/>'
    h = harness(bpmn(body + flows("in| s -> sub", "out| sub -> z")))

    h.start()

    assert h.active() == ["z"]
    assert [task.element_id for task in h.rows.user_tasks(h.root_id)] == ["z"]
