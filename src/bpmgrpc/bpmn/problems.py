"""How a file that cannot be read is refused.

Rule of this file: whoever reads the message finds the place: file, line and column stand in the text for people and in
the metadata for programs.
"""

from __future__ import annotations

from bpmgrpc.errors import InvalidArgument

__all__ = ["malformed"]


def malformed(name: str, message: str, line: int = 0, column: int = 0, *, reason: str) -> InvalidArgument:
    """Makes the error for a file that is not a BPMN file we read.

    Args:
        name: Name of the file.
        message: What was expected and what was found.
        line: Line, from 1; 0 where the file as a whole is meant.
        column: Column, from 1.
        reason: Stable word for programs, such as "XML_MALFORMED".

    Returns:
        The error, to be raised.
    """
    where = f"{name}, line {line}, column {column}" if line else name
    metadata = {"file": name}
    if line:
        metadata |= {"line": str(line), "column": str(column)}
    return InvalidArgument(f"{where}: {message}", reason=reason, metadata=metadata)
