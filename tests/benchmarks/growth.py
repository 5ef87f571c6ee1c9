"""Whether a step costs the same however much there is: times of ``CompleteUserTask``, in-process on SQLite.

    python -m tests.benchmarks.growth          # writes docs/growth.json and docs/growth.svg

Three lines: by the loops that the instance has done, by the nodes of its process, by the instances of a multi-instance
activity. Times are the least of several completions, so that others who use the machine are seen less; the tests count
calls and statements instead (``tests/unit/engine/test_cost.py``, ``tests/integration/test_growth_budget.py``).
"""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from math import log10
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from tests.benchmarks.callers import GrpcCaller
from tests.benchmarks.product import open_product

SIZES: Final = (2, 5, 10, 20, 50, 100, 200, 500, 1_000)
SAMPLES: Final = 15  # completions for each point
DOCS: Final = Path(__file__).parents[2] / "docs"
Points = list[tuple[int, float]]  # how much there is, and milliseconds

_HEAD: Final = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="https://bpmgrpc.dev/benchmarks">'
    '<process id="growth" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>'
)
_OFFERED: Final = 'camunda:candidateUsers="${clerk}"'


def _file(body: str, *pairs: str) -> str:
    flows = ""
    for number, pair in enumerate(pairs):
        source, _, target = pair.partition(" -> ")
        flows += f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'
    return f"{_HEAD}{body}{flows}</process></definitions>"


def loop() -> str:
    """A user task, again and again."""
    gateway = '<exclusiveGateway id="g" default="f2"/>'
    leave = '<sequenceFlow id="leave" sourceRef="g" targetRef="e"><conditionExpression>${done}</conditionExpression>'
    task = f'<userTask id="a" {_OFFERED}/>'
    return _file(task + gateway + leave + "</sequenceFlow>", "s -> a", "a -> g", "g -> a")


def chain(length: int) -> str:
    """User tasks in a row."""
    names = [f"t{number}" for number in range(length)]
    body = "".join(f'<userTask id="{name}" {_OFFERED}/>' for name in names)
    return _file(body, *(f"{source} -> {target}" for source, target in pairwise(("s", *names, "e"))))


def many(instances: int) -> str:
    """A multi-instance user task."""
    marker = (
        f"<multiInstanceLoopCharacteristics><loopCardinality>{instances}</loopCardinality>"
        "</multiInstanceLoopCharacteristics>"
    )
    return _file(f'<userTask id="m" {_OFFERED}>{marker}</userTask>', "s -> m", "m -> e")


async def _times(process: str, rounds: int) -> list[float]:
    """Milliseconds of each of so many completions in a row, in one instance."""
    with TemporaryDirectory() as folder:
        async with open_product(f"sqlite:///{folder}/growth.db", {"timers_poll_seconds": "3600"}) as product:
            caller = GrpcCaller(product.channel)
            await caller.deploy("growth", process)
            await caller.start("growth", '{"clerk":"u","done":false}')
            found = []
            for _ in range(rounds):
                task = (await caller.tasks("u"))[0]
                await caller.claim(task, "u")
                begin = perf_counter()
                await caller.complete(task, "u", "")
                found.append((perf_counter() - begin) * 1_000)
    return found


async def measure() -> dict[str, Points]:
    """Measures all three lines."""
    await _times(loop(), 50)  # warms the code up
    rounds = await _times(loop(), SIZES[-1] + SAMPLES)
    loops = [(size, min(rounds[size : size + SAMPLES])) for size in SIZES]
    nodes = [(size, min(await _times(chain(size + 2), min(size, SAMPLES)))) for size in SIZES]
    instances = [(size, min((await _times(many(size), min(size, SAMPLES + 1)))[:-1])) for size in SIZES]
    return {"loops done": loops, "nodes of the process": nodes, "instances of a multi-instance": instances}


# -- the figure ---------------------------------------------------------------------------------------------------

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 360, 60, 20, 40, 50
_COLORS: Final = ("#1f77b4", "#d62728", "#2ca02c")


def figure(lines: dict[str, Points]) -> str:
    """Draws the lines: sizes from left to right on a logarithmic scale, milliseconds upwards from zero."""
    top = max(value for points in lines.values() for _, value in points) * 1.5
    decades = log10(SIZES[-1] / SIZES[0])

    def x(size: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * log10(size / SIZES[0]) / decades

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / top

    size_of_it = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size_of_it}>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="20">One CompleteUserTask, in-process on SQLite: milliseconds, least of several</text>',
    ]
    parts += [f'<text x="{x(size):.0f}" y="{_HEIGHT - 32}" text-anchor="middle">{size:,}</text>' for size in SIZES]
    for step in range(5):
        value = top * step / 4
        parts.append(
            f'<path d="M{_LEFT} {y(value):.0f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 6}" y="{y(value) + 4:.0f}" text-anchor="end">{value:.2f}</text>'
        )
    for number, (name, points) in enumerate(lines.items()):
        color = _COLORS[number]
        path = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{_LEFT + 190 * number}" y="{_HEIGHT - 10}" fill="{color}">{name}</text>')
    return "\n".join(parts) + "\n</svg>\n"


def main() -> None:
    """Measures, and writes the figure with its data."""
    lines = asyncio.run(measure())
    data = {name: [[size, round(value, 4)] for size, value in points] for name, points in lines.items()}
    (DOCS / "growth.json").write_text(json.dumps(data, indent=1) + "\n")
    (DOCS / "growth.svg").write_text(figure(lines))
    for name, points in data.items():
        print(name, *(f"{size}: {value:.3f} ms" for size, value in points), sep="  ")


if __name__ == "__main__":
    main()
