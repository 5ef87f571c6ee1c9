"""Rows with defaults, and races, for tests of the store."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bpmgrpc.engine.changes import Changes
from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import (
    Candidates,
    ElementRow,
    JobRow,
    Root,
    TimerRow,
    UserTaskRow,
    UserTaskState,
)
from bpmgrpc.store import DefinitionRow, RequestKey, Session, StoredAnswer

T = TypeVar("T")

ROOT = "01hk8e5s00x4v9r2q7mz"
DEFINITION = "01hk8e5s00definition"
NOW_US = 1_704_067_200_000_000  # 2024-01-01T00:00:00Z


def make_root(root_id: str = ROOT, **columns: Any) -> Root:
    """A root instance in its first version."""
    values: dict[str, Any] = {"version": 1, "next_seq": 10, "active": 1, "create_us": NOW_US} | columns
    return Root(root_id, DEFINITION, **values)


def make_task(seq: int = 1, **columns: Any) -> UserTaskRow:
    """A user task that waits."""
    values: dict[str, Any] = {
        "instance": 0,
        "definition_id": DEFINITION,
        "element_id": "approve",
        "name": "Approve",
        "state": UserTaskState.WAITING,
        "create_us": NOW_US,
        "candidates": Candidates(groups=("sales",)),
    } | columns
    return UserTaskRow(seq=seq, **values)


def make_job(seq: int = 1, **columns: Any) -> JobRow:
    """A job that can be leased."""
    values: dict[str, Any] = {
        "instance": 0,
        "definition_id": DEFINITION,
        "element_id": "charge",
        "type": "payment",
        "retries": 3,
        "create_us": NOW_US,
    } | columns
    return JobRow(seq=seq, **values)


def make_timer(seq: int = 5, **columns: Any) -> TimerRow:
    """A timer of element instance 1."""
    values: dict[str, Any] = {"element_seq": 1, "element_id": "late", "due_us": NOW_US} | columns
    return TimerRow(seq=seq, **values)


def make_element(seq: int = 1, scope: int = 0, **columns: Any) -> ElementRow:
    """An element instance that waits in the outermost scope."""
    values: dict[str, Any] = {"element_id": f"element{seq}", "create_us": NOW_US} | columns
    return ElementRow(seq, scope, **values)


def created(root: Root | None = None, **parts: Any) -> Changes:
    """What a start writes."""
    values: dict[str, Any] = {
        "events": [Event(EventType.INSTANCE_STARTED)],
        "now_us": NOW_US,
        "actor": "ann",
    } | parts
    return Changes(root or make_root(), created=True, **values)


def changed(version: int, root: Root | None = None, **parts: Any) -> Changes:
    """What a later command writes that brings the root to a version."""
    values: dict[str, Any] = {"now_us": NOW_US + version, "actor": "ann"} | parts
    return Changes(root or make_root(version=version), **values)


def start_with_task(session: Session, root_id: str = ROOT, **columns: Any) -> UserTaskRow:
    """Writes an instance with one open user task, number 1."""
    task = make_task(**columns)
    root = make_root(root_id, create_us=task.create_us)
    assert session.write(created(root, put_elements=[make_element()], new_user_tasks=[task]), None)
    return task


def deploy(session: Session, **columns: Any) -> DefinitionRow:
    """Writes a definition; that of the other rows unless told."""
    values: dict[str, Any] = {
        "id": DEFINITION,
        "app_name": "office",
        "process_name": "approval",
        "display_name": "Approval of orders",
        "version": 1,
        "version_tag": "",
        "resource_name": "approval.bpmn",
        "create_us": NOW_US,
    } | columns
    row = DefinitionRow(resource_hash=session.insert_resource(b"<definitions/>"), **values)
    session.insert_definition(row)
    return row


def request(request_id: str = "r-1", now_us: int = NOW_US) -> RequestKey:
    """The key of a request of Ann's."""
    return RequestKey("ann", "CompleteUserTask", request_id, now_us)


def answer(request_id: str = "r-1", content: str = "hash", expire_us: int = NOW_US + 1_000_000) -> StoredAnswer:
    """An answer to it."""
    return StoredAnswer(request(request_id), content, b"\x00\xffanswer", expire_us)


def root_id(number: int) -> str:
    """An id of a root for a number; ids ascend with the numbers."""
    return f"{number:020d}"


def race(works: Sequence[Callable[[], T]]) -> list[T]:
    """Runs functions at the same moment, each on a thread of its own, and returns what they returned."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))
