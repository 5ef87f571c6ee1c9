"""Runs scripts, one line of JSON in, one line out, until its input ends. A program of its own; see ``pool``.

Rule of this file: it knows nothing of the product, is given nothing but the request, and may be killed at any time.
Where QuickJS looks at its clock a script is interrupted after ``SOFT_SECONDS``. Some functions of the language never
look (``Array.prototype.join`` of a list of 2**32 items): there the system ends the process after ``HARD_SECONDS``. Both
count the time of the processor, so that a busy machine stops nobody.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

SOFT_SECONDS = 0.05
HARD_SECONDS = 0.09
MEMORY_BYTES = 16 * 1024 * 1024
STACK_BYTES = 256 * 1024
# The lines before the harness, so that places in a script are told from places in it.
HARNESS = "\n" * 10_000 + Path(__file__).with_name("harness.js").read_text("utf-8")


def main() -> None:
    """Answers requests."""
    sys.path.append(sys.argv[1])  # where QuickJS is installed
    import quickjs

    while True:
        context = quickjs.Context()  # made ahead of the request, which then waits for less
        context.set_memory_limit(MEMORY_BYTES)
        context.set_max_stack_size(STACK_BYTES)
        run = context.eval(HARNESS)
        context.set_time_limit(SOFT_SECONDS)
        line = sys.stdin.buffer.readline()
        if not line:
            return
        _limit(HARD_SECONDS)
        try:
            text = str(run(line.decode("ascii")))
        except quickjs.JSException as error:
            # What no script can catch: it was interrupted, or out of memory; else it broke what the harness stands on.
            message = str(error).partition("\n")[0]
            broken = bool(message) and "interrupted" not in message and "null" not in message
            text = json.dumps({"error": message, "line": 0} if broken else {"stopped": True})
        _limit(0)
        sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass") + b"\n")
        sys.stdout.buffer.flush()


def _limit(seconds: float) -> None:
    """Has the system end this process after some time of the processor; 0 for not."""
    if hasattr(signal, "setitimer"):  # not on Windows, where ``pool`` alone watches
        signal.setitimer(signal.ITIMER_PROF, seconds)


main()
