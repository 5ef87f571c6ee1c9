"""Plans of operations, and their instructions, as the contract has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import commands
from bpmgrpc.engine.operations.plan import Effect, Subject
from bpmgrpc.engine.state import ROOT_SCOPE
from bpmgrpc.ids import child_id
from bpmgrpc.service import checks, mapping
from bpmgrpc.v1 import operation_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bpmgrpc.engine.operations.plan import Line, Plan

MOST_EFFECTS: Final = 1_000  # in one answer
MOST_INSTRUCTIONS: Final = 1_000
MOST_MAPPINGS: Final = 10_000

_SUBJECTS: Final = {subject: f"SUBJECT_{subject.value}" for subject in Subject}  # names of the enum's values
_KINDS: Final = {effect: f"KIND_{effect.value}" for effect in Effect}


def plan(root_id: str, found: Plan) -> pb.OperationPlan:
    """Maps a plan."""
    return pb.OperationPlan(
        state=mapping.INSTANCE_STATES[found.state],
        effects=[_effect(root_id, line) for line in found.lines[:MOST_EFFECTS]],
        effect_count=len(found.lines),
        more_follows=found.more_follows,
        findings=[
            pb.OperationFinding(
                reason=one.reason,
                message=one.message,
                element_id=one.element_id,
                element_instance_id=child_id(root_id, one.seq) if one.seq else "",
                instruction=one.instruction,
            )
            for one in found.findings
        ],
    )


def _effect(root_id: str, line: Line) -> pb.OperationEffect:
    about_root = line.subject is Subject.VARIABLE and line.seq == ROOT_SCOPE
    message = pb.OperationEffect(
        subject=_SUBJECTS[line.subject],
        kind=_KINDS[line.effect],
        element_id=line.element_id,
        id=root_id if about_root else child_id(root_id, line.seq) if line.seq else "",
        name=line.name,
        to_element_id=line.to_element_id,
    )
    mapping.set_time(message.due_time, line.due_us)
    return message


def instructions(
    found: list[pb.ModificationInstruction], root_id: str, instance: int
) -> tuple[commands.Instruction, ...]:
    """Reads the instructions of a modification.

    Args:
        found: The instructions.
        root_id: The root instance.
        instance: Seq of the process instance that they are about.

    Raises:
        InvalidArgument: None, too many, or one that is incomplete.
        NotFound: An element instance id is none of the root's.
    """
    if not found:
        checks.invalid("instructions", "at least one is required")
    if len(found) > MOST_INSTRUCTIONS:
        checks.invalid("instructions", f"there are {len(found):,}, at most {MOST_INSTRUCTIONS:,} are allowed")
    return tuple(
        _READ[one.WhichOneof("instruction")](one, f"instructions[{index}]", root_id, instance)
        if one.WhichOneof("instruction") is not None
        else checks.invalid(f"instructions[{index}]", "has to say what to do")
        for index, one in enumerate(found)
    )


def _start_before(one: pb.ModificationInstruction, field: str, root_id: str, instance: int) -> commands.StartBefore:
    start, field = one.start_before, f"{field}.start_before"
    return commands.StartBefore(
        checks.name(start.element_id, f"{field}.element_id", required=True),
        _ancestor(start.ancestor_element_instance_id, field, root_id, instance),
        checks.variables(start.variables, f"{field}.variables"),
        start.local,
    )


def _start_after(one: pb.ModificationInstruction, field: str, root_id: str, instance: int) -> commands.StartAfter:
    start, field = one.start_after, f"{field}.start_after"
    return commands.StartAfter(
        checks.name(start.element_id, f"{field}.element_id", required=True),
        _ancestor(start.ancestor_element_instance_id, field, root_id, instance),
        checks.variables(start.variables, f"{field}.variables"),
        start.local,
    )


def _cancel(one: pb.ModificationInstruction, field: str, root_id: str, _instance: int) -> commands.CancelActive:
    return commands.CancelActive(
        *_which(one.cancel.element_id, one.cancel.element_instance_id, f"{field}.cancel", root_id)
    )


def _move(one: pb.ModificationInstruction, field: str, root_id: str, _instance: int) -> commands.Move:
    move, field = one.move, f"{field}.move"
    return commands.Move(
        checks.name(move.target_element_id, f"{field}.target_element_id", required=True),
        *_which(move.element_id, move.element_instance_id, field, root_id),
        variables=checks.variables(move.variables, f"{field}.variables"),
        local=move.local,
    )


_READ: Final[Mapping[str | None, Callable[[pb.ModificationInstruction, str, str, int], commands.Instruction]]] = {
    "start_before": _start_before,
    "start_after": _start_after,
    "cancel": _cancel,
    "move": _move,
}


def _ancestor(value: str, field: str, root_id: str, instance: int) -> int | None:
    if not value:
        return None
    if value == mapping.instance_name(root_id, instance):
        return instance
    return element_seq(value, f"{field}.ancestor_element_instance_id", root_id)


def _which(element_id: str, element_instance_id: str, field: str, root_id: str) -> tuple[str, int]:
    if bool(element_id) == bool(element_instance_id):
        checks.invalid(field, "needs exactly one of element_id and element_instance_id")
    if element_id:
        return checks.name(element_id, f"{field}.element_id"), 0
    return "", element_seq(element_instance_id, f"{field}.element_instance_id", root_id)


def element_mapping(found: Sequence[pb.ElementMapping]) -> dict[str, str]:
    """Reads which elements of another version are which.

    Raises:
        InvalidArgument: Too many, an empty id, or one that is mapped twice.
    """
    if len(found) > MOST_MAPPINGS:
        checks.invalid("element_mappings", f"there are {len(found):,}, at most {MOST_MAPPINGS:,} are allowed")
    mapping: dict[str, str] = {}
    for index, one in enumerate(found):
        field = f"element_mappings[{index}]"
        source = checks.name(one.source_element_id, f"{field}.source_element_id", required=True)
        if source in mapping:
            checks.invalid(f"{field}.source_element_id", f"maps {source!r} a second time")
        mapping[source] = checks.name(one.target_element_id, f"{field}.target_element_id", required=True)
    return mapping


def element_seq(value: str, field: str, root_id: str) -> int:
    """Returns the number of an element instance.

    Raises:
        InvalidArgument: It belongs to another root instance.
        NotFound: It is no id of ours.
    """
    of_root, seq = checks.row_id(value, field, "element instance")
    if of_root != root_id or seq == ROOT_SCOPE:
        checks.invalid(field, f"is no element instance of {root_id!r}")
    return seq
