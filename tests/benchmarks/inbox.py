"""What an inbox costs with a million open tasks and 10,000 users: times, totals and query plans of both databases.

    make bench-inbox                                                          # writes docs/inbox.md
    python -m tests.benchmarks.inbox --tasks 10000 --databases sqlite         # a quick look, printed only

The tables are filled by SQL. Of a million tasks 100,000 are offered to one group, the same number to single users, the
rest to 200 groups; each user belongs to three groups and a role, every hundredth to the large group as well. Calls go
to the store, on this thread: what a network and other callers add is measured by ``tests.benchmarks``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter
from typing import Any, Final

import psycopg

from bpmgrpc.runtime import Runtime
from bpmgrpc.runtime.inbox_watch import InboxEventKind, InboxWatch
from bpmgrpc.store import DefinitionRow, Session, open_store
from bpmgrpc.store.inbox import USER_TASKS, user_task_shape
from bpmgrpc.store.lists import values_of
from bpmgrpc.store.paging import PageRequest
from bpmgrpc.store.url import parse_url
from bpmgrpc.store.views import UserTaskFilter, UserTaskPart
from tests.benchmarks.databases import ROOT_IDS, Databases, numbered
from tests.benchmarks.databases import fill as run_all
from tests.support.harness import bpmn, flows

USERS: Final = 10_000
GROUPS: Final = 200
DOCS: Final = Path(__file__).parents[2] / "docs"
DEFINITIONS: Final = 10
START_US: Final = 1_700_000_000_000_000
DAY_US: Final = 86_400_000_000

# `n` runs over the tasks; {hash} is a number that looks random and is the same on both databases.
_HASH: Final = "((n * 7919 + n / 13 * 104729) % 1000003)"
_CANDIDATE: Final = (
    f"CASE WHEN n % 10 = 0 THEN 'Gbig' WHEN n % 10 = 1 THEN 'Uu' || ({_HASH} % {USERS}) "
    f"ELSE 'Gg' || ({_HASH} % {GROUPS}) END"
)
_DUE: Final = f"CASE WHEN n % 4 = 0 THEN NULL ELSE {START_US} + {_HASH} * 86400000 END"
_COLUMNS: Final = (
    "root_id, seq, instance, definition_id, element_id, name, description, state, assignee, owner, candidates, "
    "priority, due_us, follow_up_us, create_us, claim_us, end_us, create_by, form_key, load_link_entity_id, "
    "load_link_param, business_key, version, flags"
)


def deploy(session: Session, number: int) -> None:
    """Deploys a process with one task."""
    body = '<startEvent id="s"/><userTask id="t"/><endEvent id="e"/>' + flows("s -> t", "t -> e")
    name = f"p{number}"
    session.insert_definition(
        DefinitionRow(
            id=f"d{number}",
            app_name="office",
            process_name=name,
            display_name=name,
            version=1,
            version_tag="",
            resource_name=f"{name}.bpmn",
            resource_hash=session.insert_resource(bpmn(body, process=name)),
            create_us=START_US,
        )
    )


def fill(url: str, tasks: int) -> None:
    """Fills an empty, migrated database."""
    dialect = parse_url(url).dialect
    id_ = ROOT_IDS[dialect]
    numbers = numbered(dialect, tasks)
    claimed = "n % 50 = 7"
    state = f"CASE WHEN {claimed} THEN 'CLAIMED' WHEN n % 10 = 1 THEN 'ASSIGNED' ELSE 'WAITING' END"
    statements = [
        (
            f"INSERT INTO process_instance SELECT {id_}, 0, NULL, 'd' || (n % {DEFINITIONS}), 'ACTIVE', 1, 9, 1, 0, "
            f"NULL, 0, 'k' || n, '', {START_US} + n, NULL, '' FROM {numbers}"
        ),
        (
            f"INSERT INTO user_task ({_COLUMNS}) SELECT {id_}, 1, 0, 'd' || (n % {DEFINITIONS}), 't', "
            f"'Check order ' || n, '', {state}, CASE WHEN {claimed} THEN 'u' || ({_HASH} % {USERS}) ELSE '' END, "
            f"'o' || (n % 100), '[\"' || {_CANDIDATE} || '\"]', 1 + {_HASH} % 99, {_DUE}, NULL, {START_US} + n, "
            f"CASE WHEN {claimed} THEN {START_US} + n END, NULL, '', '', '', '=', 'k' || n, 1, 0 FROM {numbers}"
        ),
        (
            f"INSERT INTO user_task_candidate SELECT {id_}, 1, {_CANDIDATE}, 1 + {_HASH} % 99, {START_US} + n, {_DUE}, "
            f"'d' || (n % {DEFINITIONS}), 1, 'Check order ' || n FROM {numbers} WHERE NOT ({claimed})"
        ),
    ]
    for user in range(USERS):
        groups = {f"g{(user * step + step) % GROUPS}" for step in (1, 7, 31)} | ({"big"} if user % 100 == 0 else set())
        rows = ", ".join(f"('u{user}', 'G', '{group}')" for group in sorted(groups))
        statements.append(f"INSERT INTO directory_membership VALUES {rows}, ('u{user}', 'R', 'r{user % 20}')")
    run_all(url, statements)


def user(chance: random.Random) -> str:
    return f"u{chance.randrange(USERS)}"


def big_user(chance: random.Random) -> str:
    return f"u{chance.randrange(USERS // 100) * 100}"


Ask = tuple[UserTaskFilter, PageRequest]
_PAGE: Final = PageRequest(skip_total=True)
CALLS: Final[dict[str, Callable[[random.Random], Ask]]] = {
    "first page, default order": lambda c: (UserTaskFilter(user=user(c)), _PAGE),
    "first page with its total": lambda c: (UserTaskFilter(user=user(c)), PageRequest()),
    "claimed by me": lambda c: (UserTaskFilter(user=user(c), parts=(UserTaskPart.CLAIMED,)), _PAGE),
    "priority 60 or more, one process": lambda c: (
        UserTaskFilter(user=user(c), priority_min=60, process_name="p3"),
        _PAGE,
    ),
    "due within a week": lambda c: (
        UserTaskFilter(user=user(c), due_from_us=START_US, due_until_us=START_US + 7 * DAY_US),
        _PAGE,
    ),
    "by due time": lambda c: (UserTaskFilter(user=user(c)), PageRequest(order_by="due_time", skip_total=True)),
    "by name": lambda c: (UserTaskFilter(user=user(c)), PageRequest(order_by="name", skip_total=True)),
    "text in the name": lambda c: (UserTaskFilter(user=user(c), name_contains="77"), _PAGE),
    "business key": lambda c: (UserTaskFilter(business_key=f"k{c.randrange(10_000)}"), _PAGE),
    "all open tasks": lambda _: (UserTaskFilter(), _PAGE),
    "pool of 100,000: first page": lambda c: (UserTaskFilter(user=big_user(c)), _PAGE),
    "pool of 100,000: page 50": lambda c: (UserTaskFilter(user=big_user(c)), PageRequest(skip=2450, skip_total=True)),
    "pool of 100,000: its total": lambda c: (UserTaskFilter(user=big_user(c)), PageRequest()),
    "pool of 100,000: one process": lambda c: (UserTaskFilter(user=big_user(c), process_name="p5"), _PAGE),
    "pool of 100,000: by due time": lambda c: (
        UserTaskFilter(user=big_user(c)),
        PageRequest(order_by="due_time", skip_total=True),
    ),
    "pool of 100,000: text in the name": lambda c: (UserTaskFilter(user=big_user(c), name_contains="777"), _PAGE),
}


def measure(url: str, samples: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of call."""
    store = open_store(url)
    found: dict[str, list[float]] = {}
    for name, make in CALLS.items():
        chance = random.Random(name)
        times = found[name] = []
        for number in range(samples + 5):
            filter_, page = make(chance)
            begin = perf_counter()
            with store.reader() as queries:
                queries.list_user_tasks(filter_, page)
            if number >= 5:  # the first ones compile statements and fill caches
                times.append((perf_counter() - begin) * 1_000)
    store.close()
    for name, pick in (("ClaimNext", user), ("ClaimNext, pool of 100,000", big_user)):
        found[name] = asyncio.run(claim(url, samples, name, pick))
    found["WatchUserTasks: a claim is told"] = asyncio.run(watch(url, samples))
    return found


async def watch(url: str, samples: int) -> list[float]:
    """Milliseconds from the commit of a claim until its user's watcher is told of it."""
    runtime = Runtime(open_store(url))
    chance = random.Random("watch")
    watcher = UserTaskFilter(user="u1")
    times = []
    events = InboxWatch(runtime.read, runtime.user_task_feed, watcher, 60.0).events(None, listed=False)
    async with contextlib.aclosing(events):
        assert (await anext(events)).kind is InboxEventKind.CURRENT
        for _ in range(samples):
            await asyncio.sleep(chance.uniform(0.0, 0.05))  # a commit has no part in the rhythm of the reading
            outcome = await claim_one(runtime, watcher)
            begin = perf_counter()
            event = await anext(events)
            times.append((perf_counter() - begin) * 1_000)
            assert event.task is not None
            assert event.task.row.seq == outcome
    runtime.close()
    return times


async def claim_one(runtime: Runtime, wanted: UserTaskFilter) -> int:
    """Claims the next task; returns its number."""
    outcome = await runtime.claim_next.claim(
        wanted.user,
        wanted,
        variables=False,
        deadline=monotonic() + 60,
        request=None,
        reply=lambda _: None,  # type: ignore[arg-type, return-value]
    )
    assert outcome.result is not None
    assert outcome.result.task is not None
    return outcome.result.task.row.seq


async def claim(url: str, samples: int, name: str, pick: Callable[[random.Random], str]) -> list[float]:
    """Milliseconds of claims of the next task, committed."""
    runtime = Runtime(open_store(url))
    chance = random.Random(name)
    times = []
    for _ in range(samples + 5):
        wanted = UserTaskFilter(user=pick(chance))
        begin = perf_counter()
        await claim_one(runtime, wanted)
        times.append((perf_counter() - begin) * 1_000)
    runtime.close()
    return times[5:]


def plans(url: str) -> dict[str, str]:
    """Query plans of the page and of the total for one call of each kind."""
    parsed = parse_url(url)
    found = {}
    for name, make in CALLS.items():
        filter_, page = make(random.Random(name))
        shape = user_task_shape(filter_)
        terms = USER_TASKS._terms(page.order_by)
        statement = USER_TASKS._page_statement(shape, terms, after=False).of(parsed.dialect)
        values = statement.bind({**values_of(filter_), "page_limit": 51, "page_offset": page.skip})
        if parsed.dialect == "sqlite":
            with sqlite3.connect(parsed.path) as plain:
                rows: list[Any] = plain.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values).fetchall()
            found[name] = "\n".join(row[3] for row in rows)
        else:
            with psycopg.connect(parsed.conninfo, cursor_factory=psycopg.RawCursor) as connection:
                connection.execute("SET plan_cache_mode = force_generic_plan; SET jit = off")
                text = f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) {statement.sql}".encode()
                found[name] = "\n".join(row[0] for row in connection.execute(text, values))
    return found


def table(figures: dict[str, dict[str, list[float]]]) -> str:
    """The figures as a Markdown table."""
    names = list(next(iter(figures.values())))
    head = "| Call | " + " | ".join(f"{name}: median ms | p99 ms" for name in figures) + " |\n"
    lines = [head + "|---" * (1 + 2 * len(figures)) + "|"]
    for name in names:
        cells = []
        for times in (one[name] for one in figures.values()):
            ordered = sorted(times)
            cells += [f"{ordered[len(ordered) // 2]:.1f}", f"{ordered[int(len(ordered) * 0.99)]:.1f}"]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Fills, measures, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--databases", nargs="+", default=["postgresql", "sqlite"])
    parser.add_argument("--write", action="store_true", help="write docs/inbox.md")
    options = parser.parse_args()
    figures: dict[str, dict[str, list[float]]] = {}
    shown: dict[str, dict[str, str]] = {}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        databases = Databases(Path(folder), stack)
        for dialect in options.databases:
            url = databases.make(dialect)
            store = open_store(url)
            store.migrate()
            with store.writer() as session:
                for number in range(DEFINITIONS):
                    deploy(session, number)
            store.close()
            begin = perf_counter()
            fill(url, options.tasks)
            print(f"{dialect}: filled in {perf_counter() - begin:.0f} s", flush=True)
            shown[dialect] = plans(url)
            figures[dialect] = measure(url, options.samples)
            print(table({dialect: figures[dialect]}), flush=True)
    if options.write:
        text = (DOCS / "inbox.md").read_text("utf-8") if (DOCS / "inbox.md").exists() else "# The inbox\n\n"
        text = text.partition("\n## Figures\n")[0].rstrip() + f"\n\n## Figures\n\n{table(figures)}\n"
        for dialect, found in shown.items():
            text += f"\n## Query plans: {dialect}\n"
            for name, plan in found.items():
                text += f"\n{name}:\n\n" + "\n".join(f"    {line}"[:118] for line in plan.splitlines()) + "\n"
        (DOCS / "inbox.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
