r"""Regular expressions in linear time: a pattern cannot backtrack, whatever is written in it.

The syntax is that of XPath and XQuery functions, which FEEL refers to, and the common part of Java's: alternatives,
groups (capturing, ``(?:…)``), ``* + ? {n} {n,} {n,m}`` and their reluctant forms, classes with ranges, negation and
subtraction, ``\\d \\s \\w \\i \\c`` and ``\\p{L}``, ``^ $ .``, flags ``s m i x q``. Back-references and look-around,
which no linear machine can do, are refused, not approximated.

A pattern becomes a program for a machine that reads each character once and keeps all states it could be in (Thompson;
with captures as by Pike). A match costs at most characters times instructions, and every step is charged to the budget.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from bpmgrpc.engine.expressions.errors import ExpressionError
from bpmgrpc.engine.expressions.regex.reader import read_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpmgrpc.engine.expressions.budget import Budget
    from bpmgrpc.engine.expressions.regex.reader import Tree

    _Test: TypeAlias = "Callable[[str], bool]"
    _Saved: TypeAlias = "tuple[int, ...]"

__all__ = ["Pattern", "compile_pattern"]

_START: Final = 4  # steps that beginning a search costs, found or not
_MAX_PATTERN: Final = 1000  # characters
_MAX_PROGRAM: Final = 2000  # instructions, and parts emitted on the way there

_CHAR, _SPLIT, _JUMP, _SAVE, _BEGIN, _END, _MATCH = range(7)


class _Step(NamedTuple):
    """One instruction; what `x` and `y` mean depends on the code: targets in order of preference, or a slot."""

    code: int
    x: int = 0
    y: int = 0
    test: _Test | None = None


_DIGITS: Final = frozenset("0123456789")


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> Pattern:
    return Pattern(pattern, flags)


def compile_pattern(pattern: str, flags: str, budget: Budget) -> Pattern:
    """Makes a pattern ready for matching; recent ones are kept.

    Args:
        pattern: The regular expression.
        flags: Any of ``s`` (the dot matches line ends), ``m`` (``^`` and ``$`` at every line), ``i`` (ignore case),
            ``x`` (ignore white space in the pattern), ``q`` (the pattern is plain text).
        budget: Pays for reading the pattern.

    Raises:
        ExpressionError: It is no regular expression, or goes beyond the limits at the top of this file.
    """
    budget.charge(len(pattern))
    if len(pattern) > _MAX_PATTERN:
        raise ExpressionError(f"a pattern has at most {_MAX_PATTERN:,} characters")
    return _compiled(pattern, flags)


class Pattern:
    """A compiled regular expression.

    Args:
        pattern: The regular expression.
        flags: See `compile_pattern`.

    Raises:
        ExpressionError: It is none.
    """

    def __init__(self, pattern: str, flags: str) -> None:
        tree, groups = read_pattern(pattern, flags)
        self.groups: Final = groups
        self._lines: Final = "m" in flags
        self._program: Final = _Program(tree).steps

    def search(self, text: str, start: int, budget: Budget, *, whole: bool = False) -> _Saved | None:
        """Finds the first match.

        Args:
            text: Where to look.
            start: From which character on.
            budget: Pays for every step of the machine.
            whole: Whether the match must begin at `start` and end where the text does.

        Returns:
            Start and end of the match and of each group in turn, -1 for a group without part; None for no match.
        """
        program, length = self._program, len(text)
        blank = (-1,) * (2 * self.groups + 2)
        threads: list[tuple[int, _Saved]] = []
        found: _Saved | None = None
        budget.charge(_START)
        for position in range(start, length + 1):
            seen: set[int] = set()
            active: list[tuple[int, _Saved]] = []
            for counter, saved in threads:
                self._follow(counter, saved, text, position, seen, active)
            if found is None and (position == start or not whole):
                self._follow(0, blank, text, position, seen, active)
            budget.charge(2 * len(seen) + 1)
            threads = []
            character = text[position] if position < length else ""
            for counter, saved in active:
                step = program[counter]
                if step.code == _MATCH:
                    if not whole or position == length:
                        found = saved
                        break  # what follows is less preferred
                elif character and step.test is not None and step.test(character):
                    threads.append((counter + 1, saved))
            if not threads and (found is not None or whole):
                break
        return found

    def _follow(
        self, counter: int, saved: _Saved, text: str, position: int, seen: set[int], active: list[tuple[int, _Saved]]
    ) -> None:
        """Adds the state at `counter`, and all it leads to without reading, in order of preference."""
        stack = [(counter, saved)]
        while stack:
            at, slots = stack.pop()
            if at in seen:
                continue
            seen.add(at)
            step = self._program[at]
            if step.code in (_CHAR, _MATCH):
                active.append((at, slots))
            elif step.code == _JUMP:
                stack.append((step.x, slots))
            elif step.code == _SPLIT:
                stack.append((step.y, slots))
                stack.append((step.x, slots))
            elif step.code == _SAVE:
                stack.append((at + 1, (*slots[: step.x], position, *slots[step.x + 1 :])))
            elif self._holds(step.code, text, position):
                stack.append((at + 1, slots))

    def _holds(self, code: int, text: str, position: int) -> bool:
        if code == _BEGIN:
            return position == 0 or (self._lines and text[position - 1] == "\n")
        return position == len(text) or (self._lines and text[position] == "\n")

    def matches_all(self, text: str, budget: Budget) -> bool:
        """Tells whether the whole text matches, as Java's ``String.matches`` does.

        Args:
            text: The text.
            budget: Pays for every step of the machine.
        """
        return self.search(text, 0, budget, whole=True) is not None

    def find_all(self, text: str, budget: Budget) -> list[_Saved]:
        """Finds all matches from the left that do not overlap and are not empty.

        Args:
            text: The text.
            budget: Pays for every step of the machine.
        """
        found: list[_Saved] = []
        position = 0
        while position <= len(text) and (match := self.search(text, position, budget)) is not None:
            if match[1] > match[0]:
                found.append(match)
            position = max(match[1], match[0] + (match[1] == match[0]))
        return found

    def split(self, text: str, budget: Budget) -> list[str]:
        """Cuts a text at every match.

        Args:
            text: The text.
            budget: Pays for every step of the machine.
        """
        parts: list[str] = []
        position = 0
        for match in self.find_all(text, budget):
            parts.append(text[position : match[0]])
            position = match[1]
        return [*parts, text[position:]]

    def replace(self, text: str, replacement: str, budget: Budget) -> str:
        """Replaces every match.

        Args:
            text: The text.
            replacement: New text; ``$1`` stands for the first group, ``$0`` for the match, a backslash makes the next
                sign plain.
            budget: Pays for every step of the machine, and for the new text.

        Raises:
            ExpressionError: A ``$`` without a digit, or a backslash before something else.
        """
        budget.charge(len(replacement) >> 2)  # a step reads four characters of it
        template = self._template(replacement)
        parts: list[str] = []
        position = 0
        for match in self.find_all(text, budget):
            parts.append(text[position : match[0]])
            for piece in template:
                if isinstance(piece, str):
                    parts.append(piece)
                elif piece <= self.groups and match[2 * piece] >= 0:
                    parts.append(text[match[2 * piece] : match[2 * piece + 1]])
                budget.text(len(parts[-1]))
            position = match[1]
        parts.append(text[position:])
        return "".join(parts)

    def _template(self, replacement: str) -> list[str | int]:
        pieces: list[str | int] = []
        index = 0
        while index < len(replacement):
            sign = replacement[index]
            follower = replacement[index + 1 : index + 2]
            if sign == "$":
                end = index + 1
                # As many digits as name a group that there is; at least one.
                while replacement[end : end + 1] in _DIGITS and (
                    end == index + 1 or int(replacement[index + 1 : end + 1]) <= self.groups
                ):
                    end += 1
                if end == index + 1:
                    raise ExpressionError("'$' in a replacement stands before the number of a group")
                pieces.append(int(replacement[index + 1 : end]))
                index = end
                continue
            if sign == "\\":
                if follower not in ("$", "\\"):
                    raise ExpressionError("a backslash in a replacement stands before '$' or a backslash")
                sign, index = follower, index + 1
            pieces.append(sign)
            index += 1
        return pieces


class _Program:
    """Emits the instructions of a tree."""

    def __init__(self, tree: Tree) -> None:
        self.steps: list[_Step] = []
        self._parts = 0
        self._add(_Step(_SAVE, 0))
        self._emit(tree)
        self._add(_Step(_SAVE, 1))
        self._add(_Step(_MATCH))

    def _add(self, step: _Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def _emit(self, tree: Tree) -> None:
        self._parts += 1
        if self._parts > _MAX_PROGRAM:
            raise ExpressionError("the pattern repeats too much")
        getattr(self, f"_emit_{tree[0]}")(*tree[1:])

    def _emit_test(self, test: _Test) -> None:
        self._add(_Step(_CHAR, test=test))

    def _emit_begin(self) -> None:
        self._add(_Step(_BEGIN))

    def _emit_end(self) -> None:
        self._add(_Step(_END))

    def _emit_sequence(self, parts: list[Tree]) -> None:
        for part in parts:
            self._emit(part)

    def _emit_group(self, number: int, body: Tree) -> None:
        self._add(_Step(_SAVE, 2 * number))
        self._emit(body)
        self._add(_Step(_SAVE, 2 * number + 1))

    def _emit_choice(self, branches: list[Tree]) -> None:
        exits: list[int] = []
        for branch in branches[:-1]:
            fork = self._add(_Step(_SPLIT))
            self._emit(branch)
            exits.append(self._add(_Step(_JUMP)))
            self.steps[fork] = _Step(_SPLIT, fork + 1, len(self.steps))
        self._emit(branches[-1])
        for leave in exits:
            self.steps[leave] = _Step(_JUMP, len(self.steps))

    def _emit_repeat(self, body: Tree, least: int, most: int | None, greedy: bool) -> None:
        for _ in range(least):
            self._emit(body)
        if most is None:
            fork = self._add(_Step(_SPLIT))
            self._emit(body)
            self._add(_Step(_JUMP, fork))
            self._fork(fork, len(self.steps), greedy=greedy)
            return
        forks: list[int] = []
        for _ in range(most - least):
            forks.append(self._add(_Step(_SPLIT)))
            self._emit(body)
        for fork in forks:
            self._fork(fork, len(self.steps), greedy=greedy)

    def _fork(self, fork: int, leave: int, *, greedy: bool) -> None:
        self.steps[fork] = _Step(_SPLIT, fork + 1, leave) if greedy else _Step(_SPLIT, leave, fork + 1)
