"""The directory as a YAML file.

::

    users:
      ann:
        display_name: Ann Miller
        groups: [front-office]
        roles: [R0003]
      bob: {}
    work_parties:
      Front Office:
        users: [ann]
        roles: [R0003]
        lead: ann

Both parts may be absent. A name is a text; YAML reads ``007`` as a number and ``no`` as false, so such names need
quotes, and the error says so. A name twice is an error, not a silent choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from bpmgrpc.cli.exit_codes import ExitCode
from bpmgrpc.cli.failures import Failure
from bpmgrpc.v1.admin_runtime_pb2 import ImportDirectoryRequest
from bpmgrpc.v1.directory_pb2 import DirectoryUser, WorkParty

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

__all__ = ["read_directory"]

_PARTS: Final = ("users", "work_parties")
_USER: Final[Mapping[str, type]] = {"display_name": str, "groups": list, "roles": list}
_WORK_PARTY: Final[Mapping[str, type]] = {"users": list, "roles": list, "lead": str}


class _StrictLoader(yaml.SafeLoader):
    """Reads plain YAML and refuses a key twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Reads a mapping."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                continue  # the reader refuses it itself
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands here twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_directory(path: Path) -> ImportDirectoryRequest:
    """Reads a directory file.

    Args:
        path: The file.

    Returns:
        The users and work parties, ready to be sent.

    Raises:
        Failure: The file cannot be read, is not YAML, or holds something else; all findings at once.
    """
    try:
        content = yaml.load(path.read_text("utf-8-sig"), _StrictLoader)  # noqa: S506 - it is a safe loader
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}", ExitCode.USAGE) from error
    except UnicodeDecodeError as error:
        raise Failure(f"{path} is not UTF-8: {error.reason} at byte {error.start}", ExitCode.USAGE) from error
    except yaml.YAMLError as error:
        raise Failure(f"{path} is not YAML: {_one_line(error)}", ExitCode.USAGE) from error
    problems: list[str] = []
    parts = _mapping(content, "the file", _PARTS, problems)
    users = [
        DirectoryUser(user=name, **_members(entry, f"users.{name}", _USER, problems))
        for name, entry in _named(parts.get("users"), "users", problems)
    ]
    work_parties = [
        WorkParty(work_party=name, **_members(entry, f"work_parties.{name}", _WORK_PARTY, problems))
        for name, entry in _named(parts.get("work_parties"), "work_parties", problems)
    ]
    if problems:
        raise Failure(f"{path} is not a directory file", ExitCode.USAGE, problems)
    return ImportDirectoryRequest(users=users, work_parties=work_parties)


def _named(value: object, place: str, problems: list[str]) -> list[tuple[str, object]]:
    """Returns the entries of a part with their names."""
    if value is None:
        return []
    if not isinstance(value, dict):
        problems.append(f"{place} must map names to entries, not be {_kind(value)}")
        return []
    problems.extend(
        f"{place}: the name {name!r} is read as {_kind(name)}: put it into quotes"
        for name in value
        if not isinstance(name, str)
    )
    return [(name, entry) for name, entry in value.items() if isinstance(name, str)]


def _mapping(value: object, place: str, allowed: tuple[str, ...], problems: list[str]) -> dict[str, Any]:
    """Returns a mapping with the allowed keys only."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(f"{place} must be a mapping with {', '.join(allowed)}, not {_kind(value)}")
        return {}
    problems.extend(
        f"{place}: {key!r} is not known here, only {', '.join(allowed)}" for key in value if key not in allowed
    )
    return {key: entry for key, entry in value.items() if key in allowed}


def _members(value: object, place: str, kinds: Mapping[str, type], problems: list[str]) -> dict[str, Any]:
    """Returns an entry's members, each of its kind: a text, or a list of texts."""
    members: dict[str, Any] = {}
    for key, member in _mapping(value, place, tuple(kinds), problems).items():
        if member is None:
            continue
        texts = member if kinds[key] is list else [member]
        if not isinstance(texts, list):
            problems.append(f"{place}.{key} must be a list, not {_kind(member)}")
            continue
        wrong = next((text for text in texts if not isinstance(text, str)), None)
        if wrong is not None:
            problems.append(f"{place}.{key}: {wrong!r} is read as {_kind(wrong)}: put it into quotes")
            continue
        members[key] = member
    return members


_KINDS: Final = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a mapping",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or another kind")


def _one_line(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} at line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return " ".join(str(error).split())
