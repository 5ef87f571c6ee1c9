"""Runs our own cases and what others wrote, and prints what becomes of them: ``python -m tests.conformance``.

Ends with 1 where something does not pass that is not known to be open, or passes that is.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.conformance.betsy import Result, cases, run_case
from tests.conformance.elements import CASES
from tests.conformance.elements.runner import empty_database, expected, run
from tests.conformance.hostile import COSTLY, NESTED, REACHING, stop
from tests.conformance.miwg import WALKS, models, walk
from tests.conformance.models import ABSENT, MODELS
from tests.conformance.report import betsy_table, complaints, suspect_table, table
from tests.conformance.rule_verdicts import file_verdicts
from tests.conformance.rules import RULES, RuleVerdict
from tests.conformance.tck import evaluate, feel_cases, is_right
from tests.support.postgres import SharedServer


async def on_sqlite() -> list[Result]:
    """Runs every case of the betsy suite on a fresh SQLite file."""
    results = []
    for case in cases(MODELS / "betsy"):
        with tempfile.TemporaryDirectory() as folder:
            results.append(await run_case(case, f"sqlite:///{folder}/case.db"))
    return results


async def on_postgresql() -> list[Result]:
    """Runs every case of the betsy suite on a fresh PostgreSQL database."""
    shared = SharedServer.open()
    try:
        server = shared.server()
        results = []
        for case in cases(MODELS / "betsy"):
            with server.database() as url:
                results.append(await run_case(case, url))
        return results
    finally:
        shared.close()


async def walks() -> dict[str, str]:
    """Walks through the executable reference models."""
    found = {}
    for way in WALKS:
        with tempfile.TemporaryDirectory() as folder:
            found[way.file] = await walk(way, MODELS / "miwg", f"sqlite:///{folder}/walk.db")
    return found


def print_reference_models() -> list[str]:
    """Prints what becomes of the reference models; returns what is wrong."""
    walked = asyncio.run(walks())
    rows: list[list[object]] = [["model", "nodes", "executable", "outcome", "ignored"]]
    for model in models(MODELS / "miwg"):
        if not model.executable:
            outcome = "read"
        else:
            outcome = walked.get(model.name) or (f"refused, {len(model.refused)}" if model.refused else "deployed")
        ignored = ", ".join(f"{name} {count}" for name, count in sorted(model.ignored.items()))
        rows.append([model.name, model.nodes, "yes" if model.executable else "", outcome, ignored])
    print(f"Reference models of the interchange working group\n\n{table(rows)}\n")
    return [f"{name}: {outcome}" for name, outcome in walked.items() if outcome != "completed"]


def print_rules() -> None:
    """Prints how many rules and files are refused, warned of and accepted."""
    rules = Counter(rule.verdict for rule in RULES)
    files = Counter(found for _, found in file_verdicts(MODELS / "betsy"))
    rows: list[list[object]] = [["", "refuse", "warn", "accept"]]
    rows += [
        [name, *(counts[verdict] for verdict in RuleVerdict)] for name, counts in (("rules", rules), ("files", files))
    ]
    print(f"Files that break rules of the standard (docs/bpmn-rules.md)\n\n{table(rows)}\n")


def print_expressions() -> None:
    """Prints the share of the TCK's FEEL cases that are right, and how soon hostile expressions are stopped."""
    every: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for case in feel_cases(MODELS / "dmn-tck"):
        every[case.folder] += 1
        right[case.folder] += is_right(evaluate(case), case.expected)
    print(f"DMN TCK, literal FEEL cases: {right.total()} of {every.total()} ({right.total() / every.total():.1%})\n")
    print(table([["not all right", "right", "cases"], *([f, right[f], n] for f, n in every.items() if right[f] < n)]))
    ended = sorted(((stop(text), text) for text in (*COSTLY, *NESTED, *REACHING)), key=lambda one: -one[0].milliseconds)
    rows: list[list[object]] = [["stopped by", "steps", "ms of CPU", "expression"]]
    rows += [[one.by, one.steps, f"{one.milliseconds:.1f}", text[:60]] for one, text in ended[:5]]
    print(f"\nHostile expressions: the slowest of {len(ended)}\n\n{table(rows)}\n")


async def own_cases() -> list[str]:
    """Runs our own cases, each step by a server of its own; returns those that give something else."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        empty = empty_database(Path(folder))
        for number, case in enumerate(CASES):
            file = shutil.copy(empty, f"{folder}/{number}.db")
            try:
                found = await run(case, f"sqlite:///{file}", reloads=True)
            except AssertionError as error:
                wrong.append(f"{case.id}: {error}")
                continue
            if found != expected(case):
                wrong.append(f"{case.id}: {found}, expected {expected(case)}")
    return wrong


def print_own_cases() -> list[str]:
    """Prints how many of our own cases pass; returns what is wrong."""
    wrong = asyncio.run(own_cases())
    print(f"Our own cases of elements and events (docs/bpmn.md): {len(CASES) - len(wrong)} of {len(CASES)} pass\n")
    return wrong


def print_others() -> list[str]:
    """Prints what becomes of the models and tables that others wrote; returns what is wrong."""
    print_rules()
    print_expressions()
    found = print_reference_models()
    for name, run_all in (("SQLite", on_sqlite), ("PostgreSQL", on_postgresql)):
        results = asyncio.run(run_all())
        print(f"betsy on {name}: runs whose expectation nobody doubts\n\n{betsy_table(results)}\n")
        found += [f"{name}: {complaint}" for complaint in complaints(results)]
    print(f"betsy: suspect runs\n\n{suspect_table(results)}\n")
    return found


def main() -> int:
    """Prints all tables.

    Returns:
        The exit code.
    """
    found = print_own_cases()
    if MODELS.is_dir():
        found += print_others()
    else:
        print(ABSENT)
    for complaint in found:
        print(complaint, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
