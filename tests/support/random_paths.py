"""Random paths through an instance: the same commands for three harnesses, and what has to be true after each.

Rule of this file: a command is chosen by a number among those that somebody could give now; nothing is done that the
product would not do.
"""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from bpmgrpc.engine import commands
from bpmgrpc.engine.execution import Limits
from bpmgrpc.engine.state import ElementState
from bpmgrpc.store import open_store
from tests.support.harness import AskedRows, Harness, MemoryRows
from tests.support.store_rows import StoreRows

Action = Callable[[Harness, int], object]

#: So many receivers one command's signals may have; models may throw what starts the thrower.
MOST_RECEIVERS = 4
#: Models in which each event starts more than it ends are left when they have grown to so many rows or events.
MOST_ROWS = 60
MOST_EVENTS = 2_000


@dataclass(frozen=True, slots=True)
class Path:
    """A path through an instance.

    Attributes:
        n: The variable that conditions ask about, at the start.
        steps: What to choose, and what to set the variable to.
        steps_per_slice: How much one transaction does.
    """

    n: int
    steps: list[tuple[int, int]]
    steps_per_slice: int


def random_path(random: Random) -> Path:
    """Makes a path."""
    steps = [(random.randint(0, 30), random.randint(0, 9)) for _ in range(random.randint(0, 25))]
    return Path(random.randint(0, 9), steps, random.choice((1, 3, 5_000)))


def walk(all_three: list[Harness], path: Path) -> None:
    """Goes a path with all harnesses, which have to be equal after each command."""
    for one in all_three:
        start(one, path.n)
    assert_equal(all_three)
    for choice, value in path.steps:
        if has_grown(all_three[0]):
            return
        for one in all_three:
            act(one, choice, value)
        assert_equal(all_three)


def assert_equal(all_three: list[Harness]) -> None:
    """What there is, and what has happened, is the same in all."""
    straight, stored, asked = (state_of(one) for one in all_three)
    assert straight == stored, "saving and reloading changes something"
    assert straight == asked, "the engine has forgotten to ask for something"


@contextmanager
def triplets(files: list[bytes], limits: Limits, template: pathlib.Path) -> Iterator[list[Harness]]:
    """Harnesses for the same model: on rows in memory, in a store, and given when asked for."""
    with TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rows.db"
        shutil.copyfile(template, path)
        store = open_store(f"sqlite:///{path}", synchronous="NORMAL")
        try:
            yield [Harness(files, rows, limits=limits) for rows in (MemoryRows(), StoreRows(store), AskedRows())]
        finally:
            store.close()


def state_of(h: Harness) -> list[Any]:
    """All that there is of an instance, and all that has happened to it."""
    rows, root_id = h.rows, h.root_id
    tables = (
        rows.elements,
        rows.user_tasks,
        rows.jobs,
        rows.timers,
        rows.subscriptions,
        rows.incidents,
        rows.instances,
    )
    happened = (h.events, h.signals, h.messages)
    return [rows.root(root_id), *(table(root_id) for table in tables), rows.variables(root_id), *happened]


def actions(h: Harness) -> list[Action]:
    """What can be done now, in an order that only the rows decide; work to be done comes first."""
    rows, root_id = h.rows, h.root_id
    tasks = [task.seq for task in rows.user_tasks(root_id) if task.end_us is None]
    found: list[Action] = [partial(_complete, seq) for seq in tasks]
    for job in rows.jobs(root_id):
        if job.retries:
            found += [partial(_work, job.seq, way) for way in ("complete", "fail", "throw X", "throw E")]
    if h.incidents():
        found.append(_resolve)
    if rows.timers(root_id):
        found.append(_let_time_pass)
    found += [partial(deliver, one.seq) for one in rows.subscriptions(root_id) if one.kind.value != "CONDITION"]
    found += [partial(_set, seq) for seq in tasks]
    return found


def act(h: Harness, choice: int, n: int) -> None:
    """Does one of the things that can be done now, and serves the signals that it threw."""
    possible = actions(h)
    if possible:
        thrown = len(h.signals)
        possible[choice % len(possible)](h, n)
        h.go_on()
        serve_signals(h, thrown)
    assert_waits(h)


def start(h: Harness, n: int) -> None:
    """Starts the instance."""
    h.start(n=n, done=0)
    serve_signals(h, 0)
    assert_waits(h)


def _complete(seq: int, h: Harness, n: int) -> None:
    h.complete_task(next(task for task in h.rows.user_tasks(h.root_id) if task.seq == seq), n=n)


def _resolve(h: Harness, n: int) -> None:
    h.resolve(n=n)


def _let_time_pass(h: Harness, _n: int) -> None:
    h.advance_clock(45)


def _set(seq: int, h: Harness, n: int) -> None:
    h.submit(commands.SetVariables(seq, {"n": str(n)}), seq, "user_task")


def _work(seq: int, way: str, h: Harness, n: int) -> None:
    h.rows.lease(h.root_id, seq, "token", h.clock.now_us() + 60_000_000)
    command: commands.Command
    if way == "complete":
        command = commands.CompleteJob(seq, "token", {"n": str(n)})
    elif way == "fail":
        command = commands.FailJob(seq, "token", n % 2)
    else:
        command = commands.ThrowJobError(seq, "token", way[-1])
    h.submit(command, seq, "job")


def deliver(seq: int, h: Harness, n: int) -> None:
    """Delivers to a subscription, if it still waits."""
    if any(one.seq == seq for one in h.rows.subscriptions(h.root_id)):
        h.submit(commands.DeliverEvent(seq, {"n": str(n)}), seq, "subscription")
        h.go_on()


def serve_signals(h: Harness, served: int) -> None:
    """Gives signals that were thrown to all who wait for them."""
    receivers = 0
    while served < len(h.signals) and h.state == "ACTIVE":
        signal = h.signals[served]
        served += 1
        for one in h.rows.subscriptions(h.root_id):
            if has_grown(h):
                return
            if (one.kind.value, one.name) == ("SIGNAL", signal.name) and receivers < MOST_RECEIVERS:
                receivers += 1
                deliver(one.seq, h, 1)


def assert_waits(h: Harness) -> None:
    """Each element instance that is active waits for something that is there."""
    if h.state != "ACTIVE":
        return
    rows, root_id = h.rows, h.root_id
    elements = rows.elements(root_id)
    held = {row.scope for row in elements if row.state is not ElementState.DONE}
    held |= {timer.element_seq for timer in rows.timers(root_id) if not timer.inside}
    held |= {one.element_seq for one in rows.subscriptions(root_id) if not one.inside}
    held |= {job.seq for job in rows.jobs(root_id)}
    held |= {task.seq for task in rows.user_tasks(root_id) if task.end_us is None}
    held |= {row.data["compensates"] for row in elements if "compensates" in row.data}
    for row in elements:
        if row.state is ElementState.ACTIVE:
            assert row.seq in held, f"{row.element_id!r} ({row.seq}) waits for nothing"


def has_grown(h: Harness) -> bool:
    """Whether there is more than a test has time for."""
    return len(h.rows.elements(h.root_id)) > MOST_ROWS or len(h.events) > MOST_EVENTS


def finish(h: Harness, most: int = 400) -> bool:
    """Does all the work there is, until the instance ends or nothing can be done.

    Returns:
        Whether there was an end to it: events that start more than they end may go on for ever.
    """
    for number in range(most):
        if h.state != "ACTIVE":
            return True
        if has_grown(h):
            return False
        possible = actions(h)
        assert possible, f"nothing can be done, and there are {h.active()}"
        work = h.open_tasks() or h.incidents() or any(job.retries for job in h.rows.jobs(h.root_id))
        act(h, 0 if work else number, 0)
    return False
