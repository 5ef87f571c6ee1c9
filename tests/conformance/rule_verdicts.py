"""What a deployment says of files that break a rule of the standard each.

Rule of this file: what is said of a file besides the rule that it breaks does not count: many of the files hold no
process that could start, or elements that do not run in this release.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bpmgrpc.bpmn.model import Finding, Verdict
from bpmgrpc.runtime.deployment import ResourceFile, check_files
from tests.conformance.betsy import NOT_YET
from tests.conformance.rules import RuleVerdict

__all__ = ["file_verdicts", "findings", "verdict"]

_BESIDES = ("the process has no start", "holds no executable process", "the sub-process is empty", "no operation of")


def findings(name: str, content: bytes) -> list[Finding]:
    """Returns all that a deployment says of a file, but for the elements that run."""
    (checked,) = check_files([ResourceFile(name, content)])
    return [found for found in checked.findings if found.verdict is not Verdict.RUNS]


def verdict(rule: str, said: list[Finding]) -> RuleVerdict:
    """Reads a verdict from what is said about a rule."""
    # Of all rules only the one about references is about those to operations, and none about starts.
    besides = _BESIDES if rule != "REF" else ()
    about = [
        found
        for found in said
        if found.element_type != "collaboration"  # is always mentioned: that says nothing about a rule
        and NOT_YET not in found.reason
        and not any(reason in found.reason for reason in besides)
    ]
    if any(found.verdict is Verdict.REFUSED for found in about):
        return RuleVerdict.REFUSE
    return RuleVerdict.WARN if about else RuleVerdict.ACCEPT


def file_verdicts(folder: Path) -> Iterator[tuple[str, RuleVerdict]]:
    """Judges all files that break rules; gives each with its verdict.

    Args:
        folder: Where ``cases.json`` is.
    """
    for case in json.loads((folder / "cases.json").read_text("utf-8"))["constraints"]:
        said = findings(case["id"], (folder / case["file"]).read_bytes())
        yield case["id"], verdict(case["constraint"], said)
