"""Program: SpiffWorkflow doing the same works, kept in SQLite. Runs on an environment of its own, never on ours.

SpiffWorkflow (LGPL-3.0) is a library for one process in memory, so the application around it is written here, as a
careful user would: one row per instance with the workflow as JSON, one row per open user task with its owner, a commit
after each durable call (WAL, synchronous NORMAL). The state is loaded anew by each call that runs the workflow, as it
must be where several processes serve; a claim touches the application's own row only. With ``keep`` the workflows stay
in memory, which no restart and no second process survives. There is no history, no stored answer, no directory.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow  # type: ignore[import-not-found,unused-ignore]
from SpiffWorkflow.bpmn.parser import BpmnParser  # type: ignore[import-not-found,unused-ignore]
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # type: ignore[import-not-found,unused-ignore]
from SpiffWorkflow.util.task import TaskState  # type: ignore[import-not-found,unused-ignore]

from tests.benchmarks.peers.protocol import run

SCHEMA = """
CREATE TABLE IF NOT EXISTS instance (id INTEGER PRIMARY KEY, state TEXT NOT NULL, done INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS task (
    id TEXT PRIMARY KEY, instance INTEGER NOT NULL, candidate TEXT NOT NULL, owner TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS task_candidate ON task (candidate);
"""


class Application:
    """The application: what the product's server is to its callers.

    Args:
        path: The database file.
        files: BPMN by process name.
        keep: Whether workflows stay in memory.
    """

    def __init__(self, path: str, files: dict[str, str], *, keep: bool) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL").fetchall()
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self._serializer = BpmnWorkflowSerializer()
        self._specs = {}
        for name, content in files.items():
            parser = BpmnParser()
            parser.add_bpmn_str(content.encode())
            self._specs[name] = parser.get_spec(name)
        self._kept: dict[int, Any] | None = {} if keep else None

    def start(self, process: str, variables: dict[str, Any], user: str) -> str:
        """Starts an instance."""
        workflow = BpmnWorkflow(self._specs[process])
        workflow.task_tree.set_data(**variables)
        workflow.do_engine_steps()
        with self._transaction():
            done = int(workflow.is_completed())
            state = self._serializer.serialize_json(workflow)
            instance = self._db.execute("INSERT INTO instance (state, done) VALUES (?, ?)", (state, done)).lastrowid
            assert instance is not None
            self._offer(workflow, instance, user)
        if self._kept is not None and not done:
            self._kept[instance] = workflow
        return str(instance)

    def tasks(self, user: str) -> list[str]:
        """Lists a user's tasks."""
        return [row[0] for row in self._db.execute("SELECT id FROM task WHERE candidate = ?", (user,))]

    def claim(self, task: str, user: str) -> None:
        """Claims a task; whose it is belongs to the application, and is all that this changes."""
        with self._transaction():
            touched = self._db.execute("UPDATE task SET owner = ? WHERE id = ? AND owner IS NULL", (user, task))
            assert touched.rowcount == 1

    def complete(self, task: str, user: str, variables: dict[str, Any]) -> None:
        """Completes a task and runs its instance on."""
        with self._transaction():
            instance = self._db.execute(
                "SELECT instance FROM task WHERE id = ? AND owner = ?", (task, user)
            ).fetchone()[0]
            workflow = self._load(instance)
            (found,) = [each for each in workflow.get_tasks(state=TaskState.READY, manual=True) if str(each.id) == task]
            found.data.update(variables)
            found.run()
            workflow.do_engine_steps()
            done = workflow.is_completed()
            state = self._serializer.serialize_json(workflow)
            self._db.execute("UPDATE instance SET state = ?, done = ? WHERE id = ?", (state, int(done), instance))
            self._db.execute("DELETE FROM task WHERE id = ?", (task,))
            self._offer(workflow, instance, user)
        if done and self._kept is not None:
            del self._kept[instance]

    def _load(self, instance: int) -> Any:
        if self._kept is not None:
            return self._kept[instance]
        state = self._db.execute("SELECT state FROM instance WHERE id = ?", (instance,)).fetchone()[0]
        return self._serializer.deserialize_json(state)

    def _offer(self, workflow: Any, instance: int, user: str) -> None:
        ready = workflow.get_tasks(state=TaskState.READY, manual=True)
        self._db.executemany(
            "INSERT OR IGNORE INTO task VALUES (?, ?, ?, NULL)", [(str(task.id), instance, user) for task in ready]
        )

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """One durable call."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")


def main() -> None:
    """Runs the program."""
    run(lambda given: Application(given["path"], given["files"], keep=given["keep"]))


if __name__ == "__main__":
    main()
