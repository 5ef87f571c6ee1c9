"""How a user task finds its person: assignment strategies.

Rule of this file: it chooses among the members of a pool that it is given, by nothing else than that pool, so that the
same pool gives the same person on every server. A pool is the task's own candidates, resolved to users. The caller
holds the pool (``PoolAsk.held``) until the command is committed, so no two commands choose on the same state of it.

=============  ======================================================================================================
roundRobin     who comes after the one that was chosen last, in the order of names
loadBalance    who has the fewest open tasks; among equals, as roundRobin
sortedList     the first in ``assignmentOrder`` who has fewer open tasks than ``assignmentLimit``, 1 by default
custom         whom a worker names: see ``bpmgrpc.engine.asked_assignment``
=============  ======================================================================================================

Who may not do the task is never chosen, and ``assignmentLimit`` makes any strategy pass over who has that many open
tasks. Where nobody is left the task is offered to its candidates like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.event_definitions.timer import NOTHING
from bpmgrpc.engine.node_compiler import CONSTANT
from bpmgrpc.engine.plan_values import as_integer, as_names
from bpmgrpc.engine.state import ROOT_SCOPE, Candidates, Need, Pool, PoolAsk
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Restriction
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.variables import Scope

__all__ = ["Assignment", "Strategy", "compile_assignment", "completers_of", "members_of", "pool_of"]


class Strategy(StrEnum):
    """How a user task finds its person."""

    PULL = "pull"  # it is offered, and somebody claims it
    ROUND_ROBIN = "roundRobin"
    LOAD_BALANCE = "loadBalance"
    SORTED_LIST = "sortedList"
    CUSTOM = "custom"


POOL_WORDS: Final = ("candidateUsers", "candidateGroups", "candidateRoles", "workParty")
_STRATEGIES: Final = {strategy.value: strategy for strategy in Strategy}


@dataclass(frozen=True, slots=True)
class Assignment:
    """A compiled strategy that chooses a member of the task's pool."""

    strategy: Strategy
    limit: Expression | None
    order: Expression | None

    def choose(self, run: Execution, scope: Scope, candidates: Candidates, restriction: Restriction) -> str:
        """Chooses whom a task goes to.

        Args:
            run: The run.
            scope: What the task sees.
            candidates: Whom it is offered to otherwise.
            restriction: Who may not do it.

        Returns:
            A user; empty where nobody is left to be chosen.

        Raises:
            Need: The pool is not at hand.
            StepFailure: The limit is no whole number of 1 or more, or the order holds something that is no name.
        """
        limit = _limit(None if self.limit is None else scope.evaluate(self.limit))
        if limit is None and self.strategy is Strategy.SORTED_LIST:
            limit = 1
        order = () if self.order is None else as_names(scope.evaluate(self.order), "assignmentOrder")
        separate = restriction.completers_of
        ask = PoolAsk(
            pool_of(candidates),
            counted=limit is not None or self.strategy is Strategy.LOAD_BALANCE,
            instance=restriction.instance if separate else ROOT_SCOPE,
            completers_of=separate,
        )
        pool = _pool(run, ask)
        barred = {*restriction.users, *pool.completers, *_just_completed(run, restriction)}
        tasks = _open_tasks(run, pool) if ask.counted else {}
        free = [user for user in pool.members if user not in barred and (limit is None or tasks[user] < limit)]
        if not free:
            return ""
        last = run.ledger.turns.get(ask.candidates, pool.last)
        turn = [user for user in free if user > last] + [user for user in free if user <= last]
        chosen = _CHOICES[self.strategy](turn, tasks, order)
        run.ledger.take_turn(ask.candidates, chosen)
        return chosen


def completers_of(run: Execution, restriction: Restriction) -> set[str]:
    """Returns who completed one of the tasks that another one is to be separate from.

    Raises:
        Need: They are not at hand.
    """
    ask = PoolAsk(Candidates(), held=False, instance=restriction.instance, completers_of=restriction.completers_of)
    return {*_pool(run, ask).completers, *_just_completed(run, restriction)}


def _just_completed(run: Execution, restriction: Restriction) -> set[str]:
    return {
        task.assignee
        for task in run.ledger.completed_user_tasks()
        if task.element_id in restriction.completers_of and task.instance == restriction.instance
    }


def pool_of(candidates: Candidates) -> Candidates:
    """Returns candidates in the one order that stands for all orders of the same names."""
    return Candidates(
        tuple(sorted(set(candidates.users))),
        tuple(sorted(set(candidates.groups))),
        tuple(sorted(set(candidates.roles))),
        candidates.work_party,
    )


def compile_assignment(compiler: NodeCompiler) -> Assignment | None:
    """Compiles a user task's strategy; None where the task is offered, or a worker is asked."""
    properties = compiler.node.properties
    name = compiler.constant("assignment") or Strategy.PULL.value
    strategy = _STRATEGIES.get(name)
    if strategy is None:
        known = ", ".join(_STRATEGIES)
        compiler.refuse(f"assignment has to be one of {known}, not {name[:80]!r}", properties["assignment"].position)
        return None
    if strategy is not Strategy.PULL:
        _require_no_assignee(compiler, strategy)
    if strategy in _CHOICES:
        _require_pool(compiler, strategy)
    for word, strategies in _WORDS.items():
        text = properties.get(word)
        if text is not None and strategy not in strategies:
            fits = " or ".join(f'assignment="{one}"' for one in strategies)
            compiler.refuse(f"{word} says something only with {fits}", text.position)
    limit = compiler.template(properties.get("assignmentLimit"), "assignmentLimit")
    if limit is not None and limit.is_literal:
        try:
            _limit(limit.evaluate(NOTHING))
        except StepFailure as failure:
            compiler.refuse(str(failure), properties["assignmentLimit"].position)
    order = compiler.template(properties.get("assignmentOrder"), "assignmentOrder")
    if strategy is Strategy.SORTED_LIST and "assignmentOrder" not in properties:
        reason = 'assignment="sortedList" needs assignmentOrder: the names, the best first'
        compiler.refuse(reason, properties["assignment"].position)
    return Assignment(strategy, limit, order) if strategy in _CHOICES else None


def _require_pool(compiler: NodeCompiler, strategy: Strategy) -> None:
    properties, where = compiler.node.properties, compiler.node.properties["assignment"].position
    routed = [word for route in compiler.node.routes for word in route.people]
    if not (compiler.node.lane or any(word in properties or word in routed for word in POOL_WORDS)):
        compiler.refuse(
            f"assignment={strategy.value!r} has nobody to choose from: no candidates, no work party, no lane", where
        )


def _require_no_assignee(compiler: NodeCompiler, strategy: Strategy) -> None:
    properties = compiler.node.properties
    assignee = properties.get("assignee")
    if assignee is not None and assignee.language == CONSTANT:
        reason = f"assignment={strategy.value!r} has nothing to choose: the task has an assignee"
        compiler.refuse(reason, properties["assignment"].position)


_WORDS: Final[Mapping[str, Sequence[Strategy]]] = MappingProxyType(
    {
        "assignmentLimit": (Strategy.ROUND_ROBIN, Strategy.LOAD_BALANCE, Strategy.SORTED_LIST),
        "assignmentOrder": (Strategy.SORTED_LIST,),
        "assignmentJobType": (Strategy.CUSTOM,),
    }
)


def _limit(value: object) -> int | None:
    limit = as_integer(value, "assignmentLimit")  # type: ignore[arg-type]
    if limit is not None and limit < 1:
        raise StepFailure("EXPRESSION_ERROR", f"assignmentLimit has to be 1 or more, not {limit}")
    return limit


def members_of(run: Execution, work_party: str) -> tuple[str, ...]:
    """Returns the members of a work party in the order of names; none where the directory does not have it.

    Raises:
        Need: They are not at hand.
    """
    return _pool(run, PoolAsk(Candidates(work_party=work_party), held=False)).members


def _pool(run: Execution, ask: PoolAsk) -> Pool:
    try:
        return run.snapshot.pools[ask]
    except KeyError:
        raise Need(pool=ask) from None


def _open_tasks(run: Execution, pool: Pool) -> dict[str, int]:
    """Open tasks that each member has, those that this run made or ended included."""
    news = run.ledger.claims()
    return {user: pool.open_tasks.get(user, 0) + news[user] for user in pool.members}


def _sorted_list(turn: Sequence[str], _tasks: Mapping[str, int], order: Sequence[str]) -> str:
    """The first of the list; who is not in it comes after those who are, in the order of names."""
    free = set(turn)
    return next((user for user in order if user in free), None) or min(free)


_CHOICES: Final[Mapping[Strategy, Callable[[Sequence[str], Mapping[str, int], Sequence[str]], str]]] = MappingProxyType(
    {
        Strategy.ROUND_ROBIN: lambda turn, _tasks, _order: turn[0],
        Strategy.LOAD_BALANCE: lambda turn, tasks, _order: min(turn, key=tasks.__getitem__),  # the first of the fewest
        Strategy.SORTED_LIST: _sorted_list,
    }
)
