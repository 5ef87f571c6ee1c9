"""Ids are opaque to callers, sortable by time for us, and have exactly one spelling.

A root process instance is named by 20 characters of lower-case Crockford base32: 48 bits of milliseconds, then 52
random bits, so that ids of one server ascend with time and rows made together lie together. Everything inside an
instance is numbered by the root's own counter and named ``<root id>-<number>``. Both forms match ``[a-z0-9-]+``, are
safe in a URL path, and root ids compare as text in the order in which they were made.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["child_id", "is_root_id", "new_id", "split_id"]

# Crockford's alphabet: no i, l, o, u, so that an id read aloud or copied by hand stays itself.
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS: Final = 52
_MILLISECOND_BITS: Final = 48
_LENGTH: Final = 20  # characters of five bits
_PAIRS: Final = tuple(high + low for high in _ALPHABET for low in _ALPHABET)  # ten bits at a time: half the work

_ROOT: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{20}")
# A counter is a positive 63 bit number; one spelling only, or the same task would have two ids.
_CHILD: Final = re.compile(r"([0-9a-hjkmnp-tv-z]{20})-([1-9][0-9]{0,18}|0)")
_MAX_SEQ: Final = 2**63 - 1


def new_id(now_us: int, random_bits: Callable[[int], int] = secrets.randbits) -> str:
    """Makes the id of a new root: 20 characters that ascend with time.

    Args:
        now_us: The time, in microseconds since the epoch; below a millisecond it is cut off.
        random_bits: Gives a non-negative number of so many bits; the operating system's entropy unless told.

    Returns:
        The id, for example ``01hk8e5s00x4v9r2q7mz``.

    Raises:
        ValueError: `now_us` lies before 1970 or beyond the year 10889.
    """
    milliseconds = now_us // 1000
    if milliseconds < 0 or milliseconds >> _MILLISECOND_BITS:
        raise ValueError(f"an id holds times from 1970 to 10889, not {now_us} microseconds")
    number = milliseconds << _RANDOM_BITS | random_bits(_RANDOM_BITS) & ((1 << _RANDOM_BITS) - 1)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(90, -1, -10)])


def child_id(root_id: str, seq: int) -> str:
    """Names something inside an instance.

    Args:
        root_id: Id of the root process instance.
        seq: Its number from the root's counter.

    Returns:
        ``<root id>-<number>``.
    """
    return f"{root_id}-{seq}"


def is_root_id(text: str) -> bool:
    """Tells whether a text has the form of a root's id (whether one exists is another question).

    Args:
        text: Whatever a caller sent.
    """
    return _ROOT.fullmatch(text) is not None


def split_id(text: str) -> tuple[str, int]:
    """Takes a child's id apart.

    Args:
        text: Whatever a caller sent.

    Returns:
        The root's id and the number.

    Raises:
        ValueError: The text is not the canonical spelling of a child's id (wrong alphabet, upper case, leading zeros,
            digits of other scripts, a number beyond 63 bits): nothing of that name can exist.
    """
    match = _CHILD.fullmatch(text)
    if match is None or (seq := int(match[2])) > _MAX_SEQ:
        raise ValueError(f"{text[:80]!r} is not an id of the form <20 characters>-<number>")
    return match[1], seq
