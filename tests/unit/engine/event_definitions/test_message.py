"""Message event definition (BPMN 2.0.2, 10.5.6 and 8.4.2)."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.engine.changes import ThrownMessage
from bpmgrpc.engine.process_start import event_starts
from tests.support.harness import boundary, bpmn, catch_event, declared, event, extensions, flows, throw_event
from tests.unit.engine.verdicts import program, refusals, remarks

DECLARED = declared("M", "N")
KEYED = declared("M", correlation="=order.id")


def test_catch_event_waits_for_a_message_with_its_correlation_key(harness):
    """The key is worked out when the event begins to wait; a number is written out."""
    h = harness(bpmn('<startEvent id="s"/>' + catch_event("c", event("message", "M")) + flows("s -> c"), extra=KEYED))

    h.start(order={"id": 17})

    assert [(row.name, row.key, row.app_name) for row in h.rows.subscriptions(h.root_id)] == [("M", "17", "app")]


def test_correlation_key_without_a_value_is_an_incident(harness):
    """Nothing could ever equal it; the event is tried again when the incident is resolved."""
    h = harness(bpmn('<startEvent id="s"/>' + catch_event("c", event("message", "M")) + flows("s -> c"), extra=KEYED))

    h.start(order={"id": None})
    failed = [row.reason for row in h.incidents()]
    h.resolve(order={"id": "o1"})

    assert failed == ["CORRELATION_KEY"]
    assert [row.key for row in h.rows.subscriptions(h.root_id)] == ["o1"]


def test_event_without_a_correlation_key_is_known_by_the_business_key(harness):
    """The business key of the instance that waits stands beside the subscription."""
    content = bpmn('<startEvent id="s"/>' + catch_event("c", event("message", "M")) + flows("s -> c"), extra=DECLARED)
    h = harness(content)

    h.submit(commands.StartInstance(h.root_id, h.first, business_key="b1"))

    assert [(row.key, row.business_key) for row in h.rows.subscriptions(h.root_id)] == [("", "b1")]


def test_variables_of_a_message_come_in_by_the_output_mappings(harness):
    """Without mappings each goes to the nearest scope that has one of its name, else to the instance."""
    mapped = catch_event("c", extensions(outputs=["a + b -> sum"]) + event("message", "M"))
    plain = catch_event("d", event("message", "N"))
    h = harness(bpmn(f'<startEvent id="s"/>{mapped}{plain}' + flows("s -> c", "s -> d"), extra=DECLARED))

    h.start()
    h.deliver("c", a=1, b=2)
    h.deliver("d", x=3)

    assert h.variables() == {"sum": 3, "x": 3}
    assert h.state == "COMPLETED"


def test_message_interrupts_an_activity(harness):
    """A boundary event takes the message and its variables."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="h"/><userTask id="z"/>'
            + boundary("b", "h", event("message", "M"))
            + flows("s -> h", "b -> z"),
            extra=DECLARED,
        )
    )

    h.start()
    h.deliver("b", x=1)

    assert h.active() == ["z"]
    assert h.variables() == {"x": 1}
    assert h.waiting() == []


def test_boundary_event_that_does_not_interrupt_takes_one_message_after_the_other(harness):
    """It goes on to wait until its activity ends."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="h"/><userTask id="z"/>'
            + boundary("b", "h", event("message", "M"), interrupts=False)
            + flows("s -> h", "b -> z"),
            extra=DECLARED,
        )
    )

    h.start()
    h.deliver("b")
    h.deliver("b")
    open_tasks = h.open_tasks()
    h.complete("h")

    assert open_tasks == ["h", "z", "z"]
    assert h.waiting() == []


def test_throw_event_sends_what_its_input_mappings_choose(harness):
    """The message has the business key of its instance."""
    h = harness(
        bpmn(
            '<startEvent id="s"/>'
            + throw_event("t", extensions(inputs=["x -> y"]) + event("message", "M"))
            + f'<endEvent id="e">{event("message", "N")}</endEvent>'
            + flows("s -> t", "t -> e"),
            extra=DECLARED,
        )
    )

    h.submit(commands.StartInstance(h.root_id, h.first, {"x": "1.50"}, business_key="b1"))

    assert h.messages == [ThrownMessage("app", "M", "b1", {"y": "1.50"}), ThrownMessage("app", "N", "b1", {})]
    assert h.state == "COMPLETED"


def test_thrown_message_has_the_key_that_its_definition_gives(harness):
    """The correlation key of the message is worked out where it is thrown."""
    h = harness(bpmn('<startEvent id="s"/>' + throw_event("t", event("message", "M")) + flows("s -> t"), extra=KEYED))

    h.start(order={"id": "o1"})

    assert h.messages == [ThrownMessage("app", "M", "o1", {})]


@pytest.mark.parametrize("kind", ("intermediateThrowEvent", "endEvent"))
def test_message_that_a_vendor_sends_by_a_program_is_a_job(harness, kind):
    """A worker sends it, and the token goes on when the job is done."""
    job = '<extensionElements><zeebe:taskDefinition type="send it"/></extensionElements>'
    body = f'<startEvent id="s"/><{kind} id="t">{job}{event("message", "M")}</{kind}>' + flows("s -> t")
    h = harness(bpmn(body, extra=DECLARED))

    h.start()
    job_type = h.job("t").type
    h.complete_job("t")

    assert (job_type, h.messages) == ("send it", [])
    assert h.state == "COMPLETED"


def test_job_that_sends_a_message_goes_with_its_scope(harness):
    """An event that could not throw, and waits with an incident, goes as well; it has no job."""
    job = '<extensionElements><zeebe:taskDefinition type="send it"/></extensionElements>'
    failing = throw_event("u", extensions(inputs=["1 / x -> y"]) + event("message", "M"))
    body = f'<startEvent id="s"/>{throw_event("t", job + event("message", "M"))}{failing}'
    h = harness(bpmn(body + flows("s -> t", "s -> u"), extra=DECLARED))

    h.start(x=0)
    h.cancel()

    assert h.rows.jobs(h.root_id) == []
    assert h.incidents() == []


CORRELATED = (
    '<message id="M_message" name="M"/><correlationProperty id="order">'
    '<correlationPropertyRetrievalExpression messageRef="M_message"><messagePath>${number}</messagePath>'
    "</correlationPropertyRetrievalExpression></correlationProperty>"
)
SUBSCRIBED = (
    '<correlationSubscription id="cs"><correlationPropertyBinding correlationPropertyRef="order">'
    "<dataPath>${order.id}</dataPath></correlationPropertyBinding></correlationSubscription>"
)


def test_correlation_subscription_gives_the_key(harness):
    """The waiting side reads its own data, the sending side what it sends (BPMN 2.0.2, 8.4.2)."""
    send = throw_event("t", extensions(inputs=["order.id -> number"]) + event("message", "M"))
    body = f'{SUBSCRIBED}<startEvent id="s"/>{send}{catch_event("c", event("message", "M"))}' + flows(
        "s -> t", "t -> c"
    )
    h = harness(bpmn(body, extra=CORRELATED))

    h.start(order={"id": 17})

    assert [row.key for row in h.rows.subscriptions(h.root_id)] == ["17"]
    assert h.messages == [ThrownMessage("app", "M", "17", {"number": "17"})]


def test_correlation_property_that_cannot_be_read_is_left_to_the_business_key(harness):
    """The verdict says so; the file is not refused for it."""
    body = f'{SUBSCRIBED}<startEvent id="s"/>{catch_event("c", event("message", "M"))}' + flows("s -> c")
    content = bpmn(body.replace("${order.id}", "${order.}"), extra=CORRELATED)
    h = harness(content)

    h.start()

    assert [row.key for row in h.rows.subscriptions(h.root_id)] == [""]
    (remark,) = remarks(content)
    assert remark.startswith("the correlation property '${order.}' cannot be read, the business key decides")


def test_send_task_with_a_message_flow_sends_its_message(harness):
    """It names a message and no job, and a message flow leads away from it."""
    send = '<sendTask id="t" messageRef="M_message" operationRef="op"/>'
    flow = '<collaboration id="c"><messageFlow id="f" sourceRef="t" targetRef="x"/></collaboration>'
    interface = '<interface id="i"><operation id="op" name="send it"/></interface>'
    h = harness(bpmn('<startEvent id="s"/>' + send + flows("s -> t"), extra=DECLARED + interface + flow))

    h.start()

    assert h.messages == [ThrownMessage("app", "M", "", {})]
    assert h.state == "COMPLETED"


def test_message_starts_a_process():
    """A message start event says which message starts instances; several start events stand side by side."""
    body = (
        f'<startEvent id="s">{event("message", "M")}</startEvent><startEvent id="n"/>'
        f'<startEvent id="t">{event("signal", "N")}</startEvent><userTask id="a"/>'
        + flows("s -> a", "t -> a", "n -> a")
    )

    made = program(bpmn(body, extra=DECLARED))

    assert event_starts(made) == [("s", "MESSAGE", "M", 0, ""), ("t", "SIGNAL", "N", 0, "")]
    assert [node.id for node in made.starts] == ["n"]


def test_name_that_reads_variables_is_refused_at_a_start_event():
    """Before there is an instance there are none."""
    extra = '<message id="n_message" name="go-${who}"/>'
    body = f'<startEvent id="s">{event("message", "n")}</startEvent>'

    assert refusals(bpmn(body, extra=extra)) == [
        "the message of a start event cannot read variables: there are none yet"
    ]


def test_message_without_a_name_is_refused():
    """Nothing could be received."""
    assert refusals(bpmn('<startEvent id="s"/>' + catch_event("c", event("message")))) == [
        "the message name is missing (BPMN 2.0.2, 10.5.5)"
    ]
