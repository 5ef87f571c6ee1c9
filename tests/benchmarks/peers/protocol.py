"""What the applications around peers written in Python share: the works as calls, their times, and the protocol of
``tests.benchmarks.program``. Needs nothing but the standard library, because it runs on the peers' own environments.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol


class Application(Protocol):
    """A peer with the application around it: what the product's server is to its callers."""

    def start(self, process: str, variables: dict[str, Any], user: str) -> str:
        """Starts an instance whose tasks are offered to a user; returns once that is durable."""
        ...

    def tasks(self, user: str) -> list[str]:
        """Lists a user's open tasks."""
        ...

    def claim(self, task: str, user: str) -> None:
        """Makes a user the owner of a task; returns once that is durable."""
        ...

    def complete(self, task: str, user: str, variables: dict[str, Any]) -> None:
        """Completes a task and runs its instance on; returns once that is durable."""
        ...


Call = Callable[..., Any]


def w1(call: Call, variables: dict[str, Any]) -> None:
    """Does W1."""
    call("start", "W1", variables, "u")
    for given in ({"approved": True}, {}):
        (task,) = call("tasks", "u")
        call("claim", task, "u")
        call("complete", task, "u", given)


def w2(call: Call, _variables: dict[str, Any]) -> None:
    """Does W2."""
    call("start", "W2", {"n": 0}, "u")


def w3(call: Call, variables: dict[str, Any]) -> None:
    """Does W3."""
    call("start", "W3", variables, "u")
    for task in call("tasks", "u"):
        call("claim", task, "u")
        call("complete", task, "u", {})


WORKS = {"W1": w1, "W2": w2, "W3": w3}


def measure(application: Application, work: str, seconds: float, variables: dict[str, Any]) -> dict[str, Any]:
    """Does works for so long; returns the figures."""
    took: dict[str, list[float]] = defaultdict(list)

    def call(name: str, *arguments: Any) -> Any:
        begun = time.perf_counter()
        result = getattr(application, name)(*arguments)
        took[name].append((time.perf_counter() - begun) * 1000)
        return result

    started = time.perf_counter()
    done = 0
    while time.perf_counter() < started + seconds:
        WORKS[work](call, variables)
        done += 1
    elapsed = time.perf_counter() - started
    every = sorted(value for values in took.values() for value in values)
    return {
        "works": done / elapsed,
        "details": {"works_measured": done},
        "calls": len(every) / elapsed,
        "p50_ms": every[math.ceil(len(every) * 0.50) - 1],
        "p99_ms": every[math.ceil(len(every) * 0.99) - 1],
    }


def run(make: Callable[[dict[str, Any]], Application]) -> None:
    """Runs the program: makes the application from the specification in the last word of the command, then answers."""
    given = json.loads(sys.argv[1])
    application = make(given)
    print("{}", flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        print(
            json.dumps(measure(application, question["work"], question["seconds"], given["variables"])),
            flush=True,
        )
