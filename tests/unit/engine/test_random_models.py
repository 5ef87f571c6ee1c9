"""Random block-structured models on random paths: what has to be true of every model, whatever it looks like.

A block has one way in and one way out, so that an instance whose work is all done must be COMPLETED by exactly one
token at the end event. After every command ``tests.support.harness.check`` counts the tokens and looks for what was
left behind. The same commands go to rows in memory, in a store, and given when asked for; all must be equal after each.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from bpmgrpc.engine.execution import Limits
from bpmgrpc.store import open_store
from tests.support.harness import AskedRows, Harness, MemoryRows, boundary, bpmn, error, extensions, flows, timer
from tests.support.store_rows import StoreRows

Block = Any  # a kind, and what it holds

LEAVES = ("user", "service", "none", "script", "timer", "mapped", "stuck")
blocks: st.SearchStrategy[Block] = st.recursive(
    st.sampled_from([(leaf,) for leaf in LEAVES]),
    lambda inner: st.one_of(
        st.tuples(st.just("sequence"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.sampled_from(("exclusive", "parallel", "inclusive")), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(
            st.sampled_from(("loop", "sub", "call", "guarded", "fork", "thrower")), inner.map(lambda block: [block])
        ),
    ),
    max_leaves=8,
)


class Model:
    """Writes a block as BPMN, and the processes that it calls."""

    def __init__(self, block: Block) -> None:
        self._numbers = count(1)
        self.files: list[bytes] = []
        main = self._process(block, "end")
        self.files.insert(0, bpmn(main))

    def _process(self, block: Block, end: str) -> str:
        body, first, last = self._block(block)
        return f'<startEvent id="s"/>{body}<endEvent id="{end}"/>' + self._flows(f"s -> {first}", f"{last} -> {end}")

    def _flows(self, *pairs: str) -> str:
        named = [pair if "| " in pair else f"f{next(self._numbers)}| {pair}" for pair in pairs]
        return flows(*named)

    def _block(self, block: Block) -> tuple[str, str, str]:
        kind, *rest = block
        name = f"{kind}{next(self._numbers)}"
        made: tuple[str, str, str] = getattr(self, f"_{kind}")(name, *rest)
        return made

    # -- leaves ------------------------------------------------------------------------------------------------------

    def _user(self, name: str) -> tuple[str, str, str]:
        return f'<userTask id="{name}"/>', name, name

    def _service(self, name: str) -> tuple[str, str, str]:
        late = f"late{name}"
        body = f'<serviceTask id="{name}"/>{boundary(late, name, error())}<exclusiveGateway id="m{name}"/>'
        return body + self._flows(f"{name} -> m{name}", f"{late} -> m{name}"), name, f"m{name}"

    def _none(self, name: str) -> tuple[str, str, str]:
        return f'<task id="{name}"/>', name, name

    def _script(self, name: str) -> tuple[str, str, str]:
        body = f'<scriptTask id="{name}" camunda:resultVariable="done"><script>${{done + 1}}</script></scriptTask>'
        return body, name, name

    def _timer(self, name: str) -> tuple[str, str, str]:
        body = f'<intermediateCatchEvent id="{name}">{timer("timeDuration", "PT1M")}</intermediateCatchEvent>'
        return body, name, name

    def _mapped(self, name: str) -> tuple[str, str, str]:
        mappings = extensions(inputs=["done -> mine"], outputs=["mine + 1 -> done"])
        return f'<userTask id="{name}">{mappings}</userTask>', name, name

    def _stuck(self, name: str) -> tuple[str, str, str]:
        body = f'<exclusiveGateway id="{name}"/><task id="after{name}"/>'
        return body + self._flows(f"{name} -> after{name}: n < 7"), name, f"after{name}"

    # -- blocks of blocks --------------------------------------------------------------------------------------------

    def _sequence(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
        made = [self._block(block) for block in inner]
        joints = [f"{before[2]} -> {after[1]}" for before, after in pairwise(made)]
        return "".join(body for body, _, _ in made) + self._flows(*joints), made[0][1], made[-1][2]

    def _gateway(self, name: str, type: str, inner: list[Block], conditions: list[str]) -> tuple[str, str, str]:
        made = [self._block(block) for block in inner]
        default = f"d{name}"
        by_default = f'default="{default}"' if conditions else ""
        pairs = [f"{default}| {name} -> {made[0][1]}" if conditions else f"{name} -> {made[0][1]}"]
        for number, (_, first, _) in enumerate(made[1:]):
            pairs.append(f"{name} -> {first}" + (f": {conditions[number]}" if conditions else ""))
        pairs += [f"{last} -> j{name}" for _, _, last in made]
        body = f'<{type} id="{name}" {by_default}/><{type} id="j{name}"/>' + "".join(text for text, _, _ in made)
        return body + self._flows(*pairs), name, f"j{name}"

    def _exclusive(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
        return self._gateway(name, "exclusiveGateway", inner, ["n > 3", "n > 1"])

    def _inclusive(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
        return self._gateway(name, "inclusiveGateway", inner, ["n > 3", "n > 1"])

    def _parallel(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
        return self._gateway(name, "parallelGateway", inner, [])

    def _loop(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
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

    def _sub(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
        text, _, _ = self._block(inner[0])
        mappings = extensions(inputs=["n -> n", "0 -> own"])
        return f'<subProcess id="{name}">{mappings}{text}</subProcess>', name, name

    def _call(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
        process = f"q{name}"
        self.files.append(bpmn(self._process(inner[0], "over"), process=process))
        return f'<callActivity id="{name}" calledElement="{process}"/>', name, name

    def _guarded(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
        text, _, _ = self._block(inner[0])
        body = (
            f'<subProcess id="{name}">{text}</subProcess>'
            + boundary(f"t{name}", name, timer("timeDuration", "PT90S"))
            + boundary(f"r{name}", name, timer("timeCycle", "R2/PT40S"), interrupts=False)
            + f'<userTask id="b{name}"/><exclusiveGateway id="m{name}"/>'
        )
        return body + self._flows(f"{name} -> m{name}", f"t{name} -> m{name}", f"r{name} -> b{name}"), name, f"m{name}"

    def _fork(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
        """A sub-process without start event that is forked and joined by nothing but its own end."""
        text, _, _ = self._block(inner[0])
        other, _, _ = self._block(("user",))
        return f'<subProcess id="{name}">{text}{other}</subProcess>', name, name

    def _thrower(self, name: str, inner: list[Block]) -> tuple[str, str, str]:
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


@contextmanager
def triplets(files: list[bytes], limits: Limits, template: Path) -> Iterator[list[Harness]]:
    """Harnesses for the same model: on rows in memory, in a store, and given when asked for."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.db"
        shutil.copyfile(template, path)
        store = open_store(f"sqlite:///{path}", synchronous="NORMAL")
        try:
            yield [Harness(files, rows, limits=limits) for rows in (MemoryRows(), StoreRows(store), AskedRows())]
        finally:
            store.close()


def rows_of(h: Harness) -> list[Any]:
    """All that there is of an instance."""
    rows, root_id = h.rows, h.root_id
    tables = (rows.elements, rows.user_tasks, rows.jobs, rows.timers, rows.incidents, rows.instances)
    return [rows.root(root_id), *(table(root_id) for table in tables), rows.variables(root_id)]


def act(h: Harness, choice: int, n: int) -> None:
    """Does one of the things that can be done now; which one the choice says."""
    actions: list[Callable[[], object]] = [lambda name=name: h.complete(name, n=n) for name in h.open_tasks()]
    for job in h.rows.jobs(h.root_id):
        if job.retries:
            name = job.element_id
            actions += [
                lambda name=name: h.complete_job(name, n=n),
                lambda name=name: h.fail_job(name, n % 2),
                lambda name=name: h.throw_error(name, "X"),
            ]
    if h.rows.timers(h.root_id):
        actions.append(lambda: h.advance_clock(45))
    if h.incidents():
        actions.append(lambda: h.resolve(n=n))
    if actions:
        actions[choice % len(actions)]()
        h.go_on()


@settings(
    max_examples=150,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    block=blocks,
    path=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), max_size=25),
    n=st.integers(0, 9),
    steps_per_slice=st.sampled_from((1, 3, 5_000)),
)
def test_random_model_loses_and_doubles_no_token(block, path, n, steps_per_slice, migrated_database):
    """Whatever the model and the path: counts are right, reloading changes nothing, all work done ends the instance."""
    model = Model(block)
    with triplets(model.files, Limits(steps=2_000, steps_per_slice=steps_per_slice), migrated_database) as all_three:
        for content in model.files:
            note(content.decode())
        for h in all_three:
            h.start(n=n, done=0)
        assert rows_of(all_three[0]) == rows_of(all_three[1]) == rows_of(all_three[2])
        for choice, value in path:
            for h in all_three:
                act(h, choice, value)
            assert rows_of(all_three[0]) == rows_of(all_three[1]) == rows_of(all_three[2])

        h = all_three[0]
        for _ in range(300):
            if h.state != "ACTIVE":
                break
            act(h, 0, 0)
        assert h.state == "COMPLETED", h.active()
        assert h.completed().count("end") == 1


@pytest.mark.parametrize("kind", ("exclusive", "parallel", "inclusive"))
def test_random_model_writes_what_it_says(kind):
    """The models of this file are what they seem to be."""
    content = Model((kind, [("user",), ("user",)])).files[0].decode()

    assert content.count(f"<{kind}Gateway") == 2
    assert content.count("<userTask") == 2
