"""Comments, attachments and drafts: what the table of RPCs does not show of them."""

from __future__ import annotations

from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from tests.integration.runtime.servers import Server, failure
from tests.integration.service.user_task_rows import attached, claimed, commented, saved


async def test_notes_are_in_the_history_and_change_the_etag(server: Server) -> None:
    """Who reads the task's etag is told that somebody wrote beside it; the history names who."""
    task = await commented(server)

    assert (await failure(server.complete(task, user="ann", etag=task.etag)))[:2] == ("ABORTED", "ETAG_STALE")

    history = await server.history(task.process_instance_id)
    assert [one.actor for one in history if one.event_type == "USER_TASK_COMMENTED"] == ["bob", "bob"]


async def test_notes_of_another_task_are_not_shown(server: Server) -> None:
    """Each task has its own, under ids of its own."""
    await commented(server)
    _, attachment = await attached(server)
    other = await claimed(server)

    comments = await server.people.ListUserTaskComments(
        people_pb.ListUserTaskCommentsRequest(user_task_id=other.user_task_id)
    )
    attachments = await server.people.ListUserTaskAttachments(
        people_pb.ListUserTaskAttachmentsRequest(user_task_id=other.user_task_id)
    )

    assert (comments.total_size, attachments.total_size) == (0, 0)
    for attachment_id in ("x", "-1", f"{attachment.attachment_id}0", f"{other.user_task_id}-01"):
        request = people_pb.GetUserTaskAttachmentRequest(attachment_id=attachment_id)
        assert (await failure(server.people.GetUserTaskAttachment(request)))[0] == "NOT_FOUND"


async def test_draft_is_its_claimers_own(server: Server) -> None:
    """Who claims the task next begins with an empty form; the first finds the draft again."""
    task = await saved(server, '{"b":1}')

    async def draft(user: str) -> str:
        request = people_pb.GetUserTaskDraftRequest(user_task_id=task.user_task_id, user=user)
        variables: str = (await server.people.GetUserTaskDraft(request)).variables
        return variables

    assert (await failure(draft("bob")))[:2] == ("PERMISSION_DENIED", "NOT_THE_ASSIGNEE")
    forward = people_pb.ForwardUserTaskRequest(user_task_id=task.user_task_id, user="ann", users=["ann", "bob"])
    await server.people.ForwardUserTask(forward)
    await server.claim(task, "bob")
    assert await draft("bob") == "{}"
    forward.user = "bob"
    await server.people.ForwardUserTask(forward)
    assert await draft("ann") == '{"b":1}'
