"""Replays what callers saw against what the database holds.

Rule of this file: the model is the contract's promise, in counts. What was acknowledged is there once. What was refused
is not there. What happens by itself (a timer, a message that is received) happened once. Nothing rests without a
reason: an instance has ended, waits, or has an incident.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults import models
from tests.faults.history import OK, UNANSWERED, Call, History

COMPLETED, ACTIVE = "STATE_COMPLETED", "STATE_ACTIVE"

# The method of a caller, and the event that it leaves in the history.
EVENT_OF = {
    "Claim": "USER_TASK_CLAIMED",
    "Unclaim": "USER_TASK_UNCLAIMED",
    "Complete": "USER_TASK_COMPLETED",
    "CompleteJob": "JOB_COMPLETED",
}
# Refusals that the model knows: the rival was first; another worker has, or did, the job.
REFUSALS = {
    "Claim": {"FAILED_PRECONDITION", "PERMISSION_DENIED"},
    "CompleteJob": {"FAILED_PRECONDITION", "NOT_FOUND"},
}


@dataclass(slots=True)
class Order:
    """A root instance as the database has it.

    Attributes:
        instance: Its id.
        key: Its business key.
        state: Its state.
        incidents: How many are open.
        elements: Ids of the elements that are active.
        events: What happened: type, element and user, in order.
    """

    instance: str
    key: str
    state: str
    incidents: int
    elements: Sequence[str]
    events: Sequence[tuple[str, str, str]]


@dataclass(slots=True)
class Findings:
    """What the checker found; all lists are empty where the promise was kept.

    Attributes:
        lost: Acknowledged effects that are missing.
        doubled: Effects that are there more often than they were acknowledged, or twice where once is right.
        other: Answers and states that no answer and no state may be.
    """

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """All findings, each with its kind."""
        kinds = (("lost", self.lost), ("doubled", self.doubled), ("other", self.other))
        return [f"{kind}: {text}" for kind, texts in kinds for text in texts]


def check(history: History, orders: Sequence[Order]) -> Findings:
    """Compares what callers saw with what is there.

    Args:
        history: The calls of the run, all ended.
        orders: All root instances.
    """
    findings = Findings(other=list(history.complaints))
    calls: Mapping[str, list[Call]] = _by_key(history.calls)
    found: Mapping[str, list[Order]] = _by_key(orders)
    for call in history.calls:
        findings.other += _answers(call)
    for key in sorted(set(calls) | set(found)):
        _instances(key, calls[key], found[key], findings)
        for order in found[key]:
            _effects(order, calls[key], findings)
            _by_itself(order, calls[key], findings)
            findings.other += _rest(order)
    return findings


def _by_key(items: Sequence[Any]) -> Mapping[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for item in items:
        if item.key:
            groups[item.key].append(item)
    return groups


def _answers(call: Call) -> Iterator[str]:
    """Every copy of a request has the answer of the first, and an answer is one that the contract knows."""
    name = f"{call.method} of {call.key} ({call.request_id})"
    if call.code == UNANSWERED:
        yield f"{name} was never answered: {Counter(call.attempts)}"
    elif call.code != OK and call.code not in REFUSALS.get(call.method, ()):
        yield f"{name} was answered {call.code} {call.reason} after {call.attempts}"
    for code, answer in call.others:
        # Only success is kept: why a call is refused may change while copies of it are under way.
        refused = {code, call.code} <= REFUSALS.get(call.method, set())
        if code != call.code and not refused:
            yield f"{name} was answered {call.code}, its copy {code}"
        elif code == call.code == OK and not _same(answer, call.answer):
            yield f"{name} and its copy were answered differently: {call.answer} {answer}"


def _same(one: Any, other: Any) -> bool:
    first, second = (message.SerializeToString(deterministic=True) for message in (one, other))
    return bool(first == second)


def _instances(key: str, calls: Sequence[Call], orders: Sequence[Order], findings: Findings) -> None:
    starts = sum(call.method == "Start" and call.code == OK for call in calls)
    if len(orders) < starts:
        findings.lost.append(f"the instance of {key}")
    if len(orders) > max(1, starts):
        findings.doubled.append(f"{len(orders)} instances of {key}")


def _effects(order: Order, calls: Sequence[Call], findings: Findings) -> None:
    """Each acknowledged call left its one event."""
    there: Counter[tuple[str, str]] = Counter()
    for type_, _, user in order.events:
        there[type_, user if type_ == "USER_TASK_CLAIMED" else ""] += 1
    expected: Counter[tuple[str, str]] = Counter()
    for call in calls:
        if call.done and call.method in EVENT_OF:
            type_ = EVENT_OF[call.method]
            expected[type_, call.user if type_ == "USER_TASK_CLAIMED" else ""] += 1
    for effect in expected.keys() | {key for key in there if key[0] in EVENT_OF.values()}:
        name = f"{effect[0]} {effect[1]} of {order.key}: {expected[effect]} acknowledged, {there[effect]} there"
        if there[effect] < expected[effect]:
            findings.lost.append(name)
        elif there[effect] > expected[effect]:
            findings.doubled.append(name)
    owner = ""
    for type_, _, user in order.events:
        if type_ == "USER_TASK_CLAIMED":
            if owner:
                findings.doubled.append(f"the task of {order.key} belonged to {owner} and {user}")
            owner = user
        elif type_ == "USER_TASK_UNCLAIMED":
            owner = ""


def _by_itself(order: Order, calls: Sequence[Call], findings: Findings) -> None:
    """No element ran twice; timer and message came once, and did come where the instance is through."""
    ended = Counter(element for type_, element, _ in order.events if type_ == "ELEMENT_COMPLETED")
    findings.doubled += [f"{element} of {order.key} ran {n} times" for element, n in ended.items() if n > 1]
    types = Counter(type_ for type_, _, _ in order.events)
    for type_ in ("TIMER_FIRED", "EVENT_RECEIVED", "INSTANCE_COMPLETED", "INSTANCE_STARTED"):
        if types[type_] > 1:
            findings.doubled.append(f"{types[type_]} {type_} of {order.key}")
    published = any(call.method == "Publish" and call.code == OK for call in calls)
    through = types["JOB_COMPLETED"] > 0
    if through and not types["TIMER_FIRED"]:
        findings.lost.append(f"the timer of {order.key}")
    if through and published and not types["EVENT_RECEIVED"]:
        findings.lost.append(f"the message of {order.key}")


def _rest(order: Order) -> Iterator[str]:
    """An instance has ended, waits for somebody, or has an incident."""
    if order.state == COMPLETED:
        if order.elements:
            yield f"{order.key} has ended, but {order.elements} are active"
    elif order.state != ACTIVE:
        yield f"{order.key} is {order.state}"
    elif not order.incidents and not set(order.elements) & {models.TASK, models.JOB, models.TIMER, models.CATCH}:
        yield f"{order.key} neither ended nor waits: {order.elements}"
