"""Random operations on an instance, and what rows say that an operation did.

Rule of this file: what an operation did is read off the rows before and after it and off the history, by nothing that
the product's own plan is made with, so that the two can be compared.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from bpmgrpc.engine import commands
from bpmgrpc.engine.operations.plan import Plan
from bpmgrpc.engine.operations.suspension import due_us
from bpmgrpc.engine.state import ElementState, InstanceState
from tests.support.harness import Harness

Fact = tuple[Any, ...]  # subject, effect, and what tells it from others

_APPEARS = {
    ElementState.ACTIVE: "CREATED",
    ElementState.READY: "READY",
    ElementState.INCIDENT: "FAILED",
    ElementState.DONE: "COMPLETED",
    ElementState.JOIN: "CREATED",
}
LIVES = (InstanceState.ACTIVE, InstanceState.SUSPENDED)


def random_modification(random: Random, h: Harness) -> commands.ModifyInstance:
    """Makes a modification that may make sense, or may not."""
    rows = h.rows.elements(h.root_id)
    called = [row.seq for row in rows if "definition" in row.data]
    instance = random.choice((0, 0, *called))
    definition = next((row.data["definition"] for row in rows if row.seq == instance), h.root.definition_id)
    program = h.programs[definition]
    nodes = [*program.nodes, "nowhere"]
    flows = [flow.id for node in program.nodes.values() for flow in node.outgoing] or nodes
    active = [row.element_id for row in rows if row.state is not ElementState.DONE] or nodes
    seqs = [row.seq for row in rows] or [1]

    def one() -> commands.Instruction:
        kind = random.choice(("before", "before", "after", "cancel", "move", "move", "move"))
        ancestor = random.choice((None, None, None, None, instance, random.choice(seqs)))
        variables = {"n": str(random.randint(0, 9))} if random.random() < 0.4 else {}
        local = random.random() < 0.5
        if kind == "before":
            return commands.StartBefore(random.choice(nodes), ancestor, variables, local)
        if kind == "after":
            return commands.StartAfter(random.choice((*nodes, *flows)), ancestor, variables, local)
        by_seq = random.random() < 0.3
        which = {"seq": random.choice(seqs)} if by_seq else {"element_id": random.choice(active)}
        if kind == "cancel":
            return commands.CancelActive(**which)
        return commands.Move(random.choice(nodes), **which, variables=variables, local=local)

    return commands.ModifyInstance(instance, tuple(one() for _ in range(random.choice((1, 1, 1, 2, 3)))))


def random_operation(random: Random, h: Harness) -> commands.Command:
    """Makes an operation that fits the instance's state."""
    if random.random() < 0.25:
        held = h.root.state is InstanceState.SUSPENDED
        return commands.ResumeInstance() if held else commands.SuspendInstance("random")
    if random.random() < 0.1:
        return commands.SetInstanceVariables(0, {"n": str(random.randint(0, 9))})
    return random_modification(random, h)


class Observed:
    """The rows of an instance at one time."""

    def __init__(self, h: Harness) -> None:
        rows, root_id = h.rows, h.root_id
        self.elements = {row.seq: row for row in rows.elements(root_id)}
        self.tasks = {row.seq: row for row in rows.user_tasks(root_id)}
        self.jobs = {row.seq: row for row in rows.jobs(root_id)}
        self.timers = {row.seq: row for row in rows.timers(root_id)}
        self.subscriptions = {row.seq: row for row in rows.subscriptions(root_id)}
        self.incidents = {row.seq: row for row in rows.incidents(root_id)}
        self.instances = {row.seq: row for row in rows.instances(root_id)}
        self.variables = rows.variables(root_id)
        self.events = len(h.events)
        self.thrown = (len(h.messages), len(h.signals))


def facts_between(before: Observed, after: Observed, h: Harness) -> Counter[Fact]:
    """What happened between two times, but for variables."""
    found: Counter[Fact] = Counter()
    events = h.events[before.events :]
    canceled = {one.seq for one in events if one.type == "ELEMENT_CANCELED"}
    completed = [one for one in events if one.type == "ELEMENT_COMPLETED"]
    for seq, row in after.elements.items():
        old = before.elements.get(seq)
        join = row.state is ElementState.JOIN
        if old is None or old.state is not row.state:
            found["JOIN" if join else "ELEMENT", _APPEARS[row.state], row.element_id, seq] += 1
        elif join and old.data != row.data:
            found["JOIN", "CHANGED", row.element_id, seq] += 1
        if old is not None and old.element_id != row.element_id:
            found["ELEMENT", "MIGRATED", old.element_id, seq, row.element_id] += 1
    entered = {one.element_id for one in completed if one.seq not in before.elements}
    entered |= {row.element_id for seq, row in after.elements.items() if seq not in before.elements}
    for seq, row in before.elements.items():
        if seq not in after.elements:
            fires = row.state is ElementState.JOIN and row.element_id in entered
            silent = row.state in (ElementState.JOIN, ElementState.DONE) and not fires
            gone = seq in canceled or silent
            subject = "JOIN" if row.state is ElementState.JOIN else "ELEMENT"
            found[subject, "CANCELED" if gone else "COMPLETED", row.element_id, seq] += 1
    for one in completed:
        if one.seq not in before.elements and one.seq not in after.elements:
            found["ELEMENT", "PASSED", one.element_id, one.seq] += 1
    _tasks_and_incidents(before, after, found)
    for subject, was, is_now in (
        ("JOB", before.jobs, after.jobs),
        ("TIMER", before.timers, after.timers),
        ("SUBSCRIPTION", before.subscriptions, after.subscriptions),
    ):
        found.update((subject, "CREATED", row.element_id, seq) for seq, row in is_now.items() if seq not in was)
        found.update((subject, "CANCELED", row.element_id, seq) for seq, row in was.items() if seq not in is_now)
        found.update(
            (subject, "MIGRATED", row.element_id, seq, is_now[seq].element_id)
            for seq, row in was.items()
            if seq in is_now and row.element_id != is_now[seq].element_id
        )
    for seq, called in after.instances.items():
        old_called = before.instances.get(seq)
        if old_called is None:
            found["PROCESS_INSTANCE", "CREATED", "", seq] += 1
        if called.end_us is not None and (old_called is None or old_called.end_us is None):
            found["PROCESS_INSTANCE", "ENDED", "", seq] += 1
    messages, signals = before.thrown
    found.update(("MESSAGE", "THROWN", one.name) for one in h.messages[messages:])
    found.update(("SIGNAL", "THROWN", one.name) for one in h.signals[signals:])
    return found


def _tasks_and_incidents(before: Observed, after: Observed, found: Counter[Fact]) -> None:
    for seq, task in after.tasks.items():
        old = before.tasks.get(seq)
        if old is None:
            found["USER_TASK", "CREATED", task.element_id, seq] += 1
        elif old.element_id != task.element_id:
            found["USER_TASK", "MIGRATED", old.element_id, seq, task.element_id] += 1
        if task.end_us is not None and (old is None or old.end_us is None):
            found["USER_TASK", "CANCELED", task.element_id, seq] += 1
    for seq, incident in after.incidents.items():
        old_incident = before.incidents.get(seq)
        if old_incident is None:
            found["INCIDENT", "CREATED", incident.element_id, seq] += 1
        elif old_incident.element_id != incident.element_id:
            found["INCIDENT", "MIGRATED", old_incident.element_id, seq, incident.element_id] += 1
        if not incident.open and (old_incident is None or old_incident.open):
            found["INCIDENT", "RESOLVED", incident.element_id, seq] += 1


def facts_of(plan: Plan) -> Counter[Fact]:
    """What a plan says, in the same words."""
    found: Counter[Fact] = Counter()
    for line in plan.lines:
        if line.subject == "VARIABLE":
            continue
        key: Fact = (line.subject.value, line.effect.value)
        if line.subject in ("MESSAGE", "SIGNAL"):
            found[*key, line.name] += 1
        elif line.effect == "MIGRATED":
            if line.element_id != line.to_element_id:  # else only its version is another one
                found[*key, line.element_id, line.seq, line.to_element_id] += 1
        else:
            found[*key, line.element_id, line.seq] += 1
    return found


def assert_says_what_happened(plan: Plan, before: Observed, h: Harness) -> None:
    """A plan tells all that rows and history tell, and nothing else."""
    after = Observed(h)
    happened = facts_between(before, after, h)
    said = facts_of(plan)
    assert said == happened, f"said only: {said - happened}, happened only: {happened - said}"
    assert plan.state is h.root.state
    told = {(line.seq, line.name) for line in plan.lines if line.subject == "VARIABLE"}
    changed = {key for key, text in after.variables.items() if before.variables.get(key) != text}
    assert {key for key in changed if not key[1].startswith(("item.", "result."))} <= told
    assert told <= set(after.variables)
    timers = {line.seq: line.due_us for line in plan.lines if (line.subject, line.effect) == ("TIMER", "CREATED")}
    assert timers == {seq: due_us(row.due_us) for seq, row in after.timers.items() if seq not in before.timers}
