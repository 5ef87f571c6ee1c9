"""The plans of PostgreSQL's hot statements, and which of them stay within one root instance.

    python -m tests.support.postgres run -- python -m tests.benchmarks.plans            prints every plan
    python -m tests.support.postgres run -- python -m tests.benchmarks.plans --markdown writes docs/scaling.md's table

Rule of this file: what it says is read out of the plans, with tables filled and analyzed: the planner reads a small
table from end to end, whatever its keys. A statement is of one root where each index that it enters is entered with a
root.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from bpmgrpc.store import open_store
from bpmgrpc.store.tables import METADATA
from tests.integration.store.test_plans import postgresql_texts
from tests.support.postgres import URL_VARIABLE, Server

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"
BEGIN, END = "<!-- plans: written by tests.benchmarks.plans -->", "<!-- end of plans -->"

# Rows of these tables belong to a root instance; the others are small and everywhere, or keyed by something else.
ROOTED = {table.name for table in METADATA.sorted_tables if next(iter(table.primary_key.columns)).name == "root_id"}

ROWS, FEW = 100_000, 50

SCAN = re.compile(r"(?:Index (?:Only )?Scan(?: Backward)? using (\S+)|Bitmap Heap Scan|Seq Scan|Tid Scan) on (\w+)")
BITMAP = re.compile(r"Bitmap Index Scan on (\S+)")


def fill(table: Table) -> str:
    """Writes the statement that fills a table: as many roots as `ROWS`, each with one row of every kind, all open."""
    definitions = table.name.startswith(("process_resource", "process_definition", "timer_start", "event_start"))
    rows = FEW if definitions or table.name not in ROOTED else ROWS
    values = ", ".join(value(column) for column in table.columns)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM generate_series(1, {rows}) AS i"


def value(column: Column[Any]) -> str:
    """Writes the value of a column in row ``i``."""
    if column.nullable:
        return "NULL"
    if isinstance(column.type, LargeBinary):
        return "''::bytea"
    if isinstance(column.type, BigInteger | Integer):
        return {"open": "1", "scope": "1", "seq": "1"}.get(column.name, "i")
    if (column.table.name, column.name) == ("variable", "name"):
        return "'v' || i % 20"  # the names of a few models
    if column.name == "state":
        return "'WAITING'"
    return "'k' || lpad(i::text, 9, '0')"


def plans(url: str) -> Mapping[str, list[str]]:
    """Returns the generic plan of each hot statement.

    Args:
        url: A database of ours to make the tables in.
    """
    store = open_store(url)
    store.migrate()
    store.close()
    found = {}
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        for table in METADATA.sorted_tables:
            connection.execute(fill(table).encode())
        connection.execute("ANALYZE")
        # What `PostgresqlConnection` sets: a plan for any values.
        connection.execute("SET plan_cache_mode = force_generic_plan")
        for name, text in postgresql_texts().items():
            found[name] = [row[0] for row in connection.execute(f"EXPLAIN (GENERIC_PLAN) {text}".encode())]
    return found


def entries(plan: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yields each entry into a table: the table, the index, and the condition that it is entered with."""
    for number, line in enumerate(plan):
        scan = SCAN.search(line)
        if scan is None:
            continue
        depth = len(line) - len(line.lstrip())
        conditions = []
        index = scan[1] or ""
        for following in plan[number + 1 :]:
            inner = len(following) - len(following.lstrip())
            if inner <= depth or (following.lstrip().startswith("->") and "Bitmap" not in following):
                break
            if (bitmap := BITMAP.search(following)) is not None:
                index = bitmap[1]
            if "Index Cond:" in following or "TID Cond:" in following:
                conditions.append(following.strip())
        yield scan[2], index, " ".join(conditions)


def across(plan: list[str]) -> list[str]:
    """Returns the tables of root instances that a plan enters without a root."""
    return sorted(
        {
            f"{table} ({index})"
            for table, index, condition in entries(plan)
            if table in ROOTED and "root_id" not in condition
        }
    )


def markdown(found: Mapping[str, list[str]]) -> str:
    """The table of docs/scaling.md."""
    wide = {name: entries for name, plan in found.items() if (entries := across(plan))}
    lines = ["| Statement | Enters without a root |", "|---|---|"]
    lines += [f"| {name} | {', '.join(f'`{entry}`' for entry in entries)} |" for name, entries in wide.items()]
    lines.append(f"| the other {len(found) - len(wide)} | – |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Prints the plans, or writes the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.plans", description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="write the table into docs/scaling.md")
    arguments = parser.parse_args()
    if URL_VARIABLE not in os.environ:
        print("needs a database: python -m tests.support.postgres run -- python -m tests.benchmarks.plans")
        return 2
    with Server(os.environ[URL_VARIABLE]).database() as url:
        found = plans(url)
    if arguments.markdown:
        before = DOCUMENT.read_text(encoding="utf-8")
        head, _, rest = before.partition(BEGIN)
        _, _, tail = rest.partition(END)
        DOCUMENT.write_text(f"{head}{BEGIN}\n{markdown(found)}{END}{tail}", encoding="utf-8")
    else:
        for name, plan in found.items():
            print(f"-- {name}: without a root: {', '.join(across(plan)) or 'nothing'}", *plan, "", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
