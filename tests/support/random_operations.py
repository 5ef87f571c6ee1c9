"""Random operations on an instance, and what rows say that an operation did.

Rule of this file: what an operation did is read off the rows before and after it and off the history, by nothing that
the product's own plan is made with, so that the two can be compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from bpmgrpc.engine import commands
from bpmgrpc.engine.operations.plan import Plan
from bpmgrpc.engine.operations.suspension import due_us
from bpmgrpc.engine.state import ElementState, InstanceState
from tests.support.harness import Harness, boundary, event_sub_process, timer
from tests.support.random_blocks import TRIGGERS

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


def renamed(content: bytes, random: Random) -> tuple[bytes, dict[str, str]]:
    """Returns a process of other ids, and which they are; the process "p" becomes "p2"."""
    text = content.decode()
    ids = list(re.findall(r'<(?!signal|message|escalation|process|association)\w+ id="(\w+)"', text))
    mapping = {name: f"{name}v" for name in ids if random.random() < 0.7}
    for name, other in mapping.items():
        text = text.replace(f'"{name}"', f'"{other}"')
    return text.replace('<process id="p"', '<process id="p2"').encode(), mapping


def changed(content: bytes, random: Random) -> tuple[bytes, dict[str, str]]:
    """Returns a process that differs from another one in more than its ids, and a mapping that may fit."""
    text, mapping = renamed(content, random) if random.random() < 0.5 else (content, {})
    new = text.decode().replace('<process id="p"', '<process id="p2"')
    for _ in range(random.randint(1, 3)):
        change = random.choice(_CHANGES)
        new = change(new, random)
    if mapping and random.random() < 0.2:
        del mapping[random.choice(list(mapping))]
    if mapping and random.random() < 0.2:
        mapping[random.choice(list(mapping))] = random.choice(("nowhere", *mapping.values()))
    return new.encode(), mapping


def _one(text: str, pattern: str, random: Random, replace: Callable[[re.Match[str]], str]) -> str:
    found = list(re.finditer(pattern, text))
    if not found:
        return text
    match = random.choice(found)
    return text[: match.start()] + replace(match) + text[match.end() :]


def _add_boundary(text: str, random: Random) -> str:
    trigger = random.choice(list(TRIGGERS.values()))

    def add(match: re.Match[str]) -> str:
        name = f"new{random.randint(0, 10**9)}"
        return match[0] + boundary(name, match[1], trigger, interrupts="errorEvent" in trigger)

    return _one(text, r'<userTask id="(\w+)"/>', random, add)


def _add_handler(text: str, random: Random) -> str:
    trigger = random.choice(
        (TRIGGERS["timer"], TRIGGERS["message"], TRIGGERS["conditional"], timer("timeDuration", "=n"))
    )
    name = f"new{random.randint(0, 10**9)}"
    handler = event_sub_process(name, trigger, interrupts=False)
    return _one(text, r'<startEvent id="\w+"/>', random, lambda match: match[0] + handler)


_CHANGES: tuple[Callable[[str, Random], str], ...] = (
    _add_boundary,
    _add_boundary,
    _add_handler,
    _add_handler,
    lambda text, random: _one(text, r'<userTask id="(\w+)"/>', random, lambda m: f'<manualTask id="{m[1]}"/>'),
    lambda text, random: _one(text, r'cancelActivity="\w+"', random, lambda _: 'cancelActivity="false"'),
    lambda text, random: _one(
        text,
        r"(<boundaryEvent [^>]*>)<timerEvent.*?</timerEventDefinition>",
        random,
        lambda m: m[1] + TRIGGERS["signal"],
    ),
    lambda text, random: _one(text, r"PT\d+[SM]", random, lambda _: "PT5M"),
    lambda text, random: _one(text, r"<loopCardinality>", random, lambda _: "<loopCardinality>1 + "),
    lambda text, random: _one(
        text, "<parallelGateway(.*?)/(?:parallelGateway)?>", random, lambda m: f"<inclusiveGateway{m[1].rstrip('><')}/>"
    ),
    lambda text, _: text.replace("parallelGateway", "inclusiveGateway"),
    lambda text, random: _one(text, r'<sequenceFlow id="(\w+)"', random, lambda m: f'<sequenceFlow id="new{m[1]}"'),
)


def random_operation(random: Random, h: Harness, mappings: dict[str, str] | None = None) -> commands.Command:
    """Makes an operation that fits the instance's state."""
    if random.random() < 0.25:
        held = h.root.state is InstanceState.SUSPENDED
        return commands.ResumeInstance() if held else commands.SuspendInstance("random")
    if random.random() < 0.1:
        return commands.SetInstanceVariables(0, {"n": str(random.randint(0, 9))})
    if random.random() < 0.05:
        return commands.CancelInstance("random")
    if mappings is not None and random.random() < 0.5:
        to = "d-p2" if h.root.definition_id == "d-p" else random.choice(("d-p", "d-p2"))
        mapping = mappings if to == "d-p2" else {other: one for one, other in mappings.items()}
        return commands.MigrateInstance(0, to, mapping)
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
        elif join and sum(old.data["tokens"].values()) != sum(row.data["tokens"].values()):
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
