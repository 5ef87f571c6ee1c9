"""docs/howto/user-tasks.md says what happens: its model of a reminder by mail runs as it is written."""

from __future__ import annotations

import re
from pathlib import Path

from bpmgrpc.clock import ManualClock
from tests.integration.runtime.servers import opened, until
from tests.support.harness import bpmn, flows

TEXT = (Path(__file__).parents[3] / "docs" / "howto" / "user-tasks.md").read_text("utf-8")
DAY_SECONDS = 86_400


def written() -> str:
    """The model that the document shows."""
    lines = "\n".join(line for line in TEXT.splitlines() if line.startswith("    "))
    (found,) = re.findall(r'<userTask id="sign".*?<sequenceFlow id="remind"[^>]*/>', lines, re.DOTALL)
    return str(found)


async def test_people_are_told_each_day_and_three_times(database_url: str) -> None:
    """A worker gets a job each day while the task is open; the task stays with whom it is offered to."""
    clock = ManualClock()
    async with opened(database_url, clock=clock) as (server,):
        await server.deploy(
            bpmn(f'<startEvent id="s"/>{written()}<endEvent id="e"/>' + flows("s -> sign", "sign -> e"))
        )
        instance = await server.start()
        server.start_background()
        for _ in range(3):
            clock.advance(DAY_SECONDS)
            (job,) = await until(lambda: server.activate(type_="mail"))
            await server.complete_job(job)

        task = await server.open_task(instance)
        assert (task.element_id, list(task.candidate_users)) == ("sign", ["ann"])
        await server.complete(task, user="ann")
        clock.advance(DAY_SECONDS)
        assert await server.activate(type_="mail") == []
