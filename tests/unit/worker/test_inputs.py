"""What a handler asks for, and what it gets."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, TypedDict

import pytest

from bpmgrpc.worker import InputError, Job, Worker, inputs, json_text
from bpmgrpc.worker.handler import handler_of


class Color(Enum):
    RED = "red"


@dataclass
class Line:
    amount: Decimal
    count: int


@dataclass
class Order:
    id: int
    lines: list[Line]
    due: date
    color: Color
    ratio: float
    note: str | None = None
    tags: dict[str, bool] = field(default_factory=dict)


@dataclass
class Parcel:
    unit: ClassVar[str] = "kg"
    size: Literal["small", "large"]
    weight: Annotated[Decimal, "kilograms"]
    price: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.price = self.weight * 2


class Small(TypedDict, total=False):
    name: str


TEXT = (
    '{"id":9223372036854775809,"lines":[{"amount":12345678901234567890.10,"count":2.0}],"due":"2024-02-29",'
    '"color":"red","ratio":1,"tags":{"a":true},"other":[]}'
)


def test_variables_become_the_dataclass_exactly() -> None:
    """Integers of any size and decimals of any length come as they were written; what is not asked for is left out."""
    order = inputs.read(Order, json_text.read(TEXT))

    assert order == Order(
        9223372036854775809,
        [Line(Decimal("12345678901234567890.10"), 2)],
        date(2024, 2, 29),
        Color.RED,
        1.0,
        None,
        {"a": True},
    )
    assert inputs.names_of(Order) == ("id", "lines", "due", "color", "ratio", "note", "tags")
    assert inputs.read(Small, {}) == {}


@pytest.mark.parametrize(
    ("type_", "value", "said"),
    (
        (Line, {"amount": 1}, "variable 'count' is missing"),
        (Line, {"amount": "1", "count": 1}, "variable 'amount' has to be a number, not '1'"),
        (Line, {"amount": True, "count": 1}, "variable 'amount' has to be a number, not True"),
        (Line, {"amount": 1, "count": Decimal("1.5")}, "variable 'count' has to be a whole number, not Decimal('1.5')"),
        (Small, {"name": 5}, "variable 'name' has to be a text, not 5"),
        (Small, [], "it has to be an object"),
        (list[Line], [{"amount": 1}], "variable '[0].count' is missing"),
        (Parcel, {"size": "huge", "weight": 1}, "variable 'size' has to be one of 'small', 'large', not 'huge'"),
        (Color, "blue", "it has to be one of 'red'"),
        (str | None, 1, "it has to be a text"),
    ),
)
def test_variable_that_does_not_fit_is_named(type_: Any, value: Any, said: str) -> None:
    """The message says where, what was wanted and what was found."""
    with pytest.raises(InputError) as caught:
        inputs.read(type_, value)

    assert str(caught.value) == said


def test_only_what_a_dataclass_is_made_with_is_asked_for() -> None:
    """Class variables, and fields that it fills in itself, are no variables of the job."""
    assert inputs.names_of(Parcel) == ("size", "weight")
    assert inputs.read(Parcel, {"size": "small", "weight": Decimal("1.5")}).price == Decimal("3.0")


def test_results_are_written_exactly() -> None:
    """Decimals keep their digits; dataclasses, enums and dates are what JSON has for them."""
    written = json_text.write(
        {"l": Line(Decimal("1.10"), 2**70), "c": Color.RED, "d": date(2024, 1, 2), "n": [None, 0.5]}
    )

    assert written == '{"l":{"amount":1.10,"count":1180591620717411303424},"c":"red","d":"2024-01-02","n":[null,0.5]}'
    for value, error in ((float("nan"), ValueError), (object(), TypeError), ({1: 2}, TypeError)):
        with pytest.raises(error):
            json_text.write(value)


def test_handler_asks_for_the_variables_of_its_input_only() -> None:
    """With the job itself, or nothing, all of them come."""

    def typed(line: Line) -> None: ...
    def both(line: Line, job: Job) -> None: ...

    assert handler_of("t", typed, 1, 1, None).variables == ("amount", "count")
    assert handler_of("t", both, 1, 1, None).variables == ()


def test_handler_that_asks_for_what_a_job_does_not_have_is_refused() -> None:
    """The mistake is told when the function is registered, by its parameter."""
    worker = Worker()

    with pytest.raises(TypeError, match=r"parameter 'customer' of .*wrong has to be a Job, a dataclass or a TypedDict"):

        @worker.job("t")
        def wrong(customer: str) -> None: ...

    with pytest.raises(TypeError, match=r"parameter 'job' of .*by_place has to be one that can be given by name"):

        @worker.job("t")
        def by_place(job: Job, /) -> None: ...
