"""Which version of which process a caller means.

Rule of this file: names are resolved against what is deployed at this moment, and an ambiguous name is an error that
lists what it could mean; nothing is guessed.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import FailedPrecondition, FieldViolation, InvalidArgument, NotFound, PreconditionViolation
from bpmgrpc.store.interface import DefinitionState, Meant

if TYPE_CHECKING:
    from bpmgrpc.store.interface import DefinitionRow, Replay, RequestKey, Session

MAX_CHOICES: Final = 1_000  # names; a few hundred bytes each


@dataclass(frozen=True, slots=True)
class ProcessName:
    """A process as callers name it; empty fields say nothing."""

    process_name: str = ""
    app_name: str = ""
    version_tag: str = ""
    version: int = 0
    definition_id: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The versions that a name means, newest first, and what came with them."""

    rows: list[DefinitionRow]
    replay: Replay | None
    cache_generation: int


class RecentChoices:
    """What names meant when they were last looked up, so that the next start need not ask.

    Not believed: the start is written under the condition that the name still means it. The oldest are dropped first.
    """

    def __init__(self) -> None:
        self._choices: dict[ProcessName, Meant] = {}
        self._changing = threading.Lock()  # commands keep what they looked up from any thread

    def find(self, name: ProcessName) -> Meant | None:
        """Returns what a name meant; None where it was not looked up."""
        return self._choices.get(name)

    def keep(self, name: ProcessName, chosen: Chosen) -> None:
        """Keeps what a name means. One that has the id of a definition needs no looking up."""
        if name.definition_id:
            return
        meant = Meant(
            chosen.rows[0].id,
            chosen.cache_generation,
            name.process_name,
            name.app_name,
            name.version,
            name.version_tag,
            _only_latest(name),
        )
        with self._changing:
            self._choices.pop(name, None)
            self._choices[name] = meant
            if len(self._choices) > MAX_CHOICES:
                del self._choices[next(iter(self._choices))]


def _only_latest(name: ProcessName) -> bool:
    return not name.version  # a number means one version, the newest or not


def choose(session: Session, name: ProcessName, *, latest: bool, request: RequestKey | None = None) -> Chosen:
    """Finds the versions of the one process that a name means.

    Args:
        session: Where to look.
        name: The name.
        latest: Only the newest version of those that fit.
        request: Whose earlier answer is wanted too.

    Raises:
        NotFound: No such process, application, version or tag.
        FailedPrecondition: Several applications, or processes of this display name, fit; they are listed.
        InvalidArgument: The id belongs to another process than the names say.
    """
    if name.definition_id:
        return _by_id(session, name, request)
    found = session.find_definitions(
        name.app_name,
        name.process_name,
        version=name.version,
        version_tag=name.version_tag,
        latest=latest and _only_latest(name),
        request=request,
    )
    if found.replay is None:
        _require_one(session, name, found.rows)
    return Chosen(found.rows, found.replay, found.cache_generation)


def require_active(row: DefinitionRow) -> None:
    """Raises FailedPrecondition where a definition may not be started."""
    if row.state is not DefinitionState.ACTIVE:
        raise FailedPrecondition(
            f"process definition {row.id!r} is {row.state.value}",
            reason="PROCESS_DEFINITION_STATE",
            violations=[PreconditionViolation("STATE", f"processDefinitions/{row.id}", "it has to be ACTIVE")],
            metadata={"process_definition_id": row.id},
        )


def _by_id(session: Session, name: ProcessName, request: RequestKey | None) -> Chosen:
    replay = session.find_answer(request) if request is not None else None
    if replay is not None:
        return Chosen([], replay, 0)
    row = session.find_definition(name.definition_id)
    if row is None or row.deleted:
        raise NotFound(
            f"process definition {name.definition_id!r} does not exist",
            metadata={"process_definition_id": name.definition_id},
        )
    given = {
        "process_name": (name.process_name, (row.process_name, row.display_name)),
        "app_name": (name.app_name, (row.app_name,)),
        "version_tag": (name.version_tag, (row.version_tag,)),
        "version": (name.version, (row.version,)),
    }
    violations = [
        FieldViolation(field, f"is {value!r}, but process definition {row.id!r} has {fitting[0]!r}")
        for field, (value, fitting) in given.items()
        if value and value not in fitting
    ]
    if violations:
        raise InvalidArgument(
            f"{violations[0].field} {violations[0].description}", reason="CONTRADICTION", violations=violations
        )
    generations = session.cache_generations()
    return Chosen([row], None, max(generations.values(), default=0))


def _require_one(session: Session, name: ProcessName, rows: list[DefinitionRow]) -> None:
    if not rows:
        raise _not_found(session, name)
    apps = sorted({row.app_name for row in rows})
    if len(apps) > 1:
        raise FailedPrecondition(
            f"app_name is needed: process {name.process_name!r} belongs to the applications "
            + ", ".join(repr(app) for app in apps),
            reason="APPLICATION_AMBIGUOUS",
            violations=[
                PreconditionViolation("AMBIGUOUS", f"applications/{app}", "it has this process") for app in apps
            ],
            metadata={"process_name": name.process_name, "app_names": ",".join(apps)},
        )
    processes = sorted({row.process_name for row in rows})
    if len(processes) > 1:
        raise FailedPrecondition(
            f"process_name {name.process_name!r} is the display name of the processes "
            + ", ".join(repr(process) for process in processes),
            reason="PROCESS_NAME_AMBIGUOUS",
            violations=[PreconditionViolation("AMBIGUOUS", f"processes/{process}", "") for process in processes],
            metadata={"process_name": name.process_name},
        )


def _not_found(session: Session, name: ProcessName) -> NotFound:
    metadata = {"process_name": name.process_name[:64]}
    others = session.find_definitions("", name.process_name).rows
    wanted = repr(name.process_name)
    if not others:
        return NotFound(f"process {wanted} is not deployed", reason="PROCESS_NOT_FOUND", metadata=metadata)
    apps = sorted({row.app_name for row in others})
    if name.app_name and name.app_name not in apps:
        return NotFound(
            f"application {name.app_name!r} has no process {wanted}", reason="PROCESS_NOT_FOUND", metadata=metadata
        )
    parts = [f"version {name.version}"] if name.version else []
    parts += [f"version tag {name.version_tag!r}"] if name.version_tag else []
    which = " with ".join(parts)
    return NotFound(f"process {wanted} has no {which}", reason="VERSION_NOT_FOUND", metadata=metadata)
