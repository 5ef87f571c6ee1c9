"""The task record of the older product: exactly fifteen members, all always there.

A value that does not exist is null, except `loadlinkParam`, which is `"="`, and `priority`, which is 50.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc.v1.user_task_pb2 import UserTask
from bpmgrpc_rest.json_text import quote

__all__ = ["TASK_MEMBERS", "task_json"]

TASK_MEMBERS: Final = (
    "createBy",
    "createTime",
    "instanceId",
    "parentTaskId",
    "dueDate",
    "loadlinkEntityId",
    "definitionId",
    "assignee",
    "loadlinkParam",
    "owner",
    "description",
    "processName",
    "name",
    "priority",
    "id",
)
_DEFAULT_LINK_PARAM: Final = "="
_DEFAULT_PRIORITY: Final = 50


def task_json(task: UserTask) -> str:
    """Writes a user task as a task record; written out member by member, since lists of tasks are the busiest
    answers.
    """
    return (
        f'{{"createBy":{_text(task.create_by)}'
        f',"createTime":{_milliseconds(task.create_time) if task.HasField("create_time") else "null"}'
        f',"instanceId":{_text(task.process_instance_id)}'
        f',"parentTaskId":{_text(task.parent_user_task_id)}'
        f',"dueDate":{_milliseconds(task.due_time) if task.HasField("due_time") else "null"}'
        f',"loadlinkEntityId":{_text(task.load_link_entity_id)}'
        f',"definitionId":{_text(task.process_definition_id)}'
        f',"assignee":{_text(task.assignee)}'
        f',"loadlinkParam":{quote(task.load_link_param or _DEFAULT_LINK_PARAM)}'
        f',"owner":{_text(task.owner)}'
        f',"description":{_text(task.description)}'
        f',"processName":{_text(task.process_name)}'
        f',"name":{_text(task.name)}'
        f',"priority":{task.priority or _DEFAULT_PRIORITY}'
        f',"id":{_text(task.user_task_id)}}}'
    )


def _text(value: Any) -> str:
    return quote(value) if value else "null"


def _milliseconds(time: Timestamp) -> int:
    return time.seconds * 1000 + time.nanos // 1_000_000
