"""Every setting is one field of `Settings`; its flag, environment variable and TOML key follow from its name.

========  =========================  ====================================================================
source    for ``drain_seconds``      rule
========  =========================  ====================================================================
flag      ``--drain-seconds``        wins over everything
variable  ``BPMGRPC_DRAIN_SECONDS``  an empty one counts as not set, unless the setting may be empty
file      ``drain_seconds``          the TOML file named by ``--config`` or ``BPMGRPC_CONFIG``, no other
default                              as written below
========  =========================  ====================================================================

A value is checked where it comes in. All that is wrong is told at once, each with the setting and the place that it
came from; an unknown key in the file is an error: most likely it is a known one, mistyped.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_type_hints

__all__ = [
    "CONFIG_VARIABLE",
    "ENVIRONMENT_PREFIX",
    "Loaded",
    "Row",
    "Settings",
    "SettingsError",
    "hide_password",
    "load_settings",
    "rows",
    "split_address",
    "unknown_variables",
]

ENVIRONMENT_PREFIX: Final = "BPMGRPC_"
CONFIG_VARIABLE: Final = "BPMGRPC_CONFIG"

_RULE: Final = "rule"
_DATABASE_URL: Final = re.compile(r"(sqlite|postgres(ql)?(\+psycopg)?)://.*", re.DOTALL)
_PASSWORD: Final = re.compile(r"(://[^:/?#@]*:).*(@)")  # up to the last @: rather too much hidden than too little
_PASSWORD_PARAMETER: Final = re.compile(r"([?&](?:password|sslpassword)=)[^&#]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a setting besides its type.

    Attributes:
        help: One sentence for people.
        unit: Unit of a number; empty for other kinds.
        choices: The allowed values, where they can be counted.
        least: Smallest number allowed.
        most: Largest number allowed.
        may_be_empty: Whether an empty text is a value.
        check: Says what is wrong with a value; empty text where nothing is.
    """

    help: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    may_be_empty: bool = False
    check: Callable[[Any], str] | None = None


def _setting(default: object, rule: Rule) -> Any:
    return dataclasses.field(default=default, metadata={_RULE: rule})


def split_address(address: str) -> tuple[str, int]:
    """Splits an address into host and port.

    Args:
        address: ``HOST:PORT``; an IPv6 host in brackets, ``[::1]:50051``. Port 0 lets the system choose.

    Returns:
        The host without brackets, and the port.

    Raises:
        ValueError: The text is no such address.
    """
    host, colon, port = address.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not host or (":" in host and not bracketed) or not (port.isascii() and port.isdigit()):
        raise ValueError(f"must be HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051, not {address!r}")
    if int(port) > 65535:
        raise ValueError(f"must have a port of at most 65535, not {port}")
    return host[1:-1] if bracketed else host, int(port)


def _address_problem(value: str) -> str:
    try:
        split_address(value)
    except ValueError as error:
        return str(error)
    return ""


def _optional_address_problem(value: str) -> str:
    return _address_problem(value) if value else ""


def _database_problem(value: str) -> str:
    if _DATABASE_URL.fullmatch(value):
        return ""
    return (
        f"must be like sqlite:///bpmgrpc.db or postgresql://user:password@host/database, not {hide_password(value)!r}"
    )


def _path_problem(value: str) -> str:
    return "" if value.startswith("/") and value.strip("/") else f"must be a path such as /BPMREST, not {value!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a server, and the few that client commands need. Made by `load_settings`."""

    database_url: str = _setting(
        "sqlite:///bpmgrpc.db",
        Rule(
            "Where the data lives: sqlite:///FILE (relative to the working directory) or postgresql://…",
            check=_database_problem,
        ),
    )
    grpc_address: str = _setting(
        "127.0.0.1:50051", Rule("Where gRPC listens, and where client commands call.", check=_address_problem)
    )
    rest_address: str = _setting(
        "127.0.0.1:8080",
        Rule("Where REST listens; empty for no REST.", may_be_empty=True, check=_optional_address_problem),
    )
    insecure: bool = _setting(
        False, Rule("Allow listening on addresses that other machines can reach, although no caller is authenticated.")
    )
    legacy_base: str = _setting(
        "/BPMREST/service/runtime", Rule("Path under which the legacy calls live.", check=_path_problem)
    )
    legacy_errors: str = _setting(
        "status",
        Rule(
            "How legacy answers tell failure: by HTTP status and code, or by code alone.", choices=("status", "inband")
        ),
    )
    rest_max_body_bytes: int = _setting(
        4 * 1024 * 1024, Rule("Longest body of an HTTP request; a longer one is refused.", "bytes", least=1)
    )
    cors_origins: tuple[str, ...] = _setting(
        (), Rule("Origins whose web pages may call, such as https://console.example.org.", may_be_empty=True)
    )
    allowed_hosts: tuple[str, ...] = _setting(
        (), Rule("Values of the Host header that are expected besides the loopback names.", may_be_empty=True)
    )
    trusted_proxies: tuple[str, ...] = _setting(
        (), Rule("Addresses or networks whose X-Forwarded-For is believed.", may_be_empty=True)
    )
    grpc_max_message_bytes: int = _setting(
        8 * 1024 * 1024, Rule("Longest gRPC message that is taken.", "bytes", least=1024, most=2**31 - 1)
    )
    grpc_max_pending_requests: int = _setting(
        100_000, Rule("Calls that may wait to be picked up; more are refused by gRPC itself.", "calls", least=1)
    )
    grpc_max_concurrent_calls: int = _setting(
        0,
        Rule(
            "Calls served at a time, over gRPC and REST; more get RESOURCE_EXHAUSTED (429). 0 for no limit.",
            "calls",
            least=0,
        ),
    )
    max_wait_seconds: float = _setting(
        0.0,
        Rule(
            "How long calls may wait for their turn before more get RESOURCE_EXHAUSTED (429). 0 for no limit.",
            "seconds",
            least=0,
            most=3_600,
        ),
    )
    grpc_reuse_port: bool = _setting(
        False, Rule("Let several servers on this machine listen on one gRPC address (SO_REUSEPORT).")
    )
    workers: int = _setting(
        1,
        Rule(
            "Server processes that share the addresses, for more than one processor core; above 1 on PostgreSQL only.",
            "processes",
            least=1,
            most=256,
        ),
    )
    default_deadline_seconds: float = _setting(
        30.0, Rule("Time for a call whose caller gives none.", "seconds", least=0.1, most=86_400)
    )
    drain_seconds: float = _setting(
        20.0, Rule("How long running calls may go on after SIGTERM or Ctrl-C.", "seconds", least=0, most=86_400)
    )
    sqlite_synchronous: str = _setting(
        "FULL",
        Rule(
            "FULL: what was answered survives a loss of power. NORMAL: faster, and the last moments may be lost then.",
            choices=("FULL", "NORMAL"),
        ),
    )
    postgresql_pool_size: int = _setting(
        10, Rule("Connections to PostgreSQL of one server.", "connections", least=1, most=1000)
    )
    idempotency_retention_hours: float = _setting(
        24.0, Rule("How long answers are kept to be repeated for the same request_id.", "hours", least=0, most=8760)
    )
    history_retention_days: float = _setting(
        0.0,
        Rule(
            "How long ended instances are kept, where neither model nor SetHistoryRetention says it. 0 for ever.",
            "days",
            least=0,
            most=36_500,
        ),
    )
    timers_poll_seconds: float = _setting(
        1.0, Rule("How often due timers are looked for.", "seconds", least=0.01, most=3600)
    )
    step_limit: int = _setting(
        1_000_000, Rule("Steps of an instance without waiting before an incident stops it.", "steps", least=1)
    )
    definition_cache_size: int = _setting(
        1000, Rule("Process definitions kept ready in memory.", "definitions", least=1)
    )
    javascript: bool = _setting(
        False, Rule("Run script tasks and conditions in JavaScript here, not with workers. Needs bpmgrpc[javascript].")
    )
    log_level: str = _setting(
        "info", Rule("The least important log lines to write.", choices=("debug", "info", "warning", "error"))
    )
    log_format: str = _setting(
        "auto",
        Rule(
            "json: one object a line. console: for people. auto: console on a terminal, else json.",
            choices=("auto", "json", "console"),
        ),
    )


class SettingsError(ValueError):
    """Settings cannot be used.

    Args:
        problems: One sentence each, naming the setting and where its value came from.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table of settings, for flags and for people.

    Attributes:
        name: Name of the field and of the TOML key.
        kind: ``text``, ``integer``, ``number``, ``switch`` or ``list``.
        default: The default value.
        rule: What holds for it.
    """

    name: str
    kind: str
    default: object
    rule: Rule

    @property
    def flag(self) -> str:
        """The command line flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each came from.

    Attributes:
        settings: The settings.
        sources: Name of the setting to ``default``, ``flag --…``, ``environment BPMGRPC_…`` or ``file …``.
        config: The file that was read; None where none was named.
    """

    settings: Settings
    sources: Mapping[str, str]
    config: Path | None


_KINDS: Final[Mapping[object, str]] = MappingProxyType(
    {str: "text", int: "integer", float: "number", bool: "switch", tuple[str, ...]: "list"}
)
_KIND_WORDS: Final = MappingProxyType(
    {"text": "a text", "integer": "a whole number", "number": "a number", "switch": "true or false", "list": "a list"}
)
_SWITCH_WORDS: Final = MappingProxyType(
    {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
)


def rows() -> tuple[Row, ...]:
    """Returns the table of settings in the order in which it is written."""
    kinds = get_type_hints(Settings)
    return tuple(
        Row(field.name, _KINDS[kinds[field.name]], field.default, field.metadata[_RULE])
        for field in dataclasses.fields(Settings)
    )


def load_settings(
    *,
    flags: Mapping[str, object | None] | None = None,
    environment: Mapping[str, str],
    config: Path | None = None,
) -> Loaded:
    """Reads the settings from all sources.

    Args:
        flags: Name of the setting to what the command line says; None where it says nothing.
        environment: The environment variables.
        config: The TOML file that the command line names.

    Returns:
        The settings and where each came from.

    Raises:
        SettingsError: A value is wrong, a key of the file is unknown, or the file cannot be read; all findings at once.
    """
    problems: list[str] = []
    if config is None and environment.get(CONFIG_VARIABLE):
        config = Path(environment[CONFIG_VARIABLE])
    table = rows()
    file = _read_file(config, table, problems)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for row in table:
        found = _find(row, flags or {}, environment, file, config)
        if found is None:
            sources[row.name] = "default"
            continue
        raw, sources[row.name] = found
        try:
            values[row.name] = _value(row, raw)
        except ValueError as error:
            problems.append(f"{row.name} {error} ({sources[row.name]})")
    if problems:
        raise SettingsError(problems)
    return Loaded(Settings(**values), MappingProxyType(sources), config)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Returns the environment variables that begin as ours do and name no setting, each with the likely right name.

    They are no error, since others may have reasons for them, but the likeliest reason is a slip of the pen.

    Args:
        environment: The environment variables.
    """
    known = [row.variable for row in rows()]
    others = (CONFIG_VARIABLE, ENVIRONMENT_PREFIX + "TEST_")
    return [
        name + _suggestion(name, known)
        for name in sorted(environment)
        if name.startswith(ENVIRONMENT_PREFIX) and name not in known and not name.startswith(others)
    ]


def hide_password(url: str) -> str:
    """Returns a database URL fit to be shown: its passwords are three asterisks.

    Args:
        url: The URL.
    """
    return _PASSWORD_PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1***\2", url))


def _read_file(config: Path | None, table: tuple[Row, ...], problems: list[str]) -> Mapping[str, object]:
    if config is None:
        return {}
    try:
        file = tomllib.loads(config.read_text("utf-8"))
    except OSError as error:
        problems.append(f"the settings file {config} cannot be read: {error.strerror}")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"the settings file {config} is not TOML: {error}")
        return {}
    names = [row.name for row in table]
    problems.extend(f"{key} is no setting (file {config}){_suggestion(key, names)}" for key in file if key not in names)
    return file


def _find(
    row: Row,
    flags: Mapping[str, object | None],
    environment: Mapping[str, str],
    file: Mapping[str, object],
    config: Path | None,
) -> tuple[object, str] | None:
    """Returns the value of the strongest source that has one, and the source."""
    if (flag := flags.get(row.name)) is not None:
        return flag, f"flag {row.flag}"
    variable = environment.get(row.variable)
    if variable is not None and (variable or row.rule.may_be_empty):
        return variable, f"environment {row.variable}"
    if row.name in file:
        return file[row.name], f"file {config}"
    return None


def _value(row: Row, raw: object) -> object:
    """Reads and checks one value; ValueError says what it must be."""
    value = _READERS[row.kind](raw)
    if value is None:
        shown = hide_password(str(raw))
        raise ValueError(f"must be {_KIND_WORDS[row.kind]}{_of_unit(row.rule)}, not {shown!r}")
    rule = row.rule
    if rule.choices:
        chosen = {choice.lower(): choice for choice in rule.choices}.get(str(value).lower())
        if chosen is None:
            raise ValueError(f"must be one of {', '.join(rule.choices)}, not {value!r}")
        value = chosen
    if isinstance(value, int | float) and not isinstance(value, bool):
        if rule.least is not None and value < rule.least:
            raise ValueError(f"must be at least {rule.least:g}{_of_unit(rule, ' ')}, not {value:g}")
        if rule.most is not None and value > rule.most:
            raise ValueError(f"must be at most {rule.most:g}{_of_unit(rule, ' ')}, not {value:g}")
    if rule.check is not None and (problem := rule.check(value)):
        raise ValueError(problem)
    return value


def _of_unit(rule: Rule, before: str = " of ") -> str:
    return f"{before}{rule.unit}" if rule.unit else ""


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) else None


def _integer(raw: object) -> int | None:
    if isinstance(raw, str):
        text = raw.strip().replace("_", "")
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None


def _number(raw: object) -> float | None:
    if isinstance(raw, str):
        try:
            raw = float(raw)
        except ValueError:
            return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None
    return float(raw)


def _switch(raw: object) -> bool | None:
    if isinstance(raw, str):
        return _SWITCH_WORDS.get(raw.strip().lower())
    return raw if isinstance(raw, bool) else None


def _list(raw: object) -> tuple[str, ...] | None:
    if isinstance(raw, str):
        return tuple(item.strip() for item in raw.split(",") if item.strip())
    if isinstance(raw, list | tuple) and all(isinstance(item, str) for item in raw):
        return tuple(raw)
    return None


_READERS: Final[Mapping[str, Callable[[object], object | None]]] = MappingProxyType(
    {"text": _text, "integer": _integer, "number": _number, "switch": _switch, "list": _list}
)


def _suggestion(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return f"; did you mean {near[0]}?" if near else ""
