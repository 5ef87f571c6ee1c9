"""Searchable fields: what a process declares, and keys that are ordered as their values are."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from bpmgrpc.engine.search_fields import MOST_FIELDS, read_paths, search_key
from tests.support.harness import bpmn, flows

DECLARED = 'p" bpmgrpc:searchableFields="order.customer, order.amount, urgent'
BODY = '<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>' + flows("s -> a", "a -> e")


def random_number(chance: random.Random) -> Decimal:
    digits = chance.choice((1, 2, 5, 30))
    return Decimal(
        f"{chance.choice(('', '-'))}{chance.randrange(10**digits)}e{chance.choice((-40, -3, -1, 0, 1, 3, 40))}"
    )


def test_keys_of_numbers_are_ordered_as_the_numbers_are():
    """Of any two numbers the lower one has the lower key, and equal ones have one key, however they are written."""
    chance = random.Random(7)
    numbers = [random_number(chance) for _ in range(400)] + [Decimal(0), Decimal("-0.0"), Decimal("1.0"), Decimal(1)]

    for left in numbers:
        for right in chance.sample(numbers, 40):
            assert (search_key(left) < search_key(right)) == (left < right), (left, right)
            assert (search_key(left) == search_key(right)) == (left == right), (left, right)
    assert search_key(10**30) == search_key(Decimal("1e30"))


@pytest.mark.parametrize(
    ("value", "key"),
    (
        ("Malee", "sMalee"),
        ("", "s"),
        (True, "b1"),
        (False, "b0"),
        (120, "n2050003" + "12"),
        (-120, "n0949996" + "87~"),
        (0, "n1"),
        (None, ""),
        ([1], ""),
        ({}, ""),
        ("x" * 201, ""),
        ("a\0b", ""),
        (10**300 + 1, ""),
        (Decimal("1e50000"), ""),
    ),
    ids=str,
)
def test_key_of_a_value(value, key):
    """Texts, numbers, true and false have keys that do not mix; others, and what is too long, have none."""
    assert search_key(value) == key


TOO_MANY = ",".join(f"f{n}" for n in range(MOST_FIELDS + 1))


@pytest.mark.parametrize("text", ("", "a,,b", "a..b", ".a", "a.", "x" * 201, TOO_MANY))
def test_declaration_that_is_none_is_refused(text):
    """Empty names, paths that are too long and too many of them are the model's fault."""
    with pytest.raises(ValueError, match=r"field|path"):
        read_paths(text)


def test_process_with_a_wrong_declaration_is_refused():
    """The deployment says which path it is."""
    graph = parse_file("f.bpmn", bpmn(BODY, process='p" bpmgrpc:searchableFields="order..amount')).processes[0]

    compilation = compile_process(graph, ELEMENTS)

    (finding,) = (one for one in compilation.findings if one.element_type == "process")
    assert compilation.program is None
    assert finding.reason == "searchableFields: 'order..amount' is no path such as order.customer"


def test_fields_follow_the_variables(harness):
    """What declared variables hold is noted when they are set; a member that is gone is noted as gone."""
    h = harness(bpmn(BODY, process=DECLARED))

    started = h.start(order={"customer": "Malee", "amount": Decimal("12.5")}, other=1)
    h.suspend()
    h.resume_instance()
    completed = h.complete("a", order=3, urgent=True)

    assert started.put_fields == [(0, "order.customer", "sMalee"), (0, "order.amount", "n2050002125")]
    assert completed.put_fields == [(0, "order.customer", ""), (0, "order.amount", ""), (0, "urgent", "b1")]


def test_fields_of_a_called_process_are_its_own(harness):
    """A called process declares for itself; variables of scopes inside of a process are not its fields."""
    caller = bpmn(
        '<startEvent id="s"/><callActivity id="c" calledElement="q"/><endEvent id="e"/>' + flows("s -> c", "c -> e")
    )
    inner = '<subProcess id="sub"><startEvent id="i"/><userTask id="a"/>' + flows("i -> a")
    called = bpmn(
        '<startEvent id="s"/>'
        + inner
        + '<extensionElements><zeebe:ioMapping><zeebe:input source="=1" target="urgent"/></zeebe:ioMapping>'
        + "</extensionElements></subProcess>"
        + flows("s -> sub"),
        process=DECLARED.replace("p", "q", 1),
    )
    h = harness(caller, called)

    h.start(urgent=False)
    started = h.rows.instances(h.root_id)[0]

    assert [(seq, path, key) for seq, path, key in h.fields] == [(started.seq, "urgent", "b0")]
