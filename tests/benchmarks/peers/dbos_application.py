"""Program: DBOS doing the same works on PostgreSQL. Runs on an environment of its own, never on ours.

DBOS (MIT) makes functions durable: it knows no BPMN, so each work is written as a workflow, as a careful user would.
A user task is a step that writes a row of the application, then a wait for a message; W2 is twenty steps. A start is
durable when its workflow was taken down, a completion when its message was; so what the instance does next runs beside
the caller, and a list waits until the tasks it has to show are there. There is no history of tasks, no directory.
"""

from __future__ import annotations

import threading
import uuid
from typing import Any

import psycopg
from dbos import DBOS, SetWorkflowID  # type: ignore[import-not-found,unused-ignore]

from tests.benchmarks.peers.protocol import run

SCHEMA = """
CREATE TABLE IF NOT EXISTS task (id TEXT PRIMARY KEY, candidate TEXT NOT NULL, owner TEXT, done BOOLEAN NOT NULL);
CREATE INDEX IF NOT EXISTS task_candidate ON task (candidate) WHERE NOT done;
"""
OFFER = "INSERT INTO task VALUES (%s, %s, NULL, FALSE) ON CONFLICT DO NOTHING"
SCRIPTS = 20
BRANCHES = 10
_WAIT_SECONDS = 60


class Application:
    """The application: what the product's server is to its callers.

    Args:
        url: The database, which is DBOS' own, too.
    """

    def __init__(self, url: str) -> None:
        plain = url.replace("postgresql+psycopg://", "postgresql://")
        self._db = psycopg.connect(plain, autocommit=True)
        self._steps = psycopg.connect(plain, autocommit=True)  # for the steps, which run in threads
        self._db.execute(SCHEMA)
        self._expected = 0
        self._open: dict[str, str] = {}  # the instance of each task that is offered
        self._changed = threading.Condition()
        DBOS(config={"name": "bench", "system_database_url": plain, "log_level": "ERROR", "run_admin_server": False})
        self._workflows = self._register()
        DBOS.launch()

    def _register(self) -> dict[str, tuple[Any, int]]:
        """Writes the works as workflows; returns each with the number of tasks that its start offers."""

        @DBOS.step()  # type: ignore[untyped-decorator,unused-ignore]
        def offer(task: str, user: str, instance: str) -> None:
            with self._changed:
                self._steps.execute(OFFER, (task, user))
                self._open[task] = instance
                self._changed.notify_all()

        @DBOS.step()  # type: ignore[untyped-decorator,unused-ignore]
        def count(number: int) -> int:
            return number + 1

        def wait(task: str) -> Any:
            return DBOS.recv(task, timeout_seconds=_WAIT_SECONDS)

        @DBOS.workflow()  # type: ignore[untyped-decorator,unused-ignore]
        def w1(_variables: dict[str, Any], user: str) -> None:
            instance = DBOS.workflow_id
            offer(f"{instance}-check", user, instance)
            if wait(f"{instance}-check")["approved"]:
                offer(f"{instance}-ship", user, instance)
                wait(f"{instance}-ship")

        @DBOS.workflow()  # type: ignore[untyped-decorator,unused-ignore]
        def w2(variables: dict[str, Any], _user: str) -> None:
            number = variables["n"]
            for _ in range(SCRIPTS):
                number = count(number)

        @DBOS.workflow()  # type: ignore[untyped-decorator,unused-ignore]
        def w3(_variables: dict[str, Any], user: str) -> None:
            instance = DBOS.workflow_id
            names = [f"{instance}-t{number}" for number in range(BRANCHES)]
            for name in names:
                offer(name, user, instance)
            for name in names:
                wait(name)

        return {"W1": (w1, 1), "W2": (w2, 0), "W3": (w3, BRANCHES)}

    def start(self, process: str, variables: dict[str, Any], user: str) -> str:
        """Starts an instance; W2 has nothing to wait for, so its result is waited for."""
        workflow, self._expected = self._workflows[process]
        with SetWorkflowID(uuid.uuid4().hex):
            handle = DBOS.start_workflow(workflow, variables, user)
        if not self._expected:
            handle.get_result()
        return str(handle.workflow_id)

    def tasks(self, user: str) -> list[str]:
        """Lists a user's tasks, once the instance has offered them."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._open) >= self._expected, _WAIT_SECONDS):
                raise TimeoutError(f"{len(self._open)} tasks instead of {self._expected}")
        return [row[0] for row in self._db.execute("SELECT id FROM task WHERE candidate = %s AND NOT done", (user,))]

    def claim(self, task: str, user: str) -> None:
        """Claims a task; whose it is belongs to the application, and is all that this changes."""
        touched = self._db.execute("UPDATE task SET owner = %s WHERE id = %s AND owner IS NULL", (user, task))
        assert touched.rowcount == 1

    def complete(self, task: str, user: str, variables: dict[str, Any]) -> None:
        """Completes a task: takes it out of the list, and sends its variables to the workflow that waits for them."""
        touched = self._db.execute("UPDATE task SET done = TRUE WHERE id = %s AND owner = %s", (task, user))
        assert touched.rowcount == 1
        with self._changed:
            instance = self._open.pop(task)
        DBOS.send(instance, variables, task)


def main() -> None:
    """Runs the program."""
    try:
        run(lambda given: Application(given["database_url"]))
    finally:
        DBOS.destroy()


if __name__ == "__main__":
    main()
