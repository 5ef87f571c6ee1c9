"""The rows of ``test_documented_errors`` about user tasks that change hands."""

from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask

from bpmgrpc.v1 import user_task_runtime_pb2 as people
from bpmgrpc.v1.user_task_pb2 import UserTask

UNKNOWN = "0123456789abcdefghjk-99"
STALE = "0"

USER_TASK_CASES: dict[tuple[str, str], Any] = {
    ("DelegateUserTask", "INVALID_ARGUMENT"): lambda w: people.DelegateUserTaskRequest(
        user_task_id=w.claimed("u"), user="u", delegate="u"
    ),
    ("DelegateUserTask", "NOT_FOUND"): people.DelegateUserTaskRequest(user_task_id=UNKNOWN, user="u", delegate="v"),
    ("DelegateUserTask", "PERMISSION_DENIED"): lambda w: people.DelegateUserTaskRequest(
        user_task_id=w.claimed("v"), user="u", delegate="w"
    ),
    ("DelegateUserTask", "FAILED_PRECONDITION"): lambda w: people.DelegateUserTaskRequest(
        user_task_id=w.task(), user="u", delegate="v"
    ),
    ("DelegateUserTask", "ABORTED"): lambda w: people.DelegateUserTaskRequest(
        user_task_id=w.claimed("u"), user="u", delegate="v", etag=STALE
    ),
    ("ResolveUserTask", "INVALID_ARGUMENT"): lambda w: people.ResolveUserTaskRequest(user_task_id=w.task()),
    ("ResolveUserTask", "NOT_FOUND"): people.ResolveUserTaskRequest(user_task_id=UNKNOWN, user="u"),
    ("ResolveUserTask", "PERMISSION_DENIED"): lambda w: people.ResolveUserTaskRequest(
        user_task_id=w.claimed("v"), user="u"
    ),
    ("ResolveUserTask", "FAILED_PRECONDITION"): lambda w: people.ResolveUserTaskRequest(
        user_task_id=w.claimed("u"), user="u"
    ),
    ("ResolveUserTask", "ABORTED"): lambda w: people.ResolveUserTaskRequest(
        user_task_id=w.claimed("u"), user="u", etag=STALE
    ),
    ("ForwardUserTask", "INVALID_ARGUMENT"): lambda w: people.ForwardUserTaskRequest(user_task_id=w.task(), user="u"),
    ("ForwardUserTask", "NOT_FOUND"): people.ForwardUserTaskRequest(user_task_id=UNKNOWN, user="u", users=["v"]),
    ("ForwardUserTask", "PERMISSION_DENIED"): lambda w: people.ForwardUserTaskRequest(
        user_task_id=w.task_for("v"), user="u", users=["u"]
    ),
    ("ForwardUserTask", "FAILED_PRECONDITION"): lambda w: people.ForwardUserTaskRequest(
        user_task_id=w.completed(), user="u", users=["v"]
    ),
    ("ForwardUserTask", "ABORTED"): lambda w: people.ForwardUserTaskRequest(
        user_task_id=w.task(), user="u", users=["v"], etag=STALE
    ),
    ("ReassignUserTask", "INVALID_ARGUMENT"): lambda w: people.ReassignUserTaskRequest(user_task_id=w.task(), user="u"),
    ("ReassignUserTask", "NOT_FOUND"): people.ReassignUserTaskRequest(user_task_id=UNKNOWN, user="u", assignee="v"),
    ("ReassignUserTask", "PERMISSION_DENIED"): lambda w: people.ReassignUserTaskRequest(
        user_task_id=w.task(), user="u", assignee="v"
    ),
    ("ReassignUserTask", "FAILED_PRECONDITION"): lambda w: people.ReassignUserTaskRequest(
        user_task_id=w.completed(), user="u", assignee="v"
    ),
    ("ReassignUserTask", "ABORTED"): lambda w: people.ReassignUserTaskRequest(
        user_task_id=w.task(), user="u", assignee="v", etag=STALE
    ),
    ("UpdateUserTask", "INVALID_ARGUMENT"): lambda w: people.UpdateUserTaskRequest(
        user_task_id=w.task(), update_mask=FieldMask(paths=["form_key"])
    ),
    ("UpdateUserTask", "NOT_FOUND"): people.UpdateUserTaskRequest(user_task_id=UNKNOWN, user_task=UserTask(priority=1)),
    ("UpdateUserTask", "FAILED_PRECONDITION"): lambda w: people.UpdateUserTaskRequest(
        user_task_id=w.completed(), user_task=UserTask(priority=1)
    ),
    ("UpdateUserTask", "ABORTED"): lambda w: people.UpdateUserTaskRequest(
        user_task_id=w.task(), user_task=UserTask(priority=1), etag=STALE
    ),
}
