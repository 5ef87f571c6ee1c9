"""What people put beside user tasks: comments, attachments, drafts.

Rule of this file: nothing of it is read or written by a command that is not about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, select

from bpmgrpc.store import tables
from bpmgrpc.store.paging import Listing, Page, PageRequest
from bpmgrpc.store.rows import refuse_nul, table_of
from bpmgrpc.store.statements import Statement, insert_of, insert_or_replace, number, word

if TYPE_CHECKING:
    from sqlalchemy import Select

    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["AttachmentRow", "CommentRow", "DraftRow", "NoteCalls", "NoteQueries"]

_comments: Final = table_of(tables.UserTaskComment)
_attachments: Final = table_of(tables.UserTaskAttachment)
_drafts: Final = table_of(tables.UserTaskDraft)


class CommentRow(NamedTuple):
    """A comment; ``number`` is the version of the task that it made."""

    root_id: str
    seq: int
    number: int
    user: str
    text: str
    create_us: int


class AttachmentRow(NamedTuple):
    """An attachment without its content."""

    root_id: str
    seq: int
    number: int
    name: str
    content_type: str
    size: int
    user: str
    create_us: int


class DraftRow(NamedTuple):
    """A draft: a JSON object."""

    user: str
    variables: str
    save_us: int


def _of_task(table: Any) -> Any:
    return (table.c.root_id == word("root_id")) & (table.c.seq == number("seq"))


def _of_number(table: Any) -> Any:
    return _of_task(table) & (table.c.number == number("number"))


_DESCRIBED: Final = [column for column in _attachments.columns if column.name != "content"]
_ADD_COMMENT: Final = insert_of(_comments)
_ADD_ATTACHMENT: Final = insert_of(_attachments)
_DROP_ATTACHMENT: Final = Statement(delete(_attachments).where(_of_number(_attachments)))
_ATTACHMENT: Final = Statement(select(*_DESCRIBED, _attachments.c.content).where(_of_number(_attachments)))
_PUT_DRAFT: Final = insert_or_replace(_drafts)
_DRAFT: Final = Statement(select(_drafts.c.user_name, _drafts.c.variables, _drafts.c.save_us).where(_of_task(_drafts)))


def _list_comments(_shape: object, _dialect: Dialect) -> tuple[Select[Any], Any]:
    return select(_comments).where(_of_task(_comments)), _comments.c


def _list_attachments(_shape: object, _dialect: Dialect) -> tuple[Select[Any], Any]:
    return select(*_DESCRIBED).where(_of_task(_attachments)), _attachments.c


def _read_comment(row: Sequence[Any]) -> CommentRow:
    return CommentRow(*row[:6])


def _read_attachment(row: Sequence[Any]) -> AttachmentRow:
    return AttachmentRow(*row[:8])


_COMMENTS: Final[Listing[CommentRow]] = Listing(
    name="user_task_comments",
    build=_list_comments,
    orders={"create_time": lambda row: row.create_us},
    default_order="create_time",
    key=("number",),
    read=_read_comment,
)
_ATTACHMENTS: Final[Listing[AttachmentRow]] = Listing(
    name="user_task_attachments",
    build=_list_attachments,
    orders={"create_time": lambda row: row.create_us},
    default_order="create_time",
    key=("number",),
    read=_read_attachment,
)


class NoteCalls:
    """The calls of ``Session`` that write comments, attachments and drafts."""

    db: Connection

    def insert_comment(self, row: CommentRow) -> None:
        """See ``Session.insert_comment``."""
        refuse_nul((row,))
        self.db.run_many(_ADD_COMMENT, [row])

    def insert_attachment(self, row: AttachmentRow, content: bytes) -> None:
        """See ``Session.insert_attachment``."""
        refuse_nul((row,))
        self.db.run_many(_ADD_ATTACHMENT, [(*row, content)])

    def delete_attachment(self, root_id: str, seq: int, number_: int) -> bool:
        """See ``Session.delete_attachment``."""
        return self.db.run(_DROP_ATTACHMENT, {"root_id": root_id, "seq": seq, "number": number_}) == 1

    def put_draft(self, root_id: str, seq: int, draft: DraftRow) -> None:
        """See ``Session.put_draft``."""
        refuse_nul((draft,))
        self.db.run_many(_PUT_DRAFT, [(root_id, seq, *draft)])


class NoteQueries:
    """What is asked about comments, attachments and drafts."""

    db: Connection

    def list_comments(self, root_id: str, seq: int, page: PageRequest) -> Page[CommentRow]:
        """Returns a page of a task's comments, the oldest first."""
        return _COMMENTS.page(self.db, (), {"root_id": root_id, "seq": seq}, page)

    def list_attachments(self, root_id: str, seq: int, page: PageRequest) -> Page[AttachmentRow]:
        """Returns a page of a task's attachments, the oldest first."""
        return _ATTACHMENTS.page(self.db, (), {"root_id": root_id, "seq": seq}, page)

    def find_attachment(self, root_id: str, seq: int, number_: int) -> tuple[AttachmentRow, bytes] | None:
        """Returns an attachment with its content."""
        found = self.db.fetch(_ATTACHMENT, {"root_id": root_id, "seq": seq, "number": number_})
        return (_read_attachment(found[0]), bytes(found[0][8])) if found else None

    def find_draft(self, root_id: str, seq: int) -> DraftRow | None:
        """Returns the draft of a task."""
        found = self.db.fetch(_DRAFT, {"root_id": root_id, "seq": seq})
        return DraftRow(*found[0]) if found else None
