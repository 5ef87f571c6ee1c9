"""The BPMN of the works, written for this product and, with the same elements, for peers that read other expressions.

W1   start - user task - exclusive gateway - user task - end
W2   start - 20 script tasks in a row - end
W3   start - parallel gateway - 10 user tasks - join - end
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

APP: Final = "bench"
SCRIPTS: Final = 20  # script tasks in W2
BRANCHES: Final = 10  # user tasks in W3

_HEAD: Final = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="https://bpmgrpc.dev/benchmarks">'
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a product writes what BPMN leaves to it.

    Attributes:
        condition: Condition of W1's gateway.
        script: Body of a script task that counts.
        script_attributes: Its attributes.
        task_attributes: Attributes of a user task offered to the user named by the variable ``clerk``.
    """

    condition: str
    script: str
    script_attributes: str
    task_attributes: str


OWN: Final = Dialect(
    "${approved}", "${n + 1}", ' scriptFormat="juel" camunda:resultVariable="n"', ' camunda:candidateUsers="${clerk}"'
)
PYTHON: Final = Dialect("approved", "n = n + 1", "", "")
JAVASCRIPT: Final = Dialect(
    "${environment.variables.approved}", "this.environment.variables.n += 1; next();", ' scriptFormat="javascript"', ""
)


def w1(dialect: Dialect = OWN) -> str:
    """Returns the BPMN of W1."""
    condition = f'<conditionExpression xsi:type="tFormalExpression">{dialect.condition}</conditionExpression>'
    return _file(
        "W1",
        '<startEvent id="start"/>'
        f'<userTask id="check" name="Check the order"{dialect.task_attributes}/>'
        '<exclusiveGateway id="approved" default="refused"/>'
        f'<userTask id="ship" name="Ship the order"{dialect.task_attributes}/>'
        '<endEvent id="shipped"/><endEvent id="ended"/>'
        + _flow("f1", "start", "check")
        + _flow("f2", "check", "approved")
        + _flow("f3", "approved", "ship", condition)
        + _flow("refused", "approved", "ended")
        + _flow("f4", "ship", "shipped"),
    )


def w2(dialect: Dialect = OWN, scripts: int = SCRIPTS) -> str:
    """Returns the BPMN of W2."""
    names = ["start", *(f"s{number}" for number in range(scripts)), "end"]
    return _file(
        "W2",
        '<startEvent id="start"/><endEvent id="end"/>'
        + "".join(
            f'<scriptTask id="{name}" name="{name}"{dialect.script_attributes}>'
            f"<script>{dialect.script}</script></scriptTask>"
            for name in names[1:-1]
        )
        + "".join(_flow(f"f{number}", source, target) for number, (source, target) in enumerate(pairwise(names))),
    )


def w3(dialect: Dialect = OWN, branches: int = BRANCHES, name: str = "W3") -> str:
    """Returns the BPMN of W3, or of a wider one under another name."""
    return _file(
        name,
        '<startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="end"/>'
        + _flow("first", "start", "fork")
        + "".join(
            f'<userTask id="t{number}" name="t{number}"{dialect.task_attributes}/>'
            + _flow(f"in{number}", "fork", f"t{number}")
            + _flow(f"out{number}", f"t{number}", "join")
            for number in range(branches)
        )
        + _flow("last", "join", "end"),
    )


def files(dialect: Dialect = OWN) -> dict[str, str]:
    """Returns the works by the name of their process."""
    return {"W1": w1(dialect), "W2": w2(dialect), "W3": w3(dialect)}


def _file(process: str, body: str) -> str:
    return f'{_HEAD}<process id="{process}" isExecutable="true">{body}</process></definitions>'


def _flow(name: str, source: str, target: str, condition: str = "") -> str:
    return f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'
