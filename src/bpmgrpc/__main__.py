"""``python -m bpmgrpc`` is the command ``bpmgrpc``."""

from bpmgrpc.cli import main

main()
