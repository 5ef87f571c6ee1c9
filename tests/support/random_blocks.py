"""Random block-structured models: a block has one way in and one way out, whatever happens inside of it.

Rule of this file: an instance of such a model whose work is all done is COMPLETED by exactly one token at its end
event. Every element that runs has a leaf or a block here; what is thrown and waited for has the same few names
everywhere, so that what one block throws, another one catches.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise
from random import Random
from typing import Any

from tests.support.harness import (
    boundary,
    bpmn,
    catch_event,
    declared,
    error,
    event,
    extensions,
    flows,
    throw_event,
    timer,
)

Block = tuple[Any, ...]  # a kind, and what it holds
Made = tuple[str, str, str]  # XML, the first and the last node

DECLARED = declared("M", "S", "E")
#: What boundary events and event sub-processes wait for, by a word.
TRIGGERS = {
    "timer": timer("timeDuration", "PT70S"),
    "cycle": timer("timeCycle", "R2/PT40S"),
    "message": event("message", "M"),
    "signal": event("signal", "S"),
    "conditional": event("conditional", "n > 7"),
    "escalation": event("escalation", "E"),
    "error": error("E"),
    "any": event("message", "M") + event("signal", "S"),
}
PARALLEL = ' parallelMultiple="true"'
LEAVES = (
    "user", "service", "risky", "none", "manual", "script", "timer", "mapped", "stuck", "receive", "send", "rule",
    "message", "conditional", "either", "both", "link", "throw_message", "throw_signal", "escalate", "undoable", "undo",
    "undo_beside", "decide",
)  # fmt: skip
SEVERAL = ("sequence", "sequence", "exclusive", "parallel", "parallel", "inclusive", "first", "complex", "ad_hoc")
BLOCKS = ("loop", "sub", "call", "fork", "thrower", "transaction", "undone", "guarded")
SPECIAL = ("caught", "caught", "caught", "handled", "handled", "handled", "many", "many", "again")


def random_block(random: Random, leaves: int) -> Block:
    """Makes a block of about so many leaves."""
    if leaves <= 1:
        return (random.choice(LEAVES),)
    kind = random.choice((*SEVERAL, *BLOCKS, *BLOCKS, *SPECIAL))
    if kind in SEVERAL:
        first = random.randint(1, leaves - 1)
        parts = [first, leaves - first]
        if parts[1] > 1 and random.random() < 0.5:
            parts[1:] = [1, parts[1] - 1]
        return (kind, [random_block(random, part) for part in parts])
    inner = random_block(random, leaves - 1)
    if kind in ("caught", "handled"):
        triggers = (*TRIGGERS, "compensate") if kind == "handled" else (*TRIGGERS,)
        aside = (random.choice(LEAVES),)
        return (kind, [inner, aside], random.choice(triggers), random.random() < 0.5)
    if kind == "many":
        condition = random.choice(("", "numberOfCompletedInstances >= 1", "n > 4"))
        return (kind, [inner], random.random() < 0.5, random.randint(0, 3), condition, random.random() < 0.5)
    if kind == "again":
        return (kind, [inner], random.random() < 0.5, random.randint(1, 3))
    return (kind, [inner])


def undoes(activity: str) -> str:
    """What undoes an activity: a compensation boundary event, its association, and a user task."""
    return (
        f'<boundaryEvent id="on{activity}" attachedToRef="{activity}"><compensateEventDefinition/></boundaryEvent>'
        f'<userTask id="undo{activity}" isForCompensation="true"/>'
        f'<association id="as{activity}" associationDirection="One" sourceRef="on{activity}"'
        f' targetRef="undo{activity}"/>'
    )


class BlockModel:
    """Writes a block as BPMN, and the processes that it calls."""

    def __init__(self, block: Block) -> None:
        self._numbers = count(1)
        self.files: list[bytes] = []
        main = self._process(block, "end")
        self.files.insert(0, bpmn(main, extra=DECLARED))

    def _process(self, block: Block, end: str) -> str:
        body, first, last = self._block(block)
        return f'<startEvent id="s"/>{body}<endEvent id="{end}"/>' + self._flows(f"s -> {first}", f"{last} -> {end}")

    def _inside(self, name: str, block: Block) -> str:
        """What stands in a sub-process: a block behind a start event."""
        text, first, _ = self._block(block)
        return f'<startEvent id="s{name}"/>{text}' + self._flows(f"s{name} -> {first}")

    def _flows(self, *pairs: str) -> str:
        named = [pair if "| " in pair else f"f{next(self._numbers)}| {pair}" for pair in pairs]
        return flows(*named)

    def _block(self, block: Block) -> Made:
        kind, *rest = block
        name = f"{kind}{next(self._numbers)}"
        make: Callable[..., Made] = getattr(self, f"_{kind}")
        return make(name, *rest)

    # -- leaves ------------------------------------------------------------------------------------------------------

    def _user(self, name: str) -> Made:
        return f'<userTask id="{name}"/>', name, name

    def _service(self, name: str) -> Made:
        late = f"late{name}"
        body = f'<serviceTask id="{name}"/>{boundary(late, name, error())}<exclusiveGateway id="m{name}"/>'
        return body + self._flows(f"{name} -> m{name}", f"{late} -> m{name}"), name, f"m{name}"

    def _none(self, name: str) -> Made:
        return f'<task id="{name}"/>', name, name

    def _script(self, name: str) -> Made:
        body = f'<scriptTask id="{name}" camunda:resultVariable="done"><script>${{done + 1}}</script></scriptTask>'
        return body, name, name

    def _timer(self, name: str) -> Made:
        body = f'<intermediateCatchEvent id="{name}">{timer("timeDuration", "PT1M")}</intermediateCatchEvent>'
        return body, name, name

    def _mapped(self, name: str) -> Made:
        mappings = extensions(inputs=["done -> mine"], outputs=["mine + 1 -> done"])
        return f'<userTask id="{name}">{mappings}</userTask>', name, name

    def _stuck(self, name: str) -> Made:
        body = f'<exclusiveGateway id="{name}"/><task id="after{name}"/>'
        return body + self._flows(f"{name} -> after{name}: n < 7"), name, f"after{name}"

    def _risky(self, name: str) -> Made:
        return f'<serviceTask id="{name}"/>', name, name

    def _manual(self, name: str) -> Made:
        return f'<manualTask id="{name}"/>', name, name

    def _receive(self, name: str) -> Made:
        return f'<receiveTask id="{name}" messageRef="M_message"/>', name, name

    def _send(self, name: str) -> Made:
        return f'<sendTask id="{name}" messageRef="M_message"/>', name, name

    def _rule(self, name: str) -> Made:
        return f'<businessRuleTask id="{name}"/>', name, name

    def _message(self, name: str) -> Made:
        return catch_event(name, event("message", "M")), name, name

    def _conditional(self, name: str) -> Made:
        # A condition may never become true when nobody is left to set a variable, so time passes too.
        return catch_event(name, event("conditional", "n > 5") + timer("timeDuration", "PT3M")), name, name

    def _either(self, name: str) -> Made:
        return (
            catch_event(name, event("signal", "S") + event("message", "M") + timer("timeDuration", "PT2M")),
            name,
            name,
        )

    def _both(self, name: str) -> Made:
        return catch_event(name, event("signal", "S") + timer("timeDuration", "PT1M"), PARALLEL), name, name

    def _link(self, name: str) -> Made:
        link = event("link", name)
        return throw_event(f"to{name}", link) + catch_event(name, link), f"to{name}", name

    def _throw_message(self, name: str) -> Made:
        return throw_event(name, event("message", "M")), name, name

    def _throw_signal(self, name: str) -> Made:
        return throw_event(name, event("signal", "S")), name, name

    def _escalate(self, name: str) -> Made:
        return throw_event(name, event("escalation", "E")), name, name

    def _undoable(self, name: str) -> Made:
        return f'<userTask id="{name}"/>{undoes(name)}', name, name

    def _undo(self, name: str) -> Made:
        return throw_event(name, "<compensateEventDefinition/>"), name, name

    def _undo_beside(self, name: str) -> Made:
        return throw_event(name, '<compensateEventDefinition waitForCompletion="false"/>'), name, name

    def _decide(self, name: str) -> Made:
        """An event-based gateway: the first of four events."""
        events = {
            f"a{name}": catch_event(f"a{name}", event("message", "M")),
            f"b{name}": catch_event(f"b{name}", event("signal", "S")),
            f"c{name}": catch_event(f"c{name}", TRIGGERS["timer"]),
            f"d{name}": catch_event(f"d{name}", TRIGGERS["conditional"]),
        }
        pairs = [pair for one in events for pair in (f"{name} -> {one}", f"{one} -> m{name}")]
        body = f'<eventBasedGateway id="{name}"/><exclusiveGateway id="m{name}"/>' + "".join(events.values())
        return body + self._flows(*pairs), name, f"m{name}"

    # -- blocks of blocks --------------------------------------------------------------------------------------------

    def _sequence(self, name: str, inner: list[Block]) -> Made:
        made = [self._block(block) for block in inner]
        joints = [f"{before[2]} -> {after[1]}" for before, after in pairwise(made)]
        return "".join(body for body, _, _ in made) + self._flows(*joints), made[0][1], made[-1][2]

    def _gateway(self, name: str, type: str, inner: list[Block], conditions: list[str]) -> Made:
        made = [self._block(block) for block in inner]
        default = f"d{name}"
        by_default = f'default="{default}"' if conditions else ""
        pairs = [f"{default}| {name} -> {made[0][1]}" if conditions else f"{name} -> {made[0][1]}"]
        for number, (_, first, _) in enumerate(made[1:]):
            pairs.append(f"{name} -> {first}" + (f": {conditions[number]}" if conditions else ""))
        pairs += [f"{last} -> j{name}" for _, _, last in made]
        body = f'<{type} id="{name}" {by_default}/><{type} id="j{name}"/>' + "".join(text for text, _, _ in made)
        return body + self._flows(*pairs), name, f"j{name}"

    def _exclusive(self, name: str, inner: list[Block]) -> Made:
        return self._gateway(name, "exclusiveGateway", inner, ["n > 3", "n > 1"])

    def _inclusive(self, name: str, inner: list[Block]) -> Made:
        return self._gateway(name, "inclusiveGateway", inner, ["n > 3", "n > 1"])

    def _parallel(self, name: str, inner: list[Block]) -> Made:
        return self._gateway(name, "parallelGateway", inner, [])

    def _loop(self, name: str, inner: list[Block]) -> Made:
        text, first, last = self._block(inner[0])
        wait = f"w{name}"  # somebody waits in each round, so that no path is endless
        body = (
            f'<exclusiveGateway id="{name}"/>{text}<userTask id="{wait}"/>'
            f'<exclusiveGateway id="x{name}" default="d{name}"/>'
            f'<task id="o{name}"/>'
        )
        pairs = (
            f"{name} -> {first}",
            f"{last} -> {wait}",
            f"{wait} -> x{name}",
            f"x{name} -> {name}: n > 6",
            f"d{name}| x{name} -> o{name}",
        )
        return body + self._flows(*pairs), name, f"o{name}"

    def _sub(self, name: str, inner: list[Block]) -> Made:
        text = self._inside(name, inner[0])
        mappings = extensions(inputs=["n -> n", "0 -> own"])
        return f'<subProcess id="{name}">{mappings}{text}</subProcess>', name, name

    def _call(self, name: str, inner: list[Block]) -> Made:
        process = f"q{name}"
        self.files.append(bpmn(self._process(inner[0], "over"), process=process, extra=DECLARED))
        return f'<callActivity id="{name}" calledElement="{process}"/>', name, name

    def _guarded(self, name: str, inner: list[Block]) -> Made:
        text = self._inside(name, inner[0])
        body = (
            f'<subProcess id="{name}">{text}</subProcess>'
            + boundary(f"t{name}", name, timer("timeDuration", "PT90S"))
            + boundary(f"r{name}", name, timer("timeCycle", "R2/PT40S"), interrupts=False)
            + f'<userTask id="b{name}"/><exclusiveGateway id="m{name}"/>'
        )
        return body + self._flows(f"{name} -> m{name}", f"t{name} -> m{name}", f"r{name} -> b{name}"), name, f"m{name}"

    def _fork(self, name: str, inner: list[Block]) -> Made:
        """A sub-process without start event that is forked and joined by nothing but its own end."""
        text, _, _ = self._block(inner[0])
        other, _, _ = self._block(("user",))
        return f'<subProcess id="{name}">{text}{other}</subProcess>', name, name

    def _thrower(self, name: str, inner: list[Block]) -> Made:
        text, first, last = self._block(inner[0])
        inside = (
            f'<startEvent id="s{name}"/>{text}<userTask id="u{name}"/>'
            f'<exclusiveGateway id="x{name}" default="d{name}"/>'
            f'<endEvent id="e{name}">{error("E")}</endEvent>'
            f'<endEvent id="t{name}"><terminateEventDefinition/></endEvent>'
        )
        pairs = (
            f"s{name} -> {first}",
            f"{last} -> x{name}",
            f"s{name} -> u{name}",
            f"x{name} -> e{name}: n > 4",
            f"d{name}| x{name} -> t{name}",
        )
        body = (
            f'<subProcess id="{name}">{inside}{self._flows(*pairs)}</subProcess>'
            f"{boundary(f'b{name}', name, error('E'))}"
            f'<exclusiveGateway id="m{name}"/>'
        )
        return body + self._flows(f"{name} -> m{name}", f"b{name} -> m{name}"), name, f"m{name}"

    def _complex(self, name: str, inner: list[Block]) -> Made:
        """A complex gateway that goes on with the first token; the later ones reset it."""
        made = [self._block(block) for block in inner]
        once = "<activationCondition>activationCount &gt;= 1</activationCondition>"
        body = (
            "".join(text for text, _, _ in made)
            + f'<startEvent id="s{name}"/><complexGateway id="j{name}">{once}</complexGateway><userTask id="u{name}"/>'
        )
        pairs = [pair for _, first, last in made for pair in (f"s{name} -> {first}", f"{last} -> j{name}")]
        body += self._flows(*pairs, f"j{name} -> u{name}")
        return f'<subProcess id="{name}">{body}</subProcess>', name, name

    def _ad_hoc(self, name: str, inner: list[Block]) -> Made:
        """Blocks without a start event, until there has been enough."""
        text = "".join(self._sub(f"i{number}{name}", [block])[0] for number, block in enumerate(inner))
        order = ("Parallel", "Sequential")[len(name) % 2]
        enough = "<completionCondition>n &gt; 6</completionCondition>"
        return f'<adHocSubProcess id="{name}" ordering="{order}">{text}{enough}</adHocSubProcess>', name, name

    def _first(self, name: str, inner: list[Block]) -> Made:
        """Blocks side by side: the first that is done ends the others."""
        made = [self._block(block) for block in inner]
        text = "".join(body for body, _, _ in made)
        pairs = [f"s{name} -> {first}" for _, first, _ in made] + [f"{last} -> e{name}" for _, _, last in made]
        end = f'<endEvent id="e{name}"><terminateEventDefinition/></endEvent>'
        body = f'<startEvent id="s{name}"/>{text}{end}{self._flows(*pairs)}'
        return f'<subProcess id="{name}">{body}</subProcess>', name, name

    def _transaction(self, name: str, inner: list[Block]) -> Made:
        text, first, last = self._block(inner[0])
        body = (
            f'<startEvent id="s{name}"/>{text}<userTask id="u{name}"/>{undoes(f"u{name}")}'
            f'<exclusiveGateway id="x{name}" default="d{name}"/><endEvent id="e{name}"/>'
            f'<endEvent id="c{name}"><cancelEventDefinition/></endEvent>'
        )
        pairs = (
            f"s{name} -> {first}",
            f"s{name} -> u{name}",
            f"{last} -> x{name}",
            f"x{name} -> c{name}: n > 4",
            f"d{name}| x{name} -> e{name}",
        )
        body = (
            f'<transaction id="{name}">{body}{self._flows(*pairs)}</transaction>'
            f'{boundary(f"b{name}", name, "<cancelEventDefinition/>")}<exclusiveGateway id="m{name}"/>'
        )
        return body + self._flows(f"{name} -> m{name}", f"b{name} -> m{name}"), name, f"m{name}"

    def _undone(self, name: str, inner: list[Block]) -> Made:
        """A sub-process that is complete and is then undone, by its handler or by what is inside of it."""
        text = self._inside(name, inner[0])
        throw = f'<compensateEventDefinition activityRef="{name}"/>'
        body = f'<subProcess id="{name}">{text}</subProcess>{throw_event(f"t{name}", throw)}'
        return body + self._flows(f"{name} -> t{name}"), name, f"t{name}"

    def _caught(self, name: str, inner: list[Block], trigger: str, interrupts: bool) -> Made:
        """A boundary event, which goes on with a block of its own."""
        text = self._inside(name, inner[0])
        aside, first, last = self._block(inner[1])
        interrupts = interrupts or trigger == "error"
        body = f'<subProcess id="{name}">{text}</subProcess>{aside}<exclusiveGateway id="m{name}"/>' + boundary(
            f"b{name}", name, TRIGGERS[trigger], interrupts=interrupts
        )
        pairs = [f"{name} -> m{name}", f"b{name} -> {first}"] + ([f"{last} -> m{name}"] if interrupts else [])
        return body + self._flows(*pairs), name, f"m{name}"

    def _handled(self, name: str, inner: list[Block], trigger: str, interrupts: bool) -> Made:
        """An event sub-process."""
        text = self._inside(name, inner[0])
        aside, first, _ = self._block(inner[1])
        if trigger == "compensate":
            start = f'<startEvent id="h{name}"><compensateEventDefinition/></startEvent>'
        else:
            says = "true" if interrupts or trigger == "error" else "false"
            start = f'<startEvent id="h{name}" isInterrupting="{says}">{TRIGGERS[trigger]}</startEvent>'
        handler = f'<subProcess id="p{name}" triggeredByEvent="true">{start}{aside}'
        handler += self._flows(f"h{name} -> {first}") + "</subProcess>"
        return f'<subProcess id="{name}">{text}{handler}</subProcess>', name, name

    def _many(
        self, name: str, inner: list[Block], sequential: bool, number: int, condition: str, undoable: bool
    ) -> Made:
        """A multi-instance sub-process."""
        text = self._inside(name, inner[0])
        ends = f"<completionCondition>{condition.replace('>', '&gt;')}</completionCondition>" if condition else ""
        marker = (
            f'<multiInstanceLoopCharacteristics isSequential="{"true" if sequential else "false"}">'
            f"<loopCardinality>{number}</loopCardinality>{ends}</multiInstanceLoopCharacteristics>"
        )
        return f'<subProcess id="{name}">{text}{marker}</subProcess>{undoes(name) if undoable else ""}', name, name

    def _again(self, name: str, inner: list[Block], before: bool, most: int) -> Made:
        """A sub-process with a standard loop."""
        text = self._inside(name, inner[0])
        marker = (
            f'<standardLoopCharacteristics testBefore="{"true" if before else "false"}" loopMaximum="{most}">'
            "<loopCondition>n &gt; 3</loopCondition></standardLoopCharacteristics>"
        )
        return f'<subProcess id="{name}">{text}{marker}</subProcess>', name, name
