"""Start events of a process that wait for several events at once (BPMN 2.0.2, 10.5.2)."""

from __future__ import annotations

import pytest

from bpmgrpc import values
from bpmgrpc.engine.expressions import compile_expression
from bpmgrpc.engine.gathering import Occurrence, complete, conditions_of, is_kept, wanted
from bpmgrpc.engine.state import SubscriptionKind
from tests.support.harness import bpmn, declared, event, timer
from tests.unit.engine.verdicts import program

MESSAGE, SIGNAL, TIMER = SubscriptionKind.MESSAGE, SubscriptionKind.SIGNAL, SubscriptionKind.TIMER
M, N, S, T = (MESSAGE, "M"), (MESSAGE, "N"), (SIGNAL, "S"), (TIMER, "")
ALL = ' parallelMultiple="true"'
EVENTS = event("message", "M") + event("signal", "S") + timer("timeDuration", "PT1M")


def occurred(*texts: str) -> list[Occurrence]:
    """Occurrences from texts such as "M k" (a message with a key), "S" or "T", the oldest first."""
    kinds = {"M": M, "N": N, "S": S, "T": T}
    return [
        Occurrence(number, *kinds[name], key)
        for number, (name, _, key) in enumerate((text.partition(" ") for text in texts), 1)
    ]


@pytest.mark.parametrize(
    ("slots", "texts", "numbers"),
    (
        ((M, N), ("M a", "N a"), [1, 2]),
        ((M, N), ("M a", "N b"), None),
        ((M, N), ("M a", "M b", "N b"), [2, 3]),
        ((M, N), ("M a", "M a", "N a"), [1, 3]),
        ((M, N), ("M", "M b", "N b"), [2, 3]),
        ((M, N), ("M", "N b"), [1, 2]),
        ((M, N), ("M b", "M", "N"), [1, 3]),
        ((M, N, S), ("M a", "N b", "S"), None),
        ((M, N, S), ("M a", "N b", "S", "N a"), [1, 3, 4]),
        ((M, N, S), ("M a", "M b", "N b", "S"), [2, 3, 4]),
        ((M, S), ("S", "M a"), [1, 2]),
        ((M, S), ("M a", "M b", "S"), [1, 3]),
        ((M, S), ("M a", "N a"), None),
        ((M, T), ("T", "M"), [1, 2]),
        ((S, T), ("T", "S"), [1, 2]),
        ((M, M), ("M a",), None),
        ((M, M), ("M a", "M a"), [1, 2]),
        ((M,), ("S",), None),
    ),
)
def test_set_is_complete_with_what_belongs_together(slots, texts, numbers):
    """Messages of one key, and what has no key; the oldest of those that fit."""
    *waiting, new = occurred(*texts)

    found = complete(slots, waiting, new)

    assert (None if found is None else [one.number for one in found]) == numbers


@pytest.mark.parametrize(
    ("texts", "kept"),
    (
        (("M a", "M a"), True),
        (("M", "S"), True),
        (("S", "S"), False),
        (("T", "T"), False),
        (("S", "T"), True),
        (("N",), False),
    ),
)
def test_signal_or_time_that_is_there_already_is_not_kept_twice(texts, kept):
    """Each message waits for a set of its own; what nobody wants is not kept."""
    *waiting, new = occurred(*texts)

    assert is_kept((M, S, T), waiting, new) is kept


def brings(number: int, name: str, **variables: int) -> Occurrence:
    """An occurrence of one key that brings something along."""
    kind, text = {"M": M, "N": N}[name]
    return Occurrence(number, kind, text, "k", values.join_members({key: str(one) for key, one in variables.items()}))


@pytest.mark.parametrize(
    ("events", "numbers"),
    (
        ((brings(1, "M", x=3), brings(2, "N")), [1, 2]),
        ((brings(1, "M", x=1), brings(2, "N")), None),
        ((brings(1, "M", x=1), brings(2, "N", x=3)), [1, 2]),
        ((brings(1, "M"), brings(2, "N")), None),
        ((brings(1, "M", x=1), brings(2, "N"), brings(3, "M", x=3)), [2, 3]),
        ((brings(1, "M", x=1), brings(2, "M", x=3), brings(3, "N")), [2, 3]),
        ((brings(1, "M", x=3), brings(2, "M", x=3), brings(3, "N")), [1, 3]),
    ),
)
def test_condition_is_about_all_that_a_set_brings_along(events, numbers):
    """A set that does not make it true waits; a later event of the key may."""
    *waiting, new = events
    conditions = [compile_expression("x > 2"), compile_expression("x < 5")]

    found = complete((M, N), waiting, new, conditions)

    assert (None if found is None else [one.number for one in found]) == numbers


def test_start_event_wants_all_of_its_definitions():
    """Only where it says parallelMultiple; else one of them is enough."""
    both = bpmn(
        f'<startEvent id="s"{ALL}>{EVENTS}</startEvent><startEvent id="any">{EVENTS}</startEvent><startEvent id="n"/>',
        extra=declared("M", "S"),
    )

    nodes = program(both).nodes

    assert {name: wanted(node) for name, node in nodes.items()} == {"s": (M, S, T), "any": (), "n": ()}


def test_condition_is_no_event_that_could_be_kept():
    """It is looked at when the others are there."""
    model = bpmn(
        f'<startEvent id="s"{ALL}>{EVENTS}{event("conditional", "x > 1")}</startEvent>', extra=declared("M", "S")
    )

    node = program(model).nodes["s"]

    assert wanted(node) == (M, S, T)
    assert [condition.text for condition in conditions_of(node)] == ["x > 1"]
