"""The short form of the fault tests: few faults each, all kinds. The long form is `make faults`."""

import secrets
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.faults import needs_linux_limits
from tests.faults.scenarios import SCENARIOS, run

KILLS = {"sqlite-kill": 3, "postgresql-kill": 4}
OTHER_KILLS = 7  # of which the scenario has its share
CALLERS = 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.postgresql] if scenario.database == "postgresql" else [])
        for name, scenario in SCENARIOS.items()
    ],
)
async def test_what_was_acknowledged_is_there_once(name: str, tmp_path: Path) -> None:
    """Under faults nothing that was acknowledged is lost or doubled, and nothing rests without a reason."""
    if name == "sqlite-full":
        needs_linux_limits()
    seed = secrets.randbelow(10**6)
    print(f"{name}: seed {seed}")

    result = await run(name, seed, KILLS.get(name, OTHER_KILLS), CALLERS, tmp_path)

    print(report.text(result))
    assert result.findings.all() == []
    assert result.history.acknowledged
    assert sum(result.faults.values()) > 0
