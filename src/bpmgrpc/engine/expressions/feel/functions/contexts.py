"""Context functions (DMN 1.5, 10.3.4.9), `not`, and Camunda 8's answer to null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmgrpc.engine.expressions.feel.functions.registry import builtin

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions.frame import Frame


@builtin("not", "negand")
def _not(_: Frame, negand: Any) -> bool | None:
    return not negand if isinstance(negand, bool) else None


@builtin("get or else", "value, default")
def _get_or_else(_: Frame, value: Any, default: Any) -> Any:
    return default if value is None else value


@builtin("get value", "m: context, key: string", "context: context, keys: list")
def _get_value(_: Frame, context: dict[str, Any], key: str | list[Any]) -> Any:
    keys = key if isinstance(key, list) else [key]
    value: Any = context if keys else None
    for name in keys:
        if not isinstance(value, dict) or not isinstance(name, str):
            return None
        value = value.get(name)
    return value


@builtin("get entries", "m: context")
def _get_entries(_: Frame, context: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context", "entries: list")
def _context(_: Frame, entries: list[Any]) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:
            return None
        if entry["key"] in made:
            return None
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put", "context: context, key: string, value", "context: context, keys: list, value")
def _context_put(frame: Frame, context: dict[str, Any], key: str | list[Any], value: Any) -> dict[str, Any] | None:
    keys = key if isinstance(key, list) else [key]
    if not keys or not all(isinstance(name, str) for name in keys):
        return None
    root = dict(context)
    inner = root
    for name in keys[:-1]:
        below = inner.get(name)
        if below is not None and not isinstance(below, dict):
            return None
        frame.budget.items(len(below or ()))
        inner[name] = dict(below or {})
        inner = inner[name]
    inner[keys[-1]] = value
    return root


@builtin("context merge", "contexts: list")
def _context_merge(frame: Frame, contexts: list[Any]) -> dict[str, Any] | None:
    merged: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        frame.budget.items(len(context))
        merged.update(context)
    return merged
