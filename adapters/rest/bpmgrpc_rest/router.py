"""Finds what a method and a raw path stand for, among many path templates.

The order of rows never decides by accident: templates with a verb come before those without, more literals before
fewer, `*` before `**`, and two templates that match the same paths with the same method are refused at start-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from grpc import StatusCode

from bpmgrpc_rest.errors import Problem, shown
from bpmgrpc_rest.paths import decode
from bpmgrpc_rest.template import Template, TemplateError

__all__ = ["Router"]

T = TypeVar("T")


class _Place(Generic[T]):
    """A template and its targets by HTTP method; `*` stands for any."""

    __slots__ = ("allow", "targets", "template")

    def __init__(self, template: Template) -> None:
        self.template = template
        self.targets: dict[str, T] = {}
        self.allow = {"OPTIONS"}

    def add(self, method: str, target: T) -> None:
        if method in self.targets:
            raise TemplateError(f"{method} {self.template.text} is bound twice")
        self.targets[method] = target
        if method == "GET":
            self.targets["HEAD"] = target
        self.allow.update(self.targets.keys() - {"*"})


class Router(Generic[T]):
    """Templates and what they stand for."""

    def __init__(self, rows: Iterable[tuple[str, Template, T]], *, base: str = "") -> None:
        """Arranges the rows.

        Args:
            rows: HTTP method, template, target. HEAD follows from GET.
            base: What stands before the paths, for messages.

        Raises:
            TemplateError: Two rows match the same paths with the same method.
        """
        self._base = base
        by_shape: dict[object, _Place[T]] = {}
        for method, template, target in rows:
            by_shape.setdefault(template.shape, _Place(template)).add(method, target)
        places = sorted(by_shape.values(), key=lambda place: place.template.rank)
        # Most requests look at the few templates of their own length and verb only.
        self._closed: dict[tuple[int, str], list[_Place[T]]] = {}
        self._open: list[_Place[T]] = []
        for place in places:
            if place.template.open_ended:
                self._open.append(place)
            else:
                key = len(place.template.segments), place.template.verb
                self._closed.setdefault(key, []).append(place)

    def find(self, method: str, raw: list[bytes]) -> tuple[T, dict[str, str]]:
        """Finds the target of a request.

        Args:
            method: HTTP method, upper case.
            raw: The path's raw segments.

        Returns:
            The target, and the template's variables by field path.

        Raises:
            Problem: NOT_FOUND, no template matches the path; UNIMPLEMENTED with HTTP status 405 and `Allow`, one
                does, but not with this method; INVALID_ARGUMENT, a bad escape or UTF-8.
        """
        allow: set[str] = set()
        for place, values in self._matches(raw):
            target = place.targets.get(method) or place.targets.get("*")
            if target is not None:
                return target, values
            allow.update(place.allow)
        if not allow:
            raise self._nothing_at(raw)
        allowed = ", ".join(sorted(allow))
        message = f"{shown(method)} is not allowed here; allowed: {allowed}."
        raise Problem(StatusCode.UNIMPLEMENTED, message, status=405, headers=(("allow", allowed),))

    def allowed(self, raw: list[bytes]) -> str:
        """Returns the methods that a path takes, as the header Allow lists them; otherwise as `find`."""
        allow = {method for place, _ in self._matches(raw) for method in place.allow}
        if not allow:
            raise self._nothing_at(raw)
        return ", ".join(sorted(allow))

    def _matches(self, raw: list[bytes]) -> Iterator[tuple[_Place[T], dict[str, str]]]:
        decoded = [decode(piece) for piece in raw]
        head, colon, tail = raw[-1].rpartition(b":")
        if colon:
            bare, bare_decoded = [*raw[:-1], head], [*decoded[:-1], decode(head)]
            matched = list(self._matches_with(decode(tail), bare, bare_decoded))
            if matched:
                # Ids hold no colon: what matches with its verb is not tried again as an id that happens to hold one.
                yield from matched
                return
        yield from self._matches_with("", raw, decoded)

    def _matches_with(
        self, verb: str, raw: list[bytes], decoded: list[str]
    ) -> Iterator[tuple[_Place[T], dict[str, str]]]:
        for place in self._closed.get((len(raw), verb), ()):
            values = place.template.match(raw, decoded)
            if values is not None:
                yield place, values
        for place in self._open:
            if place.template.verb == verb:
                values = place.template.match(raw, decoded)
                if values is not None:
                    yield place, values

    def _nothing_at(self, raw: list[bytes]) -> Problem:
        path = self._base + b"/".join([b"", *raw]).decode("ascii", "replace")
        return Problem(StatusCode.NOT_FOUND, f"There is nothing at {shown(path)}.")
