"""The methods of UserTaskRuntime about comments, attachments and drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc import values
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import OPEN_USER_TASK_STATES, UserTaskState
from bpmgrpc.engine.user_task import require_claimed_by
from bpmgrpc.errors import NotFound
from bpmgrpc.ids import child_id
from bpmgrpc.runtime.handovers import Call
from bpmgrpc.runtime.notes import attachment_id
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.pages import page
from bpmgrpc.service.servicer import Mutation, Servicer, respond
from bpmgrpc.store.history_filter import HistoryEventFilter
from bpmgrpc.v1 import user_task_runtime_pb2 as pb
from bpmgrpc.v1.user_task_note_pb2 import UserTaskAttachment, UserTaskComment

if TYPE_CHECKING:
    from bpmgrpc.runtime.user_tasks import ChangedTask
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.notes import AttachmentRow, CommentRow, DraftRow
    from bpmgrpc.store.paging import Page
    from bpmgrpc.store.queries import Queries
    from bpmgrpc.store.views import HistoryEventView

_EVENTS: Final = (*(one.value for one in EventType if one.value.startswith("USER_TASK_")), "ELEMENT_CANCELED")
LONGEST_COMMENT: Final = 10_000  # characters
LARGEST_ATTACHMENT: Final = 2 * 1024 * 1024  # bytes: in base64 it still fits into a body of 4 MiB


class NoteMethods(Servicer):
    """Serves what people put beside tasks."""

    async def CreateUserTaskComment(
        self, request: pb.CreateUserTaskCommentRequest, call: CallContext
    ) -> pb.CreateUserTaskCommentResponse:
        """Adds a comment."""
        text = checks.name(request.text, "text", required=True, longest=LONGEST_COMMENT)

        def reply(row: CommentRow) -> pb.CreateUserTaskCommentResponse:
            return pb.CreateUserTaskCommentResponse(comment=_comment(row))

        outcome = await self.runtime.notes.comment(self.on_task(request, call, required=False), text, reply)
        return respond(pb.CreateUserTaskCommentResponse, outcome, _answered)

    async def ListUserTaskComments(
        self, request: pb.ListUserTaskCommentsRequest, call: CallContext
    ) -> pb.ListUserTaskCommentsResponse:
        """Lists comments."""
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        wanted = page(request)

        def read(queries: Queries) -> Page[CommentRow]:
            found = queries.list_comments(root_id, seq, wanted)
            if not found.items:
                queries.get_user_task(root_id, seq)
            return found

        found = await self.runtime.read(read)
        return pb.ListUserTaskCommentsResponse(
            comments=[_comment(one) for one in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def CreateUserTaskAttachment(
        self, request: pb.CreateUserTaskAttachmentRequest, call: CallContext
    ) -> pb.CreateUserTaskAttachmentResponse:
        """Adds an attachment."""
        name = checks.name(request.name, "name", required=True)
        content_type = checks.name(request.content_type, "content_type")
        if len(request.content) > LARGEST_ATTACHMENT:
            checks.invalid("content", f"has {len(request.content):,} bytes, at most {LARGEST_ATTACHMENT:,} are allowed")

        def reply(row: AttachmentRow) -> pb.CreateUserTaskAttachmentResponse:
            return pb.CreateUserTaskAttachmentResponse(attachment=_attachment(row))

        on_task = self.on_task(request, call, required=False)
        outcome = await self.runtime.notes.attach(on_task, name, content_type, request.content, reply)
        return respond(pb.CreateUserTaskAttachmentResponse, outcome, _answered)

    async def ListUserTaskAttachments(
        self, request: pb.ListUserTaskAttachmentsRequest, call: CallContext
    ) -> pb.ListUserTaskAttachmentsResponse:
        """Lists attachments."""
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        wanted = page(request)

        def read(queries: Queries) -> Page[AttachmentRow]:
            found = queries.list_attachments(root_id, seq, wanted)
            if not found.items:
                queries.get_user_task(root_id, seq)
            return found

        found = await self.runtime.read(read)
        return pb.ListUserTaskAttachmentsResponse(
            attachments=[_attachment(one) for one in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def GetUserTaskAttachment(
        self, request: pb.GetUserTaskAttachmentRequest, call: CallContext
    ) -> pb.GetUserTaskAttachmentResponse:
        """Returns an attachment with its content."""
        root_id, seq, number = _attachment_key(request.attachment_id)
        found = await self.runtime.read(lambda queries: queries.find_attachment(root_id, seq, number))
        if found is None:
            raise checks.unknown("attachment", "attachment_id", request.attachment_id)
        row, content = found
        return pb.GetUserTaskAttachmentResponse(attachment=_attachment(row), content=content)

    async def DeleteUserTaskAttachment(
        self, request: pb.DeleteUserTaskAttachmentRequest, call: CallContext
    ) -> pb.DeleteUserTaskAttachmentResponse:
        """Takes an attachment away."""
        root_id, seq, number = _attachment_key(request.attachment_id)
        user = checks.name(request.user, "user") or call.caller
        idempotency = self.request_id(request, request.request_id, call)

        def reply(changed: ChangedTask) -> pb.DeleteUserTaskAttachmentResponse:
            return pb.DeleteUserTaskAttachmentResponse(user_task=mapping.changed_user_task(changed))

        outcome = await self.runtime.notes.detach(
            Call(root_id, seq, user, None, call.deadline, idempotency),
            number,
            reply,
            checks.unknown("attachment", "attachment_id", request.attachment_id),
        )
        return respond(pb.DeleteUserTaskAttachmentResponse, outcome, reply)

    async def SaveUserTaskDraft(
        self, request: pb.SaveUserTaskDraftRequest, call: CallContext
    ) -> pb.SaveUserTaskDraftResponse:
        """Keeps a draft."""
        variables = values.join_members(checks.variables(request.variables))

        def reply(draft: DraftRow) -> pb.SaveUserTaskDraftResponse:
            response = pb.SaveUserTaskDraftResponse()
            mapping.set_time(response.save_time, draft.save_us)
            return response

        outcome = await self.runtime.notes.save_draft(self.on_task(request, call), variables, reply)
        return respond(pb.SaveUserTaskDraftResponse, outcome, reply)

    async def GetUserTaskDraft(
        self, request: pb.GetUserTaskDraftRequest, call: CallContext
    ) -> pb.GetUserTaskDraftResponse:
        """Returns a draft."""
        user = checks.name(request.user, "user", required=True)
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        task = (await self.runtime.read(lambda queries: queries.get_user_task(root_id, seq))).row
        response = pb.GetUserTaskDraftResponse(variables="{}")
        if task.state not in OPEN_USER_TASK_STATES:
            return response
        if task.state is UserTaskState.CLAIMED:
            require_claimed_by(root_id, task, user)
        draft = await self.runtime.read(lambda queries: queries.find_draft(root_id, seq))
        if draft is not None and draft.user == user:
            response.variables = draft.variables
            mapping.set_time(response.save_time, draft.save_us)
        return response

    async def ListUserTaskEvents(
        self, request: pb.ListUserTaskEventsRequest, call: CallContext
    ) -> pb.ListUserTaskEventsResponse:
        """Lists what happened to a task."""
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        wanted, wanted_page = HistoryEventFilter(types=_EVENTS, seq=seq), page(request)

        def read(queries: Queries) -> Page[HistoryEventView]:
            queries.get_user_task(root_id, seq)
            return queries.list_history(root_id, page=wanted_page, wanted=wanted)

        found = await self.runtime.read(read)
        return pb.ListUserTaskEventsResponse(
            history_events=[mapping.history_event(event) for event in found.items],
            next_page_token=found.next_page_token,
        )

    def on_task(self, request: Mutation, call: CallContext, *, required: bool = True) -> Call:
        """Reads what the commands on a task have in common; the caller is the user where none is required."""
        user = checks.name(request.user, "user", required=required) or call.caller
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        version = checks.etag(request.etag) if "etag" in request.DESCRIPTOR.fields_by_name else None
        return Call(root_id, seq, user, version, call.deadline, self.request_id(request, request.request_id, call))


def _answered(_: ChangedTask) -> Any:
    raise AssertionError("a change of a task comes with its answer")


def _attachment_key(attachment_id_: str) -> tuple[str, int, int]:
    """Reads the id of an attachment: the task's, and a number.

    Raises:
        InvalidArgument: It is empty, or holds NUL.
        NotFound: It is none of ours.
    """
    checks.opaque_id(attachment_id_, "attachment_id")
    task_id, _, number = attachment_id_.rpartition("-")
    if not task_id or not (number.isascii() and number.isdigit()) or len(number) > 18 or str(int(number)) != number:
        raise checks.unknown("attachment", "attachment_id", attachment_id_)
    try:
        root_id, seq = checks.row_id(task_id, "attachment_id", "attachment")
    except NotFound:
        raise checks.unknown("attachment", "attachment_id", attachment_id_) from None
    return root_id, seq, int(number)


def _comment(row: CommentRow) -> UserTaskComment:
    task_id = child_id(row.root_id, row.seq)
    message = UserTaskComment(comment_id=f"{task_id}-{row.number}", user_task_id=task_id, user=row.user, text=row.text)
    mapping.set_time(message.create_time, row.create_us)
    return message


def _attachment(row: AttachmentRow) -> UserTaskAttachment:
    message = UserTaskAttachment(
        attachment_id=attachment_id(row),
        user_task_id=child_id(row.root_id, row.seq),
        name=row.name,
        content_type=row.content_type,
        size_bytes=row.size,
        user=row.user,
    )
    mapping.set_time(message.create_time, row.create_us)
    return message
