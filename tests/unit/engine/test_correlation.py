"""Correlation of messages by what they carry (BPMN 2.0.2, 8.4.2)."""

from __future__ import annotations

import pytest

from tests.support.harness import (
    boundary,
    bpmn,
    catch_event,
    event,
    event_sub_process,
    extensions,
    flows,
    throw_event,
)
from tests.unit.engine.verdicts import program, remarks


def retrieved(message: str, path: str) -> str:
    """A retrieval expression."""
    return (
        f'<correlationPropertyRetrievalExpression messageRef="{message}_message"><messagePath>{path}</messagePath>'
        "</correlationPropertyRetrievalExpression>"
    )


MESSAGES = "".join(f'<message id="{name}_message" name="{name}"/>' for name in "MNO")
PROPERTIES = (
    f'<correlationProperty id="order">{retrieved("M", "${order.id}")}{retrieved("N", "= no")}</correlationProperty>'
    f'<correlationProperty id="customer">{retrieved("M", "${order.customer}")}{retrieved("N", "= who")}'
    "</correlationProperty>"
)
KEY = (
    '<collaboration id="co"><correlationKey id="key"><correlationPropertyRef>order</correlationPropertyRef>'
    "<correlationPropertyRef>customer</correlationPropertyRef></correlationKey></collaboration>"
)
DECLARED = MESSAGES + PROPERTIES + KEY
BOUND = (
    '<correlationSubscription id="cs">'
    '<correlationPropertyBinding correlationPropertyRef="customer"><dataPath>= buyer</dataPath>'
    "</correlationPropertyBinding>"
    '<correlationPropertyBinding correlationPropertyRef="order"><dataPath>${number}</dataPath>'
    "</correlationPropertyBinding></correlationSubscription>"
)
WAITS = '<startEvent id="s"/>' + catch_event("c", event("message", "M")) + flows("s -> c")


def keys(h) -> dict[str, str]:
    """The key that each event waits for."""
    return {row.element_id: row.key for row in h.rows.subscriptions(h.root_id)}


def test_key_of_several_properties_holds_all_of_them(harness):
    """In the order of the correlation key, as the data of the process says."""
    h = harness(bpmn(BOUND + WAITS, extra=DECLARED))

    h.start(number=17, buyer="ann")

    assert keys(h) == {"c": '["17","ann"]'}


@pytest.mark.parametrize("variables", ({"number": 17, "buyer": None}, {"number": "", "buyer": "ann"}))
def test_property_without_a_value_is_no_key_to_wait_for(harness, variables):
    """What is to be waited for has to be known: an incident says so."""
    h = harness(bpmn(BOUND + WAITS, extra=DECLARED))

    h.start(**variables)

    assert [incident.reason for incident in h.incidents()] == ["CORRELATION_KEY"]


def test_first_message_that_is_received_gives_the_conversation_its_key(harness):
    """From then on each message of the conversation has to have it; another conversation's does not matter."""
    body = (
        '<startEvent id="s"/>'
        + "".join(
            catch_event(name, event("message", message)) for name, message in (("c", "M"), ("d", "N"), ("e", "O"))
        )
        + flows("s -> c", "c -> d", "c -> e")
    )
    h = harness(bpmn(body, extra=DECLARED))

    h.start()
    before = keys(h)
    h.deliver("M", order={"id": 1, "customer": "ann"})

    assert before == {"c": ""}
    assert keys(h) == {"d": '["1","ann"]', "e": ""}
    h.cancel()


def test_first_message_that_is_sent_gives_the_conversation_its_key(harness):
    """Also to those who wait already; what is sent later by the same conversation has it too."""
    sends = extensions(inputs=["first -> no", "= whom -> who"]) + event("message", "N")
    inner = event_sub_process("es", event("message", "M"), interrupts=False)
    body = (
        '<startEvent id="s"/><userTask id="a"/><subProcess id="sp"><userTask id="u"/></subProcess>'
        + boundary("b", "a", event("message", "N"), interrupts=False)
        + boundary("o", "a", event("message", "O"), interrupts=False)
        + boundary("x", "a", event("signal", "S"), interrupts=False)
        + '<userTask id="w"/>'
        + throw_event("t", sends)
        + throw_event("again", event("message", "N"))
        + inner
        + flows("s -> a", "s -> w", "w -> t", "t -> again")
    )
    h = harness(bpmn(body, extra=DECLARED + '<signal id="S_signal" name="S"/>'))

    h.start(first=5, whom="bob", no=None, who=None)
    before = keys(h)
    h.complete("w")

    assert set(before.values()) == {""}
    assert keys(h) == {"b": '["5","bob"]', "es_start": '["5","bob"]', "o": "", "x": ""}
    assert [message.key for message in h.messages] == ['["5","bob"]'] * 2


def test_message_that_lacks_a_property_is_of_no_conversation(harness):
    """Nor is one that holds something else there; the business key decides as before."""
    body = '<startEvent id="s"/>' + catch_event("c", event("message", "M")) + catch_event("d", event("message", "N"))
    for order in ({"id": 1}, {"id": 1, "customer": ["ann"]}, None):
        h = harness(bpmn(body + flows("s -> c", "c -> d"), extra=DECLARED))
        h.start()
        h.deliver("M", **({} if order is None else {"order": order}))

        assert keys(h) == {"d": ""}


def test_event_that_receives_again_keeps_the_first_key(harness):
    """The key of a conversation does not change; an event of several definitions takes it from the one that came."""
    both = event("message", "M") + event("message", "N") + event("message", "O")
    body = '<startEvent id="s"/><userTask id="a"/><task id="z"/>' + boundary("b", "a", both, interrupts=False)
    h = harness(bpmn(body + flows("s -> a", "b -> z"), extra=DECLARED))

    h.start()
    h.deliver("O", order={"id": 0, "customer": "x"})
    nothing = sorted(row.key for row in h.rows.subscriptions(h.root_id))
    h.deliver("N", no=2, who="eve")
    h.deliver("N", no=3, who="ann")

    assert nothing == ["", "", ""]
    assert sorted(row.key for row in h.rows.subscriptions(h.root_id)) == ["", '["2","eve"]', '["2","eve"]']


def test_called_process_has_conversations_of_its_own(harness):
    """They end with it; a key of its own stays with each of them."""
    inner = bpmn(
        '<startEvent id="i"/>'
        + catch_event("c", event("message", "M"))
        + catch_event("d", event("message", "N"))
        + flows("i -> c", "c -> d"),
        process="q",
        extra=DECLARED,
    )
    outer = bpmn(
        '<startEvent id="s"/><callActivity id="call" calledElement="q"/>'
        + catch_event("first", event("message", "M"))
        + catch_event("after", event("message", "N"))
        + flows("s -> call", "s -> first", "call -> after"),
        extra=DECLARED,
    )
    h = harness(outer, inner)

    h.start()
    h.deliver("c", order={"id": 1, "customer": "ann"})
    waiting = keys(h)
    h.deliver("first", order={"id": 2, "customer": "eve"})
    h.deliver("d", no=1, who="ann")

    assert waiting == {"d": '["1","ann"]', "first": ""}
    assert keys(h) == {"after": '["2","eve"]'}
    assert {scope for scope, _ in h.rows.variables(h.root_id) if scope < 0} == {-1}


def test_message_that_starts_an_instance_begins_its_conversation(harness):
    """What comes next has to have its key."""
    body = f'<startEvent id="s">{event("message", "M")}</startEvent>' + catch_event("d", event("message", "N"))
    h = harness(bpmn(body + flows("s -> d"), extra=DECLARED))

    h.start_at("s", order={"id": 9, "customer": "ann"})

    assert keys(h) == {"d": '["9","ann"]'}


def test_key_is_read_from_what_a_message_carries():
    """A process says so of the messages that it waits for, in loops too."""
    loop = '<receiveTask id="r" messageRef="M_message"><standardLoopCharacteristics loopMaximum="2"/></receiveTask>'
    made = program(bpmn('<startEvent id="s"/>' + loop + throw_event("t", event("message", "N")), extra=DECLARED))

    assert set(made.correlations) == {"M"}
    assert made.correlations["M"].of_message({"order": '{"id":1,"customer":"ann"}'}, 0) == '["1","ann"]'


def test_properties_that_no_key_names_together_are_left_to_the_business_key():
    """The verdict says so, as it does of one that cannot be read."""
    several = remarks(bpmn(WAITS, extra=MESSAGES + PROPERTIES))
    unreadable = remarks(bpmn(WAITS, extra=DECLARED.replace("${order.id}", "${order.}")))

    (remark,) = several
    assert remark == (
        "several properties correlate the message and no correlation key names them together: the business key decides "
        "(BPMN 2.0.2, 8.4.2)"
    )
    assert unreadable[0].startswith("the correlation property '${order.}' cannot be read, the business key decides")
