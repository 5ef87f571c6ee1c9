"""The rows of ``test_rpcs`` about what people do with a task beside claiming and completing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import directory_pb2
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.user_task_note_pb2 import UserTaskAttachment
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import USER_TASK, Server

Found = tuple[Any, Any]  # what was found, what was expected
Call = Callable[[Server], Awaitable[Found]]
USER_TASK_CALLS: dict[str, Call] = {}


def row(rpc: str) -> Callable[[Call], Call]:
    """Adds a row to the table."""

    def add(call: Call) -> Call:
        USER_TASK_CALLS[rpc] = call
        return call

    return add


async def claimed(server: Server) -> UserTask:
    """Starts the process with one task, which ann claims."""
    await server.deploy(USER_TASK)
    return await server.claim(await server.open_task(await server.start(variables='{"a":1.10}')), "ann")


@row("DelegateUserTask")
async def delegate_user_task(server: Server) -> Found:
    task = await claimed(server)
    request = people_pb.DelegateUserTaskRequest(user_task_id=task.user_task_id, user="ann", delegate="bob", etag="2")
    one = (await server.people.DelegateUserTask(request)).user_task
    return (one.state, one.assignee, one.owner, one.delegation_state), (
        UserTask.STATE_CLAIMED,
        "bob",
        "ann",
        UserTask.DELEGATION_STATE_PENDING,
    )


@row("ResolveUserTask")
async def resolve_user_task(server: Server) -> Found:
    task = await claimed(server)
    delegate = people_pb.DelegateUserTaskRequest(user_task_id=task.user_task_id, user="ann", delegate="bob")
    await server.people.DelegateUserTask(delegate)
    request = people_pb.ResolveUserTaskRequest(user_task_id=task.user_task_id, user="bob", etag="3")
    one = (await server.people.ResolveUserTask(request)).user_task
    return (one.state, one.assignee, one.delegation_state), (
        UserTask.STATE_CLAIMED,
        "ann",
        UserTask.DELEGATION_STATE_RESOLVED,
    )


@row("ForwardUserTask")
async def forward_user_task(server: Server) -> Found:
    task = await claimed(server)
    request = people_pb.ForwardUserTaskRequest(user_task_id=task.user_task_id, user="ann", groups=["g"])
    one = (await server.people.ForwardUserTask(request)).user_task
    return (one.state, one.assignee, list(one.candidate_groups)), (UserTask.STATE_WAITING, "", ["g"])


@row("ReassignUserTask")
async def reassign_user_task(server: Server) -> Found:
    task = await claimed(server)
    party = directory_pb2.WorkParty(work_party="Desk", lead="lea")
    await server.admin.ImportDirectory(admin_pb.ImportDirectoryRequest(work_parties=[party]))
    assign = pb.AssignUserTaskRequest(user_task_id=task.user_task_id, work_party="Desk")
    await server.processes.AssignUserTask(assign)
    request = people_pb.ReassignUserTaskRequest(user_task_id=task.user_task_id, user="lea", assignee="bob")
    one = (await server.people.ReassignUserTask(request)).user_task
    return (one.state, one.assignee, one.work_party), (UserTask.STATE_CLAIMED, "bob", "Desk")


@row("UpdateUserTask")
async def update_user_task(server: Server) -> Found:
    task = await claimed(server)
    request = people_pb.UpdateUserTaskRequest(
        user_task_id=task.user_task_id,
        user_task=UserTask(priority=80, due_time=Timestamp(seconds=1_800_000_000), start_time=Timestamp(seconds=7)),
        etag="2",
    )
    one = (await server.people.UpdateUserTask(request)).user_task
    (listed,) = await server.tasks(task.process_instance_id)
    assert one == listed
    return (one.priority, one.due_time.seconds, one.start_time.seconds, one.state, one.assignee), (
        80,
        1_800_000_000,
        7,
        UserTask.STATE_CLAIMED,
        "ann",
    )


async def commented(server: Server) -> UserTask:
    """A task with two comments."""
    task = await claimed(server)
    for text in ("first", "second"):
        request = people_pb.CreateUserTaskCommentRequest(user_task_id=task.user_task_id, user="bob", text=text)
        await server.people.CreateUserTaskComment(request)
    return task


async def attached(server: Server, content: bytes = b"\0\xff") -> tuple[UserTask, UserTaskAttachment]:
    """A task with an attachment."""
    task = await claimed(server)
    request = people_pb.CreateUserTaskAttachmentRequest(
        user_task_id=task.user_task_id,
        user="bob",
        name="a.bin",
        content_type="application/octet-stream",
        content=content,
    )
    return task, (await server.people.CreateUserTaskAttachment(request)).attachment


@row("CreateSubtask")
async def create_subtask(server: Server) -> Found:
    task = await claimed(server)
    request = people_pb.CreateSubtaskRequest(
        parent_user_task_id=task.user_task_id, user="ann", name="Part", candidate_users=["bob"], request_id="s"
    )
    first = (await server.people.CreateSubtask(request)).user_task
    again = (await server.people.CreateSubtask(request)).user_task
    return (first.parent_user_task_id, first.name, first.state, list(first.candidate_users), again), (
        task.user_task_id,
        "Part",
        UserTask.STATE_ASSIGNED,
        ["bob"],
        first,
    )


@row("CancelSubtask")
async def cancel_subtask(server: Server) -> Found:
    task = await claimed(server)
    create = people_pb.CreateSubtaskRequest(parent_user_task_id=task.user_task_id, user="ann", name="Part")
    part = (await server.people.CreateSubtask(create)).user_task
    request = people_pb.CancelSubtaskRequest(user_task_id=part.user_task_id, user="ann", reason="r", request_id="c")
    first = (await server.people.CancelSubtask(request)).user_task
    again = (await server.people.CancelSubtask(request)).user_task
    return (first.user_task_id, first.state, again), (part.user_task_id, UserTask.STATE_CANCELED, first)


@row("CreateUserTaskComment")
async def create_user_task_comment(server: Server) -> Found:
    task = await claimed(server)
    request = people_pb.CreateUserTaskCommentRequest(
        user_task_id=task.user_task_id, user="bob", text="Ask Ann.", request_id="c"
    )
    first = (await server.people.CreateUserTaskComment(request)).comment
    again = (await server.people.CreateUserTaskComment(request)).comment
    return (first.user_task_id, first.user, first.text, again, first.HasField("create_time")), (
        task.user_task_id,
        "bob",
        "Ask Ann.",
        first,
        True,
    )


@row("ListUserTaskComments")
async def list_user_task_comments(server: Server) -> Found:
    task = await commented(server)
    request = people_pb.ListUserTaskCommentsRequest(user_task_id=task.user_task_id, page_size=1)
    first = await server.people.ListUserTaskComments(request)
    request.page_token = first.next_page_token
    second = await server.people.ListUserTaskComments(request)
    found = ([one.text for page in (first, second) for one in page.comments], first.total_size, second.next_page_token)
    return found, (["first", "second"], 2, "")


@row("CreateUserTaskAttachment")
async def create_user_task_attachment(server: Server) -> Found:
    task, one = await attached(server)
    return (one.user_task_id, one.name, one.content_type, one.size_bytes, one.user), (
        task.user_task_id,
        "a.bin",
        "application/octet-stream",
        2,
        "bob",
    )


@row("ListUserTaskAttachments")
async def list_user_task_attachments(server: Server) -> Found:
    task, one = await attached(server)
    answer = await server.people.ListUserTaskAttachments(
        people_pb.ListUserTaskAttachmentsRequest(user_task_id=task.user_task_id)
    )
    return (list(answer.attachments), answer.total_size), ([one], 1)


@row("GetUserTaskAttachment")
async def get_user_task_attachment(server: Server) -> Found:
    content = bytes(range(256)) * 8192  # 2 MiB, the most that is taken
    _, one = await attached(server, content)
    answer = await server.people.GetUserTaskAttachment(
        people_pb.GetUserTaskAttachmentRequest(attachment_id=one.attachment_id)
    )
    return (answer.attachment, answer.content), (one, content)


@row("DeleteUserTaskAttachment")
async def delete_user_task_attachment(server: Server) -> Found:
    task, one = await attached(server)
    request = people_pb.DeleteUserTaskAttachmentRequest(attachment_id=one.attachment_id, request_id="d")
    left = (await server.people.DeleteUserTaskAttachment(request)).user_task
    assert (await server.people.DeleteUserTaskAttachment(request)).user_task == left
    listed = await server.people.ListUserTaskAttachments(
        people_pb.ListUserTaskAttachmentsRequest(user_task_id=task.user_task_id)
    )
    return (left.user_task_id, list(listed.attachments)), (task.user_task_id, [])


async def saved(server: Server, *drafts: str) -> UserTask:
    """A task whose claimer has saved drafts."""
    task = await claimed(server)
    for variables in drafts:
        request = people_pb.SaveUserTaskDraftRequest(user_task_id=task.user_task_id, user="ann", variables=variables)
        assert (await server.people.SaveUserTaskDraft(request)).HasField("save_time")
    return task


@row("SaveUserTaskDraft")
async def save_user_task_draft(server: Server) -> Found:
    task = await saved(server, '{"b":1.10}')
    got = (await server.processes.GetUserTask(pb.GetUserTaskRequest(user_task_id=task.user_task_id))).user_task
    return (await server.variables(task), got.etag), ('{"a":1.10}', task.etag)


@row("GetUserTaskDraft")
async def get_user_task_draft(server: Server) -> Found:
    task = await saved(server, '{"b":1.10}', '{"c":2.0}')
    request = people_pb.GetUserTaskDraftRequest(user_task_id=task.user_task_id, user="ann")
    draft = await server.people.GetUserTaskDraft(request)
    await server.complete(task, user="ann")
    after = await server.people.GetUserTaskDraft(request)
    return (draft.variables, draft.HasField("save_time"), after.variables, after.HasField("save_time")), (
        '{"c":2.0}',
        True,
        "{}",
        False,
    )


@row("ListUserTaskEvents")
async def list_user_task_events(server: Server) -> Found:
    task, _ = await attached(server)
    await server.complete(task, user="ann")
    request = people_pb.ListUserTaskEventsRequest(user_task_id=task.user_task_id, page_size=3)
    first = await server.people.ListUserTaskEvents(request)
    request.page_token = first.next_page_token
    second = await server.people.ListUserTaskEvents(request)
    events = [(one.event_type, one.actor) for page in (first, second) for one in page.history_events]
    return (events, second.next_page_token), (
        [
            ("USER_TASK_CREATED", ""),
            ("USER_TASK_CLAIMED", "ann"),
            ("USER_TASK_ATTACHED", "bob"),
            ("USER_TASK_COMPLETED", "ann"),
        ],
        "",
    )
