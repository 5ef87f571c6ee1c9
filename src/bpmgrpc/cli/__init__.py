"""The command line: `bpmgrpc serve` and the rest of the server's commands, and client commands for people and programs.

Rules of this package. What a command found goes to standard output, what it has to say about its work to standard
error. With `--json`, standard output holds exactly one JSON document. An exit code means one thing (`exit_codes.py`).
Nobody is shown a traceback for what they or a server did wrong. Modules that are slow to import are imported inside of
the commands that need them, so that `--help` comes at once.
"""

from bpmgrpc.cli.app import main

__all__ = ["main"]
