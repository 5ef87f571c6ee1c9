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
    ("CreateSubtask", "INVALID_ARGUMENT"): lambda w: people.CreateSubtaskRequest(
        parent_user_task_id=w.task(), user="u"
    ),
    ("CreateSubtask", "NOT_FOUND"): people.CreateSubtaskRequest(parent_user_task_id=UNKNOWN, user="u", name="n"),
    ("CreateSubtask", "PERMISSION_DENIED"): lambda w: people.CreateSubtaskRequest(
        parent_user_task_id=w.claimed("v"), user="u", name="n"
    ),
    ("CreateSubtask", "FAILED_PRECONDITION"): lambda w: people.CreateSubtaskRequest(
        parent_user_task_id=w.completed(), user="u", name="n"
    ),
    ("CreateSubtask", "ABORTED"): lambda w: people.CreateSubtaskRequest(
        parent_user_task_id=w.claimed("u"), user="u", name="n", etag=STALE
    ),
    ("CancelSubtask", "INVALID_ARGUMENT"): lambda w: people.CancelSubtaskRequest(user_task_id=w.task()),
    ("CancelSubtask", "NOT_FOUND"): people.CancelSubtaskRequest(user_task_id=UNKNOWN, user="u"),
    ("CancelSubtask", "PERMISSION_DENIED"): lambda w: people.CancelSubtaskRequest(
        user_task_id=w.subtask("v"), user="u"
    ),
    ("CancelSubtask", "FAILED_PRECONDITION"): lambda w: people.CancelSubtaskRequest(user_task_id=w.task(), user="u"),
    ("CancelSubtask", "ABORTED"): lambda w: people.CancelSubtaskRequest(
        user_task_id=w.subtask("u"), user="u", etag=STALE
    ),
    ("CreateUserTaskComment", "INVALID_ARGUMENT"): lambda w: people.CreateUserTaskCommentRequest(user_task_id=w.task()),
    ("CreateUserTaskComment", "NOT_FOUND"): people.CreateUserTaskCommentRequest(user_task_id=UNKNOWN, text="t"),
    ("CreateUserTaskComment", "FAILED_PRECONDITION"): lambda w: people.CreateUserTaskCommentRequest(
        user_task_id=w.completed(), text="t"
    ),
    ("ListUserTaskComments", "INVALID_ARGUMENT"): people.ListUserTaskCommentsRequest(),
    ("ListUserTaskComments", "NOT_FOUND"): people.ListUserTaskCommentsRequest(user_task_id=UNKNOWN),
    ("CreateUserTaskAttachment", "INVALID_ARGUMENT"): lambda w: people.CreateUserTaskAttachmentRequest(
        user_task_id=w.task(), name="n", content=bytes(2_097_153)
    ),
    ("CreateUserTaskAttachment", "NOT_FOUND"): people.CreateUserTaskAttachmentRequest(user_task_id=UNKNOWN, name="n"),
    ("CreateUserTaskAttachment", "FAILED_PRECONDITION"): lambda w: people.CreateUserTaskAttachmentRequest(
        user_task_id=w.completed(), name="n"
    ),
    ("ListUserTaskAttachments", "INVALID_ARGUMENT"): people.ListUserTaskAttachmentsRequest(),
    ("ListUserTaskAttachments", "NOT_FOUND"): people.ListUserTaskAttachmentsRequest(user_task_id=UNKNOWN),
    ("GetUserTaskAttachment", "INVALID_ARGUMENT"): people.GetUserTaskAttachmentRequest(),
    ("GetUserTaskAttachment", "NOT_FOUND"): people.GetUserTaskAttachmentRequest(attachment_id=f"{UNKNOWN}-1"),
    ("DeleteUserTaskAttachment", "INVALID_ARGUMENT"): people.DeleteUserTaskAttachmentRequest(),
    ("DeleteUserTaskAttachment", "NOT_FOUND"): lambda w: people.DeleteUserTaskAttachmentRequest(
        attachment_id=f"{w.task()}-1"
    ),
    ("DeleteUserTaskAttachment", "FAILED_PRECONDITION"): lambda w: people.DeleteUserTaskAttachmentRequest(
        attachment_id=f"{w.completed()}-1"
    ),
    ("SaveUserTaskDraft", "INVALID_ARGUMENT"): lambda w: people.SaveUserTaskDraftRequest(
        user_task_id=w.claimed("u"), user="u", variables="[]"
    ),
    ("SaveUserTaskDraft", "NOT_FOUND"): people.SaveUserTaskDraftRequest(user_task_id=UNKNOWN, user="u"),
    ("SaveUserTaskDraft", "PERMISSION_DENIED"): lambda w: people.SaveUserTaskDraftRequest(
        user_task_id=w.claimed("v"), user="u"
    ),
    ("SaveUserTaskDraft", "FAILED_PRECONDITION"): lambda w: people.SaveUserTaskDraftRequest(
        user_task_id=w.task(), user="u"
    ),
    ("GetUserTaskDraft", "INVALID_ARGUMENT"): lambda w: people.GetUserTaskDraftRequest(user_task_id=w.task()),
    ("GetUserTaskDraft", "NOT_FOUND"): people.GetUserTaskDraftRequest(user_task_id=UNKNOWN, user="u"),
    ("GetUserTaskDraft", "PERMISSION_DENIED"): lambda w: people.GetUserTaskDraftRequest(
        user_task_id=w.claimed("v"), user="u"
    ),
    ("ListUserTaskEvents", "INVALID_ARGUMENT"): people.ListUserTaskEventsRequest(),
    ("ListUserTaskEvents", "NOT_FOUND"): people.ListUserTaskEventsRequest(user_task_id=UNKNOWN),
}
