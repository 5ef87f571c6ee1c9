"""Random unstructured models: any node may lead to any other, also back.

Rule of this file: nothing is promised but what is true of every model. Tokens may meet, multiply, run for ever into the
step limit or wait for each other for ever at joins; yet they are counted rightly, wait for something that is there, and
are gone when the instance is canceled. Only what no deployment accepts is avoided.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.support.harness import boundary, bpmn, catch_event, error, event, flows, throw_event, timer
from tests.support.random_blocks import DECLARED, PARALLEL, TRIGGERS, undoes

Write = Callable[[str], str]

ACTIVITIES: dict[str, Write] = {
    "user": lambda name: f'<userTask id="{name}"/>',
    "service": lambda name: f'<serviceTask id="{name}"/>',
    "none": lambda name: f'<task id="{name}"/>',
    "receive": lambda name: f'<receiveTask id="{name}" messageRef="M_message"/>',
    "script": lambda name: (
        f'<scriptTask id="{name}" camunda:resultVariable="n"><script>${{n + 1}}</script></scriptTask>'
    ),
    "many": lambda name: (
        f'<userTask id="{name}"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
        "</multiInstanceLoopCharacteristics></userTask>"
    ),
    "again": lambda name: (
        f'<userTask id="{name}"><standardLoopCharacteristics loopMaximum="2"><loopCondition>n &gt; 4</loopCondition>'
        "</standardLoopCharacteristics></userTask>"
    ),
    "undoable": lambda name: f'<userTask id="{name}"/>{undoes(name)}',
}
GATEWAYS = ("exclusive", "parallel", "inclusive", "complex")
EVENTS: dict[str, Write] = {
    "signal": lambda name: throw_event(name, event("signal", "S")),
    "message": lambda name: throw_event(name, event("message", "M")),
    "escalation": lambda name: throw_event(name, event("escalation", "E")),
    "compensate": lambda name: throw_event(name, "<compensateEventDefinition/>"),
    "catch": lambda name: catch_event(name, TRIGGERS["any"] + timer("timeDuration", "PT1M")),
    "both": lambda name: catch_event(name, event("signal", "S") + timer("timeDuration", "PT1M"), PARALLEL),
    "condition": lambda name: catch_event(name, TRIGGERS["conditional"]),
}
ENDS = {
    "none": "",
    "terminate": "<terminateEventDefinition/>",
    "error": error("E"),
    "escalation": event("escalation", "E"),
    "signal": event("signal", "S"),
    "message": event("message", "M"),
    "compensate": "<compensateEventDefinition/>",
}


class GraphModel:
    """Writes a random graph as BPMN.

    Args:
        random: Where it comes from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._number = 0
        self.files = [bpmn(self._scope(random.randint(2, 9), 2), extra=DECLARED)]

    def _name(self, kind: str) -> str:
        self._number += 1
        return f"{kind}{self._number}"

    def _scope(self, size: int, depth: int) -> str:
        """What stands in a process or sub-process: nodes, then any flows between them."""
        random = self._random
        start = self._name("start")
        body = f'<startEvent id="{start}"/>'
        ends = []
        for _ in range(random.randint(1, 2)):
            kind = random.choice(list(ENDS))
            ends.append(self._name(f"end_{kind}"))
            body += f'<endEvent id="{ends[-1]}">{ENDS[kind]}</endEvent>'
        sources = [(start, "")]
        targets = list(ends)
        for _ in range(size):
            text, name, conditions, leave = self._node(depth)
            body += text
            targets.append(name)
            sources += [(source, conditions) for source in leave]
        pairs = []
        for source, kind in sources:
            pairs += self._leave(source, kind, targets)
        if depth < 2 and random.random() < 0.3:
            body += self._event_sub_process()
        return body + flows(*pairs)

    def _leave(self, source: str, kind: str, targets: list[str]) -> list[str]:
        random = self._random
        chosen = random.sample(targets, min(len(targets), random.choice((1, 1, 1, 2, 3) if kind else (1, 1, 1, 1, 2))))
        if kind != "conditions":
            return [f"{self._name('f')}| {source} -> {target}" for target in chosen]
        pairs = [f"default_{source}| {source} -> {chosen[0]}"]
        return pairs + [f"{self._name('f')}| {source} -> {one}: n > {random.randint(0, 8)}" for one in chosen[1:]]

    def _node(self, depth: int) -> tuple[str, str, str, list[str]]:
        """Returns a node's text, its name, how flows leave it, and what they leave."""
        random = self._random
        group = random.choice(("activity", "activity", "gateway", "gateway", "event", "first", "scope", "link"))
        if group == "gateway":
            return self._gateway()
        if group == "event":
            kind = random.choice(list(EVENTS))
            name = self._name(kind)
            return EVENTS[kind](name), name, "", [name]
        if group == "first":
            name = self._name("first")
            caught = {self._name("caught"): event("message", "M"), self._name("caught"): TRIGGERS["timer"]}
            text = f'<eventBasedGateway id="{name}"/>' + "".join(catch_event(*one) for one in caught.items())
            return text + flows(*(f"{self._name('f')}| {name} -> {one}" for one in caught)), name, "", list(caught)
        if group == "link":
            name = self._name("link")
            link = event("link", name)
            return throw_event(name, link) + catch_event(f"from_{name}", link), name, "", [f"from_{name}"]
        if group == "scope" and depth:
            type_ = random.choice(("subProcess", "subProcess", "transaction"))
            name = self._name(type_)
            text = f'<{type_} id="{name}">{self._scope(random.randint(1, 4), depth - 1)}</{type_}>'
        else:
            kind = random.choice(list(ACTIVITIES))
            name = self._name(kind)
            text = ACTIVITIES[kind](name)
        leave = [name]
        if random.random() < 0.4:
            trigger = random.choice(list(TRIGGERS))
            leave.append(self._name("boundary"))
            interrupts = trigger == "error" or random.random() < 0.5
            text += boundary(leave[-1], name, TRIGGERS[trigger], interrupts=interrupts)
        return text, name, "", leave

    def _gateway(self) -> tuple[str, str, str, list[str]]:
        kind = self._random.choice(GATEWAYS)
        name = self._name(kind)
        inner = "<activationCondition>activationCount &gt;= 1</activationCondition>" if kind == "complex" else ""
        chooses = kind != "parallel"
        default = f' default="default_{name}"' if chooses else ""
        text = f'<{kind}Gateway id="{name}"{default}>{inner}</{kind}Gateway>'
        return text, name, "conditions" if chooses else "all", [name]

    def _event_sub_process(self) -> str:
        random = self._random
        name = self._name("handler")
        trigger = random.choice(list(TRIGGERS))
        says = "true" if trigger == "error" or random.random() < 0.5 else "false"
        flow = flows(f"f{name}| s{name} -> u{name}")
        return (
            f'<subProcess id="{name}" triggeredByEvent="true">'
            f'<startEvent id="s{name}" isInterrupting="{says}">{TRIGGERS[trigger]}</startEvent>'
            f'<userTask id="u{name}"/>{flow}</subProcess>'
        )
