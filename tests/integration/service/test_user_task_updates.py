"""UpdateUserTask: what its mask names changes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import Server, failure
from tests.integration.service.test_inbox import clerks
from tests.integration.service.test_user_task_lifecycle import task_with


async def update(server: Server, task: UserTask, *paths: str, **values: Any) -> UserTask:
    """Updates a task; without paths there is no mask."""
    fields = {name: values.pop(name) for name in ("etag", "request_id", "user") if name in values}
    request = people_pb.UpdateUserTaskRequest(
        user_task_id=task.user_task_id,
        user_task=UserTask(**values),
        update_mask=FieldMask(paths=paths) if paths else None,
        **fields,
    )
    changed: UserTask = (await server.people.UpdateUserTask(request)).user_task
    return changed


async def offered(server: Server, attributes: str) -> UserTask:
    """Starts a process with one task."""
    await server.deploy(task_with(attributes))
    return await server.open_task(await server.start())


async def test_update_changes_what_its_mask_names(server: Server) -> None:
    """A path without a value clears; what the mask does not name stays whatever the message has."""
    task = await offered(server, 'bpmgrpc:dueDate="P1D" bpmgrpc:startDate="PT1H" bpmgrpc:owner="olga"')

    first = await update(server, task, "priority", "due_time", priority=7, owner="eve", request_id="once")
    again = await update(server, task, "priority", "due_time", priority=7, owner="eve", request_id="once")
    second = await update(server, task, "start_time", "owner", "follow_up_time", follow_up_time=Timestamp(seconds=9))

    assert first == again
    assert (first.priority, first.HasField("due_time"), first.owner) == (7, False, "olga")
    assert first.start_time.seconds == task.start_time.seconds == task.create_time.seconds + 3600
    assert (second.owner, second.HasField("start_time"), second.follow_up_time.seconds) == ("", False, 9)
    assert await server.tasks(task.process_instance_id) == [second]
    events = [one.attributes for one in await server.history(task.process_instance_id) if "UPDATED" in one.event_type]
    assert events == [
        '{"user":"","priority":7,"due_time":null}',
        '{"user":"","owner":"","follow_up_time":9000000,"start_time":null}',
    ]


async def test_update_of_candidates_moves_an_unclaimed_task_between_pools(server: Server) -> None:
    """State and pools follow the candidates; priority moves it within them."""
    await clerks(server, "ann")
    task = await offered(server, 'bpmgrpc:candidateGroups="clerks"')

    await update(server, task, priority=99)
    changed = await update(server, task, "candidate_groups", "candidate_users", candidate_users=["bob"])

    assert (changed.state, list(changed.candidate_users), list(changed.candidate_groups)) == (
        UserTask.STATE_ASSIGNED,
        ["bob"],
        [],
    )
    assert await server.tasks(user="ann") == []
    assert await server.tasks(user="bob", filter={"priority_min": 99}) == [changed]


async def test_update_leaves_a_claim_alone(server: Server) -> None:
    """Other candidates find the task when it is given back."""
    task = await server.claim(await offered(server, 'bpmgrpc:candidateUsers="ann"'), "ann")

    changed = await update(server, task, candidate_roles=["boss"], user="lea")

    assert (changed.state, changed.assignee, list(changed.candidate_roles)) == (UserTask.STATE_CLAIMED, "ann", ["boss"])


@pytest.mark.parametrize(
    ("paths", "values", "expected"),
    (
        (("candidate_users",), {}, ("FAILED_PRECONDITION", "NO_CANDIDATE")),
        (("candidate_users",), {"candidate_users": ["ann", "nora"]}, ("FAILED_PRECONDITION", "EXCLUDED_OWNER")),
        (("priority",), {}, ("INVALID_ARGUMENT", "INVALID_ARGUMENT")),
        (("priority", "state"), {"priority": 1}, ("INVALID_ARGUMENT", "INVALID_ARGUMENT")),
        ((), {"form_key": "f"}, ("INVALID_ARGUMENT", "INVALID_ARGUMENT")),
    ),
)
async def test_update_that_cannot_be_changes_nothing(
    server: Server, paths: tuple[str, ...], values: dict[str, Any], expected: tuple[str, str]
) -> None:
    """The error names the field, and the task is as it was."""
    task = await offered(server, 'bpmgrpc:candidateUsers="ann" bpmgrpc:excludedOwners="nora"')

    assert (await failure(update(server, task, *paths, **values)))[:2] == expected

    assert await server.tasks(task.process_instance_id) == [task]
