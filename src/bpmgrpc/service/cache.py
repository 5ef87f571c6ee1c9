"""The methods of ProcessRuntime about the definition cache.

Rule of this file: a refresh is a counter in the database that every server sees before its next command; the counts
in an answer are this server's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import NotFound
from bpmgrpc.runtime.choice import ProcessName, choose
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.service import business_objects, checks, mapping
from bpmgrpc.service.servicer import Servicer
from bpmgrpc.v1 import process_runtime_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.interface import DefinitionRow, Session

_ARCHIVE: Final = ".jar"
_EVENTS: Final = frozenset(
    (
        pb.RefreshProcessCacheRequest.EVENT_UNSPECIFIED,
        pb.RefreshProcessCacheRequest.EVENT_REFRESH,
        pb.RefreshProcessCacheRequest.EVENT_FILE,
        pb.RefreshProcessCacheRequest.EVENT_GENERATE,
    )
)


class CacheMethods(Servicer):
    """Refreshes the definition caches of all servers."""

    async def RefreshCache(self, request: pb.RefreshCacheRequest, call: CallContext) -> pb.RefreshCacheResponse:
        """Drops every cached definition, on every server."""
        cache = self.runtime.cache

        def work(session: Session) -> int:
            session.bump_cache_generation()
            return cache.count()

        count = await retried(self.runtime.executor, work, call.deadline)
        await self._see(call)
        return pb.RefreshCacheResponse(process_definition_count=count)

    async def RefreshProcessCache(
        self, request: pb.RefreshProcessCacheRequest, call: CallContext
    ) -> pb.RefreshProcessCacheResponse:
        """Drops the cached definitions of one process, on every server, or tells about them."""
        checks.name(request.process_name, "process_name")
        checks.name(request.app_name, "app_name")
        checks.name(request.version_tag, "version_tag")
        archives = checks.archive_names(request.archive_names)
        if request.event not in _EVENTS:
            checks.invalid("event", f"{request.event} is none of the events")
        if not request.process_name and not archives:
            checks.invalid("process_name", "is required where no archive_names are given")
        deployed = await self.runtime.read(lambda queries: queries.all_definitions()) if archives else []
        wanted = _of_archives(deployed, archives)

        def work(session: Session) -> pb.RefreshProcessCacheResponse:
            rows = dict(wanted)
            if request.process_name:
                name = ProcessName(request.process_name, request.app_name, request.version_tag)
                rows.update((row.id, row) for row in choose(session, name, latest=False).rows)
            with session.transaction():
                return self._refresh(session, list(rows.values()), request.event)

        response = await retried(self.runtime.executor, work, call.deadline)
        await self._see(call)
        return response

    async def _see(self, call: CallContext) -> None:
        """Drops here what was refreshed; only now, because a transaction that fails gives its counter to another."""
        cache = self.runtime.cache

        def work(session: Session) -> None:
            cache.see(session, max(session.cache_generations().values(), default=0))

        await retried(self.runtime.executor, work, call.deadline)

    def _refresh(self, session: Session, rows: Sequence[DefinitionRow], event: int) -> pb.RefreshProcessCacheResponse:
        cache = self.runtime.cache
        response = pb.RefreshProcessCacheResponse(
            process_definitions=[mapping.process_definition(row) for row in rows],
            cached_count=cache.count({row.id for row in rows}),
        )
        # The files are asked for what they declare, so that the counts are those of what is deployed, cached or not.
        declared = [one for row in rows for one in cache.load(session, row.id).program.graph.business_objects]
        response.business_object_count = len(declared)
        response.field_count = business_objects.field_count(declared)
        if event == pb.RefreshProcessCacheRequest.EVENT_FILE:
            for row in rows:
                size = len(session.load_resource(row.id) or b"")
                response.files.add(name=row.resource_name, size_bytes=size)
        elif event == pb.RefreshProcessCacheRequest.EVENT_GENERATE:
            schemas = dict.fromkeys(business_objects.schema(one) for one in declared)
            response.schemas.extend(schemas)
        else:
            for process_name in sorted({row.process_name for row in rows}):
                session.bump_cache_generation(process_name)
        return response


def _of_archives(deployed: Iterable[DefinitionRow], archives: Sequence[str]) -> dict[str, DefinitionRow]:
    """Finds what the archive names of the older product mean: ``<uniqueId>.<appName>.<processName>.<snapVersion>.jar``.

    All parts may hold dots, so a name is matched from its end against everything that is deployed, and of several
    matches the longest, which leaves least for the uniqueId, is meant.

    Raises:
        NotFound: Nothing that is deployed fits a name.
    """
    rows = list(deployed)
    found: dict[str, DefinitionRow] = {}
    for archive in archives:
        body = archive.removesuffix(_ARCHIVE)
        fitting: dict[str, list[DefinitionRow]] = {}
        for row in rows:
            tail = f"{row.app_name}.{row.process_name}.{row.version_tag}".removesuffix(".")
            text = body.removesuffix(".")
            if text == tail or text.endswith(f".{tail}"):
                fitting.setdefault(tail, []).append(row)
        if not fitting:
            raise NotFound(
                f"nothing that is deployed fits the archive name {checks.shown(archive)}",
                reason="PROCESS_NOT_FOUND",
                metadata={"archive_name": archive[:255]},
            )
        found.update((row.id, row) for row in fitting[max(fitting, key=len)])
    return found
