"""Log lines: one event each, on standard error, as JSON for programs or as text for people.

Everything in the process logs through the standard library (gRPC, uvicorn and SQLAlchemy do so anyway), so one handler
on the root logger gives one form to all of it, without a second logging library in between. Fields travel in
``extra={"fields": {...}}``. A line is written whole, by one call, so that lines of several processes do not mix.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

__all__ = ["ConsoleFormatter", "JsonFormatter", "configure_logging"]

# Louder than what they have to say: they get their own floor, whatever level is chosen.
_FLOORS: Final[Mapping[str, int]] = {
    "uvicorn.access": logging.WARNING,  # the calls behind it are logged already
    "uvicorn.error": logging.WARNING,  # "Started server process" and the like
    "asyncio": logging.WARNING,
    "grpc": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
}


_encode_any: Final = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _encode(line: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(line, default=str).decode()
    except orjson.JSONEncodeError:
        return _encode_any(line)  # a number beyond 64 bits, a lone surrogate: rare, and no reason to lose a line


class _LineHandler(logging.StreamHandler["TextIO"]):
    """Writes a line by one call of its stream, and so needs no lock."""

    def createLock(self) -> None:  # noqa: N802 - the name is the library's
        """Makes none."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record."""
        stream = self.stream
        try:
            stream.write(f"{self.format(record)}{self.terminator}")
            if not getattr(stream, "line_buffering", False):
                stream.flush()
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001 - a line that cannot be written stops no call
            self.handleError(record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (RFC 3339, UTC), level, logger, event, the fields, and the trace of an exception.

    Args:
        constant: Fields of every line.
    """

    def __init__(self, constant: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self._constant = dict(constant or {})

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line without its end."""
        line: dict[str, Any] = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **self._constant,
        }
        line.update(_fields(record))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _encode(line)


class ConsoleFormatter(logging.Formatter):
    """Time, level, event and the fields as ``name=value``; the trace of an exception below.

    Args:
        constant: Fields of every line.
    """

    def __init__(self, constant: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self._constant = _text_of(constant or {})

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line without its end."""
        fields = self._constant + _text_of(_fields(record))
        line = f"{_time(record.created)} {record.levelname.lower():<7} {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure_logging(
    level: str, style: str, stream: TextIO | None = None, constant: Mapping[str, object] | None = None
) -> None:
    """Sends all logs of the process to one stream in one form; replaces what was configured before.

    Args:
        level: Least important level: ``debug``, ``info``, ``warning`` or ``error``.
        style: ``json``, ``console``, or ``auto``: console where the stream is a terminal.
        stream: Where to write; standard error unless told.
        constant: Fields of every line, such as which of several workers writes it.
    """
    target = sys.stderr if stream is None else stream
    if style == "auto":
        style = "console" if target.isatty() else "json"
    handler = _LineHandler(target)
    handler.setFormatter(JsonFormatter(constant) if style == "json" else ConsoleFormatter(constant))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    floor = logging.getLevelName(level.upper())
    # "ready" and "stopped" are what starters and supervisors wait for: they are written at any level.
    logging.getLogger("bpmgrpc.server").setLevel(min(logging.INFO, floor))
    for name, least in _FLOORS.items():
        logging.getLogger(name).setLevel(max(least, floor))
    # Shown in no line, but looked up for each: names of thread and process cost a microsecond a call.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # Nor is the place of the call shown; looking for it walks the stack (the Logging HOWTO, "Optimization").
    logging._srcfile = None  # noqa: SLF001 - the documented switch


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    fields = getattr(record, "fields", None)
    return fields if isinstance(fields, dict) else {}


def _text_of(fields: Mapping[str, object]) -> str:
    return "".join(f" {name}={_shown(value)}" for name, value in fields.items())


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _time(seconds: float) -> str:
    return f"{_second(int(seconds))}.{int(seconds % 1 * 1000):03}Z"


def _shown(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if not text or not text.isprintable() or " " in text else text
