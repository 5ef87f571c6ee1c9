"""Fixtures of the engine's scenarios: each runs straight through, with save and reload after each command, and with
nothing at hand that was not asked for.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from bpmgrpc.store import open_store
from tests.support.harness import AskedRows, Harness, MemoryRows, Rows
from tests.support.store_rows import StoreRows


class MakeHarness(Protocol):
    """Makes a harness on fresh rows; the arguments are those of ``Harness``."""

    def __call__(self, *files: bytes, **settings: Any) -> Harness: ...


@pytest.fixture(params=["straight", "reload", "asked"])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeHarness]:
    """Makes harnesses whose rows stay in memory, are in a SQLite store, or are given when asked for only."""
    stores = []

    def make_rows() -> Rows:
        if request.param != "reload":
            return MemoryRows() if request.param == "straight" else AskedRows()
        path = tmp_path / f"{len(stores)}.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        stores.append(open_store(f"sqlite:///{path}", synchronous="NORMAL"))
        return StoreRows(stores[-1])

    def make(*files: bytes, **settings: Any) -> Harness:
        return Harness(files, make_rows(), **settings)

    yield make
    for store in stores:
        store.close()
