"""The checker finds what is planted: each kind of harm that the fault tests look for."""

from collections.abc import Callable

import pytest

from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.faults import models
from tests.faults.checker import Order, check
from tests.faults.history import OK, Call, History

Plant = Callable[[History, list[Order]], None]

EVENTS = [
    ("INSTANCE_STARTED", "", ""),
    ("USER_TASK_CLAIMED", models.TASK, "ann"),
    ("USER_TASK_COMPLETED", models.TASK, "ann"),
    ("ELEMENT_COMPLETED", models.TASK, ""),
    ("JOB_COMPLETED", models.JOB, ""),
    ("ELEMENT_COMPLETED", models.JOB, ""),
    ("TIMER_FIRED", models.TIMER, ""),
    ("EVENT_RECEIVED", models.CATCH, ""),
    ("INSTANCE_COMPLETED", "", ""),
]


def answered(history: History, method: str, code: str = OK, user: str = "") -> Call:
    call = history.begin(method, key="k", request_id=f"{method}:{user}", user=user)
    call.code = code
    call.answer = pb.StartProcessInstanceResponse()
    return call


def sound() -> tuple[History, list[Order]]:
    """A history and what the database then holds."""
    history = History()
    for method in ("Start", "Complete", "CompleteJob", "Publish"):
        answered(history, method)
    answered(history, "Claim", user="ann")
    answered(history, "Claim", "FAILED_PRECONDITION", "bob")
    return history, [Order("i", "k", "STATE_COMPLETED", 0, [], list(EVENTS))]


def without(event: str) -> Plant:
    def plant(history: History, orders: list[Order]) -> None:
        orders[0].events = [found for found in EVENTS if found[0] != event]

    return plant


def twice(event: str) -> Plant:
    def plant(history: History, orders: list[Order]) -> None:
        orders[0].events = [*EVENTS, *(found for found in EVENTS if found[0] == event)]

    return plant


def rests(history: History, orders: list[Order]) -> None:
    orders[0].state = "STATE_ACTIVE"
    orders[0].elements = [models.GATEWAY]


def copy_answered(history: History, orders: list[Order]) -> None:
    other = pb.StartProcessInstanceResponse()
    other.process_instance.process_instance_id = "another"
    history.calls[0].others.append((OK, other))


def both_claimed(history: History, orders: list[Order]) -> None:
    history.calls[-1].code = OK
    orders[0].events = [*EVENTS[:2], ("USER_TASK_CLAIMED", models.TASK, "bob"), *EVENTS[2:]]


PLANTS: dict[str, tuple[str, Plant]] = {
    "instance missing": ("lost", lambda _history, orders: orders.clear()),
    "instance twice": ("doubled", lambda _history, orders: orders.append(orders[0])),
    "claim missing": ("lost", without("USER_TASK_CLAIMED")),
    "completion missing": ("lost", without("USER_TASK_COMPLETED")),
    "job missing": ("lost", without("JOB_COMPLETED")),
    "job twice": ("doubled", twice("JOB_COMPLETED")),
    "timer missing": ("lost", without("TIMER_FIRED")),
    "timer twice": ("doubled", twice("TIMER_FIRED")),
    "message missing": ("lost", without("EVENT_RECEIVED")),
    "message twice": ("doubled", twice("EVENT_RECEIVED")),
    "element twice": ("doubled", twice("ELEMENT_COMPLETED")),
    "two owners": ("doubled", both_claimed),
    "rest without reason": ("other", rests),
    "copy answered otherwise": ("other", copy_answered),
    "no answer": ("other", lambda history, _orders: setattr(history.calls[3], "code", "")),
    "unknown error": ("other", lambda history, _orders: setattr(history.calls[3], "code", "INTERNAL")),
    "complaint of a caller": ("other", lambda history, _orders: history.complaints.append("no open task")),
}


def test_sound_run_has_no_findings() -> None:
    """What was acknowledged is there once, what was refused is not: nothing is found."""
    assert check(*sound()).all() == []


@pytest.mark.parametrize("name", PLANTS)
def test_planted_harm_is_found(name: str) -> None:
    """Each kind of loss, doubling and wrong answer is found as what it is."""
    kind, plant = PLANTS[name]
    history, orders = sound()
    plant(history, orders)

    found = check(history, orders).all()

    assert [text for text in found if text.startswith(kind)], found


def test_refused_claim_that_acted_is_doubled() -> None:
    """A claim that was refused, but stands in the history, is an effect that nobody was told of."""
    history, orders = sound()
    orders[0].events = [*EVENTS[:1], ("USER_TASK_CLAIMED", models.TASK, "bob"), *EVENTS[2:]]

    found = check(history, orders)

    assert (len(found.lost), len(found.doubled)) == (1, 1)


def test_refusals_may_differ() -> None:
    """Only success is kept, so copies of a refused call may be refused for another reason."""
    history, orders = sound()
    job = answered(history, "CompleteJob", "NOT_FOUND", "slow")
    job.others.append(("FAILED_PRECONDITION", None))

    assert check(history, orders).all() == []
