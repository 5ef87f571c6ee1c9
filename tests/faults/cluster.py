"""A PostgreSQL of the fault tests' own, which is killed and started again, and a proxy that cuts connections to it.

Rule of this file: the server waits for the disk at each commit (fsync and synchronous_commit are on), as the product
asks of whoever runs it: what is lost here is lost by the product, not by a setting.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.support import launch, postgres

SOCKET = ".s.PGSQL.5432"
CHUNK = 65536


class Cluster:
    """A PostgreSQL server in a folder of its own."""

    def __init__(self) -> None:
        # A socket's path has room for 107 bytes, so not under a test's own folder.
        parent = "/tmp" if os.access("/tmp", os.W_OK) else None  # noqa: S108
        self.home = Path(tempfile.mkdtemp(prefix="bpmgrpc-faults-", dir=parent))
        self.url = f"postgresql://postgres@/postgres?host={quote(str(self.home), safe='/')}"
        self._way = launch.initialise(self.home)
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server; returns when it answers."""
        self._server = postgres.start_server(self._way, self.home, durable=True)
        postgres.wait_until_it_answers(self.url, self._server, self.home / "server.log")

    def stop_at_once(self) -> None:
        """Stops the server as a crash does: no checkpoint, sessions cut, recovery at the next start."""
        if self._server is not None:
            postgres.stop(self._server)
            self._server = None

    def kill_a_backend(self, rng: random.Random) -> bool:
        """Kills one session's process with SIGKILL; the server then throws out all others and recovers."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            pids = self._sessions(connection)
        if not pids:
            return False
        os.kill(rng.choice(pids), signal.SIGKILL)
        return True

    def cut_sessions(self, rng: random.Random) -> int:
        """Ends about half of the sessions; returns how many."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            chosen = [pid for pid in self._sessions(connection) if rng.random() < 0.5]
            for pid in chosen:
                connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
        return len(chosen)

    def _sessions(self, connection: psycopg.Connection) -> list[int]:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return [row[0] for row in found]

    def close(self) -> None:
        """Stops the server and removes its folder."""
        self.stop_at_once()
        shutil.rmtree(self.home, ignore_errors=True)


class Proxy:
    """Stands between servers and PostgreSQL, and cuts connections at the worst moments.

    While `armed`, each answer of the database may be swallowed and its connection cut: the statement was done, its
    commit too, and the server never learns of it. Each request may be swallowed as well: then it was not done.

    Args:
        cluster: The database server behind it.
        rng: Chooses what is cut.
    """

    def __init__(self, cluster: Cluster, rng: random.Random) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bpmgrpc-proxy-", dir=cluster.home.parent))
        self.url = f"postgresql://postgres@/postgres?host={quote(str(self.folder), safe='/')}"
        self.armed = 0.0
        self.cuts = {"before": 0, "after": 0}
        self._target = str(cluster.home / SOCKET)
        self._rng = rng
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begins to listen."""
        self._server = await asyncio.start_unix_server(self._serve, str(self.folder / SOCKET))

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        writers = [to_client]
        try:
            server, to_server = await asyncio.open_unix_connection(self._target)
            writers.append(to_server)
            await asyncio.wait(
                (
                    asyncio.ensure_future(self._pump(client, to_server, "before")),
                    asyncio.ensure_future(self._pump(server, to_client, "after")),
                ),
                return_when=asyncio.FIRST_COMPLETED,
            )
        except OSError:  # the database is away: the client's connection is cut, as by a network
            pass
        finally:
            for writer in writers:
                writer.transport.abort()
            self._tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, moment: str) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if self._rng.random() < self.armed:
                    self.cuts[moment] += 1
                    return
                writer.write(data)
                await writer.drain()

    async def close(self) -> None:
        """Cuts everything and stops listening."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        shutil.rmtree(self.folder, ignore_errors=True)
