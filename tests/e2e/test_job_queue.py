"""Workers die while they work; no job is lost, and none counts twice."""

import random
from pathlib import Path

import pytest

from tests.job_queue.queue import queue
from tests.job_queue.storm import storm

JOBS = 300
SECONDS = 240


@pytest.mark.parametrize("servers", (1, pytest.param(2, marks=pytest.mark.postgresql)))
def test_killed_workers_lose_no_job_and_do_none_twice(
    request: pytest.FixtureRequest, tmp_path: Path, servers: int
) -> None:
    """On one server with SQLite and on two with PostgreSQL each job is done, and the store counts it once."""
    url = request.getfixturevalue("postgresql_url" if servers > 1 else "sqlite_url")

    with queue(url, servers) as one:
        found = storm(one, JOBS, 2, tmp_path, random.Random(JOBS), SECONDS)

    assert found.is_exact, found
    assert found.kills > 0
