"""What a legacy route shows of a response: `data` as JSON text, and `totalRecordCount`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bpmgrpc.v1.user_task_pb2 import UserTask
from bpmgrpc_rest.json_text import quote
from bpmgrpc_rest.tasks import task_json

__all__ = ["class_action", "instance_id", "nothing", "refreshed", "task_list", "variables"]

Data = tuple[str, int]

_NOTHING: Final[Data] = ('""', 1)
_REFRESHED: Final[Data] = ('"RefreshCache Success"', 1)


def instance_id(response: Any) -> Data:
    """The id of the instance that was started."""
    return quote(response.process_instance.process_instance_id), 1


def nothing(_: object) -> Data:
    """An empty string: the call succeeded, and there is nothing to tell."""
    return _NOTHING


def refreshed(_: object) -> Data:
    """The older product's words."""
    return _REFRESHED


def task_list(tasks: Sequence[UserTask]) -> Data:
    """An array of task records."""
    return "[" + ",".join([task_json(task) for task in tasks]) + "]", len(tasks)


def variables(response: Any) -> Data:
    """The object of the business objects, by its source text."""
    return response.variables or "{}", 1


def class_action(response: Any) -> Data:
    """What was refreshed, under the older product's names (two of them with its spelling)."""
    objects = response.business_object_count
    files = ",".join(f'{{"name":{quote(each.name)},"size":{each.size_bytes}}}' for each in response.files)
    return (
        f'{{"businessObjectSize":{objects}'
        ',"exception":null'
        f',"fieldDescriptersMapSize":{objects}'  # one map of fields for each business object
        f',"process":[{",".join(response.schemas)}]'
        f',"businessObjectDefSize":{objects}'
        f',"files":[{files}]'
        f',"cacheClassSize":{response.cached_count}'
        f',"definitionSize":{len(response.process_definitions)}'
        ',"responseStatus":"SUCCESS"'
        f',"fieldDescripterSize":{response.field_count}}}'
    ), 1
