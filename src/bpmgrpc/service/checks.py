"""Checks of requests: what is wrong with a request whatever the state is.

Rule of this file: a check names the field as the proto does, says what was expected, and looks at nothing but the
request. An id that cannot be one of ours is unknown, not malformed: ids are opaque to callers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from bpmgrpc import values
from bpmgrpc.engine.state import ROOT_SCOPE, Candidates
from bpmgrpc.errors import FieldViolation, InvalidArgument, NotFound
from bpmgrpc.ids import is_root_id, split_id

if TYPE_CHECKING:
    from google.protobuf.duration_pb2 import Duration
    from google.protobuf.timestamp_pb2 import Timestamp

StateT = TypeVar("StateT", bound=str)

MAX_NAME: Final = values.MAX_NAME_LENGTH
MAX_ID: Final = 64  # characters of an id
# Bytes of the variables of one call: with them an answer still fits into the 4 MiB that gRPC clients take by default.
MAX_VARIABLES: Final = 4_000_000
_MICROSECONDS: Final = 1_000_000


def invalid(field: str, description: str) -> NoReturn:
    """Raises InvalidArgument for one field."""
    raise InvalidArgument(f"{field}: {description}", violations=[FieldViolation(field, description)])


def name(value: str, field: str, *, required: bool = False, longest: int = MAX_NAME) -> str:
    """Returns a name.

    Raises:
        InvalidArgument: It is empty though required, too long, or holds NUL.
    """
    if not value:
        if required:
            invalid(field, "is required")
        return value
    if len(value) > longest:
        invalid(field, f"has {len(value):,} characters, at most {longest:,} are allowed")
    if "\0" in value:
        invalid(field, "holds a NUL character")
    return value


def names(found: Iterable[str], field: str) -> tuple[str, ...]:
    """Returns names, each once, in their order.

    Raises:
        InvalidArgument: One is empty, too long, or holds NUL.
    """
    return tuple(dict.fromkeys(name(value, f"{field}[{index}]", required=True) for index, value in enumerate(found)))


def archive_names(found: Iterable[str]) -> tuple[str, ...]:
    """Returns archive names of the older product; they are put together of several names, and so may be long.

    Raises:
        InvalidArgument: One is empty, too long, or holds NUL.
    """
    return tuple(
        name(value, f"archive_names[{index}]", required=True, longest=4 * MAX_NAME + len("....jar"))
        for index, value in enumerate(found)
    )


def opaque_id(value: str, field: str) -> str:
    """Returns an id.

    Raises:
        InvalidArgument: It is empty, or holds NUL.
    """
    if not value:
        invalid(field, "is required")
    if "\0" in value:
        invalid(field, "holds a NUL character")
    return value


def row_id(value: str, field: str, what: str) -> tuple[str, int]:
    """Returns the root id and number of the row that an id names.

    Args:
        value: The id.
        field: Name of the field.
        what: What it names, such as "user task".

    Raises:
        InvalidArgument: It is empty, or holds NUL.
        NotFound: It is none of ours.
    """
    opaque_id(value, field)
    try:
        return split_id(value)
    except ValueError:
        raise unknown(what, field, value) from None


def instance_id(value: str, field: str = "process_instance_id") -> tuple[str, int]:
    """Returns the root id and the number of the process instance that an id names; 0 for a root.

    Raises:
        InvalidArgument: It is empty, or holds NUL.
        NotFound: It is none of ours.
    """
    opaque_id(value, field)
    if is_root_id(value):
        return value, ROOT_SCOPE
    root_id, seq = row_id(value, field, "process instance")
    if seq == ROOT_SCOPE:
        raise unknown("process instance", field, value)
    return root_id, seq


def unknown(what: str, field: str, value: str) -> NotFound:
    """Returns the error for an id that names nothing."""
    return NotFound(f"{what} {shown(value)} does not exist", metadata={field: value[:MAX_ID]})


def shown(value: str) -> str:
    """Returns an id or name as it is shown in a message."""
    return repr(value if len(value) <= MAX_ID else value[: MAX_ID - 1] + "…")


def variables(text: str, field: str = "variables") -> dict[str, str]:
    """Returns variables by name, each as its JSON text.

    Raises:
        InvalidArgument: The text is no JSON object, or one that is refused; see ``bpmgrpc.values``.
    """
    if len(text) > MAX_VARIABLES // 4 and len(text.encode("utf-8", "surrogatepass")) > MAX_VARIABLES:
        invalid(field, f"is longer than {MAX_VARIABLES:,} bytes")
    return values.split_members(text, field=field) if text else {}


def candidates(users: Iterable[str], groups: Iterable[str], roles: Iterable[str], work_party: str) -> Candidates:
    """Returns whom a task is to be offered to.

    Raises:
        InvalidArgument: Nobody at all, or a name that is none.
    """
    found = Candidates(
        names(users, "users"), names(groups, "groups"), names(roles, "roles"), name(work_party, "work_party")
    )
    if not found:
        invalid("users", "at least one of users, groups, roles and work_party is required")
    return found


def states(found: Iterable[int], known: Mapping[Any, StateT], field: str) -> tuple[StateT, ...]:
    """Returns states, each once.

    Raises:
        InvalidArgument: One is unspecified, or none of the enum.
    """
    wanted: dict[StateT, None] = {}
    for index, number in enumerate(found):
        if number not in known:
            invalid(f"{field}[{index}]", f"{number} is none of the states {', '.join(map(str, known.values()))}")
        wanted[known[number]] = None
    return tuple(wanted)


def etag(value: str) -> int | None:
    """Returns the version that an etag stands for; None where there is none, -1 where it is none of ours."""
    if not value:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < MAX_ID else -1


def time_us(value: Duration | Timestamp) -> int:
    """Returns a time since the epoch, or a duration, in microseconds."""
    return int(value.seconds * _MICROSECONDS + value.nanos // 1000)


def duration_us(value: Duration, field: str, *, least_us: int, most_us: int) -> int:
    """Returns a duration in microseconds.

    Raises:
        InvalidArgument: It is out of range.
    """
    found = time_us(value)
    if not least_us <= found <= most_us:
        invalid(field, f"has to be from {least_us / _MICROSECONDS:g} to {most_us / _MICROSECONDS:g} seconds")
    return found
