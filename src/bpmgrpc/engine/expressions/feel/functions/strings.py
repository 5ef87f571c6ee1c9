"""String functions (DMN 1.5, 10.3.4.3). Positions count characters from 1; patterns are those of `regex`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmgrpc.engine.expressions.feel.functions.registry import builtin
from bpmgrpc.engine.expressions.feel.numbers import whole
from bpmgrpc.engine.expressions.regex import compile_pattern

if TYPE_CHECKING:
    from decimal import Decimal

    from bpmgrpc.engine.expressions.frame import Frame


@builtin("substring", "string: string, start position: number, length?: number")
def _substring(_: Frame, string: str, start: int | Decimal, length: int | Decimal | None = None) -> str | None:
    first = whole(start)
    if first is None or first == 0 or abs(first) > len(string):
        return None
    begin = first - 1 if first > 0 else len(string) + first
    if length is None:
        return string[begin:]
    count = int(length)
    return string[begin : begin + count] if count >= 1 else None


@builtin("string length", "string: string")
def _string_length(_: Frame, string: str) -> int:
    return len(string)


@builtin("upper case", "string: string")
def _upper_case(_: Frame, string: str) -> str:
    return string.upper()


@builtin("lower case", "string: string")
def _lower_case(_: Frame, string: str) -> str:
    return string.lower()


@builtin("substring before", "string: string, match: string")
def _substring_before(_: Frame, string: str, match: str) -> str:
    at = string.find(match)
    return string[:at] if at >= 0 else ""


@builtin("substring after", "string: string, match: string")
def _substring_after(_: Frame, string: str, match: str) -> str:
    at = string.find(match)
    return string[at + len(match) :] if at >= 0 else ""


@builtin("contains", "string: string, match: string")
def _contains(_: Frame, string: str, match: str) -> bool:
    return match in string


@builtin("starts with", "string: string, match: string")
def _starts_with(_: Frame, string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with", "string: string, match: string")
def _ends_with(_: Frame, string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("matches", "input: string, pattern: string, flags?: string")
def _matches(frame: Frame, text: str, pattern: str, flags: str | None = None) -> bool:
    return compile_pattern(pattern, flags or "", frame.budget).search(text, 0, frame.budget) is not None


@builtin("replace", "input: string, pattern: string, replacement: string, flags?: string")
def _replace(frame: Frame, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    return compile_pattern(pattern, flags or "", frame.budget).replace(text, replacement, frame.budget)


@builtin("split", "string: string, delimiter: string")
def _split(frame: Frame, string: str, delimiter: str) -> list[str]:
    return compile_pattern(delimiter, "", frame.budget).split(string, frame.budget)


@builtin("extract", "input: string, pattern: string")
def _extract(frame: Frame, text: str, pattern: str) -> list[str]:
    found = compile_pattern(pattern, "", frame.budget).find_all(text, frame.budget)
    return [text[match[0] : match[1]] for match in found]


@builtin("string join", "list: list, delimiter?: string, prefix?: string, suffix?: string")
def _string_join(
    frame: Frame, parts: list[Any], delimiter: str | None = None, prefix: str | None = None, suffix: str | None = None
) -> str | None:
    texts = [part for part in parts if part is not None]
    if not all(isinstance(part, str) for part in texts):
        return None
    between = delimiter or ""
    frame.budget.text(sum(map(len, texts)) + len(between) * len(texts))
    return (prefix or "") + between.join(texts) + (suffix or "")


@builtin("trim", "string: string")
def _trim(_: Frame, string: str) -> str:
    return string.strip()


@builtin("is blank", "string: string")
def _is_blank(_: Frame, string: str) -> bool:
    return not string.strip()
