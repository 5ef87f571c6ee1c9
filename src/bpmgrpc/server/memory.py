"""How a server deals with Python's garbage collector."""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["spare_the_collector"]

# New objects between two looks at the youngest, and how many looks at one generation make one at the next.
_THRESHOLDS: Final = (20_000, 20, 50)


def spare_the_collector() -> None:
    """Keeps the collector away from what lives as long as the process, and has it look less often.

    What a call makes is freed by counting references; the collector is there for the rare cycle, and looking through
    all modules for it after every few calls cost up to a sixth of the throughput. Called once, when a server is ready.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
